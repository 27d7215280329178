"""What is sent and what is got lies in the server's memory alone: a temporary file would hold it unsealed."""

from __future__ import annotations

import json
import socket
import tempfile
import threading
from collections.abc import Iterator
from contextlib import suppress
from http.client import HTTPConnection
from typing import Any, NoReturn

import pytest
from flask import Flask, Response, request

from engine.actions import beside
from stafet import server


@pytest.fixture
def line(monkeypatch: pytest.MonkeyPatch) -> Iterator[HTTPConnection]:
    """A connection to a server whose app gives back what it was sent; no temporary file can be made."""
    app = Flask("echo")
    app.config["MAX_CONTENT_LENGTH"] = beside.REQUEST

    def refuse(*_args: object, **_more: object) -> NoReturn:
        raise AssertionError("a temporary file")

    @app.post("/")
    def back() -> Response:
        return Response(request.get_data(), mimetype="application/octet-stream")

    @app.errorhandler(413)
    def too_large(_exc: Exception) -> tuple[dict[str, str], int]:
        return {"code": "too_large"}, 413

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        made = server.server_of(app, listener, 2)
        runs = threading.Thread(target=_run, args=(made,), daemon=True)
        runs.start()
        connection = HTTPConnection(*listener.getsockname(), timeout=30)
        yield connection
        connection.close()
        made.close()
        runs.join(30)


def _run(made: Any) -> None:
    # It may be waiting on the socket that the end of the test closes.
    with suppress(OSError):
        made.run()


@pytest.mark.parametrize("chunked", [False, True])
def test_the_largest_file_comes_and_goes_without_touching_a_disk(
    line: HTTPConnection, chunked: bool
) -> None:
    sent = bytes(range(256)) * (beside.REQUEST // 256)
    body = iter([sent[:1_000_000], sent[1_000_000:]]) if chunked else sent
    line.request(
        "POST",
        "/",
        body,
        encode_chunked=chunked,
        headers={"Transfer-Encoding": "chunked"} if chunked else {},
    )
    answer = line.getresponse()
    assert (answer.status, answer.read() == sent) == (200, True)


def test_what_is_a_little_too_large_is_refused_by_the_app_itself(line: HTTPConnection) -> None:
    line.request("POST", "/", b"x" * (10 * 1024 * 1024 + 100_000))
    answer = line.getresponse()
    assert (answer.status, json.loads(answer.read())) == (413, {"code": "too_large"})
