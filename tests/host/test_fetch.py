"""fetch, against a server on this machine's loopback; nothing else is asked."""

from __future__ import annotations

import http.server
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import ClassVar

import pytest

from portfake.errors import InputError, NotFound, PortfakeError, Unavailable, UsageError
from portfake.host.fetch import fetch
from portfake.limits import LimitExceeded

CONTENT = bytes(range(256)) * 1000


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers by the first word of the path."""

    seen: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.seen.append(self.headers.get("User-Agent", ""))
        name = self.path.split("/")[1]
        getattr(self, "send_" + name, lambda: self.send_error(404))()

    def send_whole(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(CONTENT)))
        self.end_headers()
        self.wfile.write(CONTENT)

    def send_unannounced(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(CONTENT)

    def send_short(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(CONTENT) + 1))
        self.end_headers()
        self.wfile.write(CONTENT)

    def send_endless(self) -> None:
        self.send_response(200)
        self.end_headers()
        try:
            while True:
                self.wfile.write(CONTENT)
        except OSError:
            pass

    def send_silent(self) -> None:
        time.sleep(1.0)

    def send_drops(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "1000000")
        self.end_headers()
        try:
            for _ in range(40):
                self.wfile.write(b"x")
                self.wfile.flush()
                time.sleep(0.05)
        except OSError:
            pass

    def send_nonsense(self) -> None:
        self.wfile.write(b"\0\1\2 this is no HTTP\r\n\r\n")

    def send_moved(self) -> None:
        self.redirect("/whole")

    def send_circle(self) -> None:
        self.redirect("/circle")

    def send_tofile(self) -> None:
        self.redirect("file:///etc/passwd")

    def send_todata(self) -> None:
        self.redirect("data:,x")

    def redirect(self, where: str) -> None:
        self.send_response(302)
        self.send_header("Location", where)
        self.end_headers()

    def send_busy(self) -> None:
        self.send_error(503)

    def send_secret(self) -> None:
        self.send_error(403)

    def send_gone(self) -> None:
        self.send_error(410)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as inherited
        pass


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The URL of the server, without a trailing slash."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        running.daemon_threads = True
        running.block_on_close = False
        thread = threading.Thread(target=running.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{running.server_address[1]}"
        running.shutdown()
        thread.join()


def nothing(_: bytes) -> None:
    pass


@pytest.mark.parametrize("path", ["whole", "unannounced", "moved"])
def test_content(server: str, path: str) -> None:
    pieces: list[bytes] = []
    told: list[tuple[int, int | None]] = []
    size = fetch(
        f"{server}/{path}/f.tar.gz",
        pieces.append,
        expected_size=len(CONTENT),
        progress=lambda *numbers: told.append(numbers),
    )
    assert size == len(CONTENT)
    assert b"".join(pieces) == CONTENT
    assert told[-1] == (len(CONTENT), len(CONTENT))
    assert Handler.seen[-1] == "portfake"


def test_the_whole_size_may_be_unknown(server: str) -> None:
    told: list[tuple[int, int | None]] = []
    fetch(f"{server}/unannounced", nothing, progress=lambda *numbers: told.append(numbers))
    assert told[-1] == (len(CONTENT), None)


@pytest.mark.parametrize(
    ("path", "kind", "complaint"),
    [
        ("missing", NotFound, "the server answers 404"),
        ("gone", NotFound, "the server answers 410"),
        ("secret", Unavailable, "the server answers 403"),
        ("busy", Unavailable, "the server answers 503"),
        ("circle", Unavailable, "the server answers 302"),
        ("tofile", Unavailable, "the server answers 302"),
        ("todata", Unavailable, "the server answers 302"),
        ("nonsense", Unavailable, "cannot be fetched"),
        ("short", Unavailable, "ended after 256000 of 256001 bytes"),
    ],
)
def test_failures(server: str, path: str, kind: type[PortfakeError], complaint: str) -> None:
    pieces: list[bytes] = []
    with pytest.raises(kind, match=complaint) as caught:
        fetch(f"{server}/{path}", pieces.append)
    assert str(caught.value.where) == f"{server}/{path}"
    assert b"root" not in b"".join(pieces)


class TestSizes:
    @pytest.mark.parametrize("path", ["whole", "unannounced"])
    @pytest.mark.parametrize("size", [0, len(CONTENT) - 1, len(CONTENT) + 1])
    def test_another_than_expected(self, server: str, path: str, size: int) -> None:
        with pytest.raises(InputError, match=f"instead of {size}"):
            fetch(f"{server}/{path}", nothing, expected_size=size)

    @pytest.mark.parametrize("path", ["whole", "unannounced", "endless"])
    def test_more_than_the_limit(self, server: str, path: str) -> None:
        received: list[bytes] = []
        with pytest.raises(LimitExceeded, match="more than 200000 bytes"):
            fetch(f"{server}/{path}", received.append, size_limit=200_000)
        assert sum(map(len, received)) <= 200_000

    def test_exactly_the_limit(self, server: str) -> None:
        assert fetch(f"{server}/unannounced", nothing, size_limit=len(CONTENT)) == len(CONTENT)


class TestTimes:
    def test_a_silent_server(self, server: str) -> None:
        with pytest.raises(Unavailable, match="timed out") as caught:
            fetch(f"{server}/silent", nothing, timeout=0.2)
        assert "online" in (caught.value.hint or "")

    def test_a_server_that_sends_drops(self, server: str) -> None:
        begun = time.monotonic()
        with pytest.raises(Unavailable, match=r"not done after 0\.2 seconds"):
            fetch(f"{server}/drops", nothing, timeout=5, total_seconds=0.2)
        assert time.monotonic() - begun < 2


def test_nobody_there() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        with pytest.raises(Unavailable, match="refused") as caught:
            fetch(f"http://127.0.0.1:{port}/x", nothing, timeout=2)
    assert "DISTDIR" in (caught.value.hint or "")


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "FILE:///etc/passwd",
        "/etc/passwd",
        "data:text/plain,x",
        "gopher://127.0.0.1/",
        "",
        "http://",
        "http:///x",
        "http://127.0.0.1:port/",
        "http://127.0.0.1:99999/",
        "http://[::1/",
        "http://127.0.0.1/with space",
        "http://127.0.0.1/with\r\nheader: x",
    ],
)
def test_what_is_not_fetched(url: str) -> None:
    with pytest.raises((UsageError, Unavailable)) as caught:
        fetch(url, nothing, timeout=0.5)
    if "with" not in url:
        assert isinstance(caught.value, UsageError)


def test_what_the_sink_raises_goes_through(server: str) -> None:
    def full(_: bytes) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        fetch(f"{server}/whole", full)


class FtpServer:
    """As much of RFC 959 as a client needs to retrieve one file."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.control = socket.create_server(("127.0.0.1", 0))
        self.port = self.control.getsockname()[1]

    def serve(self) -> None:
        connection, _ = self.control.accept()
        with connection, connection.makefile("rwb", buffering=0) as lines:
            lines.write(b"220 ready\r\n")
            data = socket.create_server(("127.0.0.1", 0))
            answers: dict[bytes, Callable[[], bytes]] = {
                b"USER": lambda: b"230 in",
                b"TYPE": lambda: b"200 binary",
                b"PASV": lambda: b"227 (127,0,0,1,%d,%d)" % divmod(data.getsockname()[1], 256),
                b"EPSV": lambda: b"500 no",
                b"QUIT": lambda: b"221 bye",
            }
            while line := lines.readline():
                words = line.split()
                if words[0] == b"RETR" and words[1] != b"pub/f.txt":
                    lines.write(b"550 no such file\r\n")
                elif words[0] == b"RETR":
                    lines.write(b"150 coming (%d bytes)\r\n" % len(self.content))
                    transfer, _ = data.accept()
                    with transfer:
                        transfer.sendall(self.content)
                    lines.write(b"226 done\r\n")
                else:
                    lines.write(answers.get(words[0], lambda: b"500 what")() + b"\r\n")
            data.close()


@pytest.mark.parametrize(("name", "found"), [("f.txt", True), ("none.txt", False)])
def test_ftp(name: str, found: bool) -> None:
    server = FtpServer(CONTENT)
    thread = threading.Thread(target=server.serve, daemon=True)
    thread.start()
    url = f"ftp://127.0.0.1:{server.port}/pub/{name}"
    pieces: list[bytes] = []
    with server.control:
        if found:
            assert fetch(url, pieces.append, timeout=3) == len(CONTENT)
            assert b"".join(pieces) == CONTENT
        else:
            with pytest.raises(NotFound, match="550"):
                fetch(url, pieces.append, timeout=3)
