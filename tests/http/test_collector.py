"""A collector of its own gets the traces of a real server, by OTLP over HTTP; a server told of none loads nothing."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.http.served import ROOT, environment, running


@pytest.fixture
def collector() -> Iterator[tuple[str, list[ExportTraceServiceRequest]]]:
    """Its address, and what it was sent."""
    sent: list[ExportTraceServiceRequest] = []

    class Takes(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            sent.append(ExportTraceServiceRequest.FromString(body))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Takes)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/v1/traces", sent
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_server_sends_its_traces_before_it_ends(
    tmp_path: Path, collector: tuple[str, list[ExportTraceServiceRequest]]
) -> None:
    address, sent = collector
    env = environment(tmp_path, f"sqlite:///{tmp_path}/stafet.db", STAFET_TRACES=address)
    with running("serve", env=env, log=tmp_path / "log") as server:
        assert server.call("GET", "/readyz?navn=Signe").status in (200, 503)
    groups = [group for request in sent for group in request.resource_spans]
    about = {it.key: it.value.string_value for it in groups[0].resource.attributes}
    assert (about["service.name"], about["stafet.process"]) == ("stafet", "serve")
    names = {span.name for group in groups for it in group.scope_spans for span in it.spans}
    assert {"GET /readyz", "commit sqlite"} <= names
    assert b"Signe" not in b"".join(request.SerializeToString() for request in sent)


def test_without_a_collector_nothing_is_loaded() -> None:
    program = (
        "import sys; from stafet import server; from stafet.settings import from_env\n"
        "server.begin(from_env({'DATABASE_URL': 'sqlite:////nowhere/x.db', 'STAFET_KEYS': 'x'}), 'web')\n"
        "print([name for name in sys.modules if name.startswith('opentelemetry')])"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert (done.stdout, done.returncode) == ("[]\n", 0), done.stderr
