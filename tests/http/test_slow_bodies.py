"""Who sends a body letter by letter, or never ends it, keeps nobody out."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from urllib.parse import urlsplit

import pytest

from tests.http.served import Server, environment, running
from tests.ready import demo_into

#: More than the server has threads.
MANY = 60
HEAD = (
    b"POST /api/v1/cases HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer x\r\n"
    b"Content-Type: application/json\r\nContent-Length: 4000000\r\n\r\n"
)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("slow")
    env = environment(folder, demo_into(folder))
    with running("serve", "--demo", env=env, log=folder / "log") as server:
        yield server


@pytest.mark.parametrize("sent", [b"", b"POST / HT", HEAD, HEAD + b'{"a": "' + b"x" * 1000])
def test_others_are_served_while_many_send_slowly(served: Server, sent: bytes) -> None:
    host, port = str(urlsplit(served.url).hostname), int(urlsplit(served.url).port or 0)
    with ExitStack() as open_:
        for _ in range(MANY):
            line = open_.enter_context(socket.create_connection((host, port), timeout=30))
            line.sendall(sent)
        assert served.call("GET", "/healthz").status == 200
        token = served.token("sygeplejerske")
        assert served.call("GET", "/api/v1/tasks", token=token).status == 200
    assert served.call("GET", "/healthz").status == 200
