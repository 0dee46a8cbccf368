"""What reaches stderr while the sandbox serves."""

import re
import signal
import socket
from urllib.parse import urlsplit

from kraken_tui.sandbox.access.keys import ApiKey
from tests.sandbox.programs import sandbox_process


def send(url: str, data: bytes) -> bytes:
    where = urlsplit(url)
    with socket.create_connection((where.hostname, where.port), timeout=10) as client:
        client.sendall(data)
        return client.recv(65536)


def test_what_is_no_http_makes_a_line_and_no_traceback() -> None:
    with sandbox_process() as running:
        for _ in range(20):
            assert b" 400 " in send(running.rest, b"GET /0/public/Time HTTP/9.x\r\nHost: a\r\n\r\n")
        running.process.send_signal(signal.SIGTERM)
        _, err = running.process.communicate(timeout=20)
    assert "Traceback" not in err
    assert len(err.splitlines()) <= 2, err
    assert not re.search(r"secret", err)


def test_a_key_is_told_without_its_secret() -> None:

    key = ApiKey(name="full", key="k", secret="c2VjcmV0", permissions=frozenset())
    assert "c2VjcmV0" not in f"{key} {key!r} {[key]}"
