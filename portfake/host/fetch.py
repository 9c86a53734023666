"""Fetching one file by http, https or ftp, bounded in size and time."""

from __future__ import annotations

import ftplib
import http.client
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote, urlsplit

from portfake.errors import InputError, NotFound, PortfakeError, Unavailable, UsageError
from portfake.limits import DEFAULT, LimitExceeded

__all__ = ["fetch"]

_CHUNK: Final = 1 << 16
_OFFLINE: Final = "is this machine online? the file can also be put into DISTDIR by hand"
_GONE: Final = frozenset({404, 410})
_FTP_NO_FILE: Final = "550"


def fetch(
    url: str,
    sink: Callable[[bytes], object],
    *,
    size_limit: int = DEFAULT.bytes,
    expected_size: int | None = None,
    timeout: float = 30.0,
    total_seconds: float = 3600.0,
    progress: Callable[[int, int | None], object] | None = None,
) -> int:
    """Hand the content of `url` to `sink` piece by piece and return its size in bytes.

    Proxies are those of the environment (http_proxy, no_proxy). `timeout` bounds each wait,
    `total_seconds` the whole. `progress` is told the bytes so far and in all, if that is known.
    What `sink` raises goes through.

    Raises UsageError for any other kind of URL (file: among them), NotFound where the server
    has no such file, Unavailable for everything that another try or another mirror may help,
    InputError for another size than `expected_size`, LimitExceeded for more than `size_limit`.
    """
    end = time.monotonic() + total_seconds
    received = 0
    with _source(url, timeout) as source:
        if source.size is not None:
            _check_size(source.size, expected_size, size_limit, url)
        while chunk := source.read(url):
            received += len(chunk)
            if received > (size_limit if expected_size is None else expected_size):
                _check_size(received, expected_size, size_limit, url)
            if time.monotonic() > end:
                raise Unavailable(f"not done after {total_seconds:g} seconds", where=url)
            sink(chunk)
            if progress is not None:
                progress(received, source.size if expected_size is None else expected_size)
    if source.size is not None and received < source.size:
        ended = f"the connection ended after {received} of {source.size} bytes"
        raise Unavailable(ended, where=url, hint=_OFFLINE)
    _check_size(received, expected_size, size_limit, url)
    return received


def _check_size(size: int, expected: int | None, limit: int, url: str) -> None:
    if expected is not None and size != expected:
        raise InputError(f"the file has {size} bytes instead of {expected}", where=url)
    if size > limit:
        raise LimitExceeded(f"the file has more than {limit} bytes", where=url)


@dataclass(frozen=True, slots=True)
class _Source:
    """An answer whose content is to be read."""

    size: int | None
    """What the server announces."""
    some: Callable[[int], bytes]
    """Reads what has come, at most so many bytes; nothing at the end."""

    def read(self, url: str) -> bytes:
        try:
            return self.some(_CHUNK)
        except http.client.IncompleteRead as error:
            return error.partial
        except _FAILURES as error:
            raise _explained(error, url) from error


def _source(url: str, timeout: float) -> AbstractContextManager[_Source]:
    try:
        parts = urlsplit(url)
        scheme, host, _ = parts.scheme.lower(), parts.hostname, parts.port
    except ValueError as error:
        raise UsageError(f"no URL: {error}", where=url) from None
    if scheme not in _OPENERS:
        raise UsageError(
            f"URLs of kind {scheme or 'none'} are not fetched",
            where=url,
            hint=f"known kinds: {', '.join(sorted(_OPENERS))}",
        )
    if not host:
        raise UsageError("a URL without a host", where=url)
    return _OPENERS[scheme](url, timeout)


@contextmanager
def _by_http(url: str, timeout: float) -> Iterator[_Source]:
    # Only these handlers, so that no redirection leads to a file or anything else.
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler,
        urllib.request.HTTPHandler,
        urllib.request.HTTPSHandler,
        urllib.request.HTTPRedirectHandler,
        urllib.request.HTTPDefaultErrorHandler,
        urllib.request.HTTPErrorProcessor,
        urllib.request.UnknownHandler,
    ):
        opener.add_handler(handler())
    try:
        request = urllib.request.Request(url, headers={"User-Agent": "portfake", "Accept": "*/*"})  # noqa: S310 - the kind of URL was looked at
        response = opener.open(request, timeout=timeout)
    except _FAILURES as error:
        raise _explained(error, url) from error
    with response:
        length = response.headers.get("Content-Length", "")
        known = int(length) if length.isascii() and length.isdigit() else None
        yield _Source(known, response.read1)


@contextmanager
def _by_ftp(url: str, timeout: float) -> Iterator[_Source]:
    parts = urlsplit(url)
    with closing(ftplib.FTP(timeout=timeout)) as server:  # noqa: S321 - content is held to its digest
        try:
            server.connect(parts.hostname or "", parts.port or ftplib.FTP_PORT)
            server.login(unquote(parts.username or ""), unquote(parts.password or ""))
            server.voidcmd("TYPE I")
            data, size = server.ntransfercmd(f"RETR {unquote(parts.path.removeprefix('/'))}")
        except _FAILURES as error:
            raise _explained(error, url) from error
        with data:
            yield _Source(size, data.recv)


_OPENERS: Final[Mapping[str, Callable[[str, float], AbstractContextManager[_Source]]]] = {
    "http": _by_http,
    "https": _by_http,
    "ftp": _by_ftp,
}

# What fails below and in the protocols: sockets, TLS, broken answers, URLs that cannot be sent.
_FAILURES: Final[tuple[type[Exception], ...]] = (
    OSError, http.client.HTTPException, *ftplib.all_errors, ValueError,
)  # fmt: skip


def _explained(error: Exception, url: str) -> PortfakeError:
    if isinstance(error, urllib.error.HTTPError):
        error.close()
        answer = f"the server answers {error.code} {error.reason}"
        return (NotFound if error.code in _GONE else Unavailable)(answer, where=url)
    if isinstance(error, ftplib.Error):
        answer = f"the server answers {error}"
        gone = str(error).startswith(_FTP_NO_FILE)
        return (NotFound if gone else Unavailable)(answer, where=url)
    if isinstance(error, (ValueError, http.client.InvalidURL)):
        return UsageError(f"no URL: {error}", where=url)
    reason = error.reason if isinstance(error, urllib.error.URLError) else str(error)
    what = f"cannot be fetched: {reason or type(error).__name__}"
    return Unavailable(what, where=url, hint=_OFFLINE)
