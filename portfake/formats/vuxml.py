"""VuXML 1.1, as the FreeBSD project publishes it: flattened, or as the ports tree splits it.

The tree's vuln.xml declares an external entity for each year's file. Those are put in by our own
hand, from what `sibling` returns; no parser resolves anything, and any other entity is refused.

An entry is told from the next by its tags, and only entries that may be about the packages asked
for are parsed (vuxml_question.py); the rest of seven megabytes of prose is nobody's concern.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING
from xml.parsers import expat

from portfake.errors import InputError
from portfake.formats.vuxml_entry import parse_entry
from portfake.formats.vuxml_question import Packages, Question
from portfake.limits import DEFAULT, LimitExceeded, Limits
from portfake.model.advisory import Advisory, Feed

if TYPE_CHECKING:  # start-up time
    from portfake.model.payload import Reader

__all__ = ["parse_vuxml"]

_HIDDEN = re.compile(rb"<!--.*?(?:-->|\Z)|<!\[CDATA\[.*?(?:\]\]>|\Z)", re.DOTALL)
_PROLOG = re.compile(
    rb"(?:\xef\xbb\xbf)?"
    rb"(?:\s++|<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^\[>]*+(?:\[.*?\]\s*+)?>)*+(?=<vuxml[\s/>])",
    re.DOTALL,
)
_BETWEEN = re.compile(rb"(?:\s++|<\?.*?\?>|</?vuxml\b[^<>]*>)*+", re.DOTALL)
_START = re.compile(rb"<vuln[\s>]")
_UP_TO_START = re.compile(_BETWEEN.pattern + rb"(?=<vuln[\s>])", re.DOTALL)
_END = b"</vuln>"
_REFERENCE = re.compile(rb"&([A-Za-z_][\w.-]*);")
_DATE = re.compile(rb"<(?:entry|modified)>\s*(\d{4}-\d{2}-\d{2})")
_BLOCK = 1 << 16
"""Bytes looked at together: what was just read is still in the processor's cache."""


def parse_vuxml(
    stream: Reader,
    where: str,
    *,
    packages: Packages | None = None,
    sibling: Callable[[str], bytes] | None = None,
    limits: Limits = DEFAULT,
) -> Feed:
    """Return the entries that may affect these packages, all entries for None.

    `sibling` reads a file beside this one by the relative name that an external entity gives it.
    Raises InputError for what is no VuXML, and LimitExceeded beyond Limits.text bytes.
    """
    question = None if packages is None else Question(packages)
    entries, date = 0, b""
    advisories: list[Advisory] = []
    for plain, written in _blocks(*_body(stream, where, sibling, limits), where, limits):
        entries += len(plain)
        date = max(date, _latest(plain))
        if question is None:
            advisories += (parse_entry(entry, where) for entry in map(_entry, plain, written))
            continue
        for at, names in question.candidates(plain):
            entry = _entry(plain[at], written[at])
            if not question.passes_over(entry, names):
                advisories.append(parse_entry(entry, where))
    return Feed(
        where=where, entries=entries, date=date.decode() or None, advisories=tuple(advisories)
    )


def _body(
    stream: Reader, where: str, sibling: Callable[[str], bytes] | None, limits: Limits
) -> tuple[bytes, Reader]:
    """What follows the prolog, with the year files in place: what was read of it, and the rest."""
    data = stream.read(_BLOCK)
    while (prolog := _PROLOG.match(data)) is None:
        more = stream.read(len(data))
        if not more:
            raise InputError("no <vuxml> in it", where=where, hint="is it a VuXML file?")
        data += more
        _bound(len(data), where, limits)
    files = _declared(prolog[0], where)
    ahead = data[prolog.end() :]
    if not files:
        return ahead, stream
    ahead += stream.read(limits.text + 1)
    return _filled(ahead, files, where, sibling, limits), io.BytesIO()


def _bound(size: int, where: str, limits: Limits) -> None:
    if size > limits.text:
        raise LimitExceeded(f"more than {limits.text} bytes", where=where)


def _declared(prolog: bytes, where: str) -> dict[str, str]:
    """Entity -> file, as the document type declares them; InputError for any other entity."""
    files: dict[str, str] = {}

    def declare(name: str, is_parameter: bool, value: str | None, *rest: str | None) -> None:
        system = rest[1]
        if is_parameter or value is not None or system is None or rest[2] or rest[3]:
            raise InputError(f"declares the entity {name}", where=where)
        files[name] = system

    parser = expat.ParserCreate()
    parser.EntityDeclHandler = declare
    try:
        parser.Parse(prolog + b"<vuxml/>", True)
    except expat.ExpatError as error:
        raise InputError(f"is no XML: {error}", where=where) from None
    return files


def _filled(
    body: bytes,
    files: dict[str, str],
    where: str,
    sibling: Callable[[str], bytes] | None,
    limits: Limits,
) -> bytes:
    if sibling is None:
        raise InputError("it is split into files that cannot be reached", where=where)
    size = len(body)

    def put_in(match: re.Match[bytes]) -> bytes:
        nonlocal size
        name = files.pop(match[1].decode(), None)
        if name is None:
            return match[0]
        content = sibling(name)
        size += len(content)
        _bound(size, where, limits)
        return content

    return _REFERENCE.sub(put_in, body)


def _blocks(
    ahead: bytes, stream: Reader, where: str, limits: Limits
) -> Iterator[tuple[Sequence[bytes], Sequence[bytes]]]:
    """Yield entries without their ends, some at a time: comments and CDATA blanked, and as written.

    Before each there is nothing of meaning.
    """
    total, size, more = len(ahead), _BLOCK, True
    rest = b""
    while more:
        read = stream.read(size)
        more = bool(read)
        total += len(read)
        _bound(total, where, limits)
        block = ahead + read
        plain = _plain(block)
        *pieces, rest = plain.split(_END)
        if not all(map(_UP_TO_START.match, pieces)):
            raise InputError("something between the entries", where=where)
        yield pieces, pieces if plain is block else _as_written(block, pieces)
        ahead = block[len(block) - len(rest) :]
        # An entry longer than a block is not looked at again and again.
        size = _BLOCK if pieces else size * 2
    if _START.search(rest):
        raise InputError("an entry does not end", where=where, hint="is the file whole?")
    if _BETWEEN.fullmatch(rest) is None:
        raise InputError("something between the entries", where=where)
    if b"</vuxml" not in rest:
        raise InputError("</vuxml> is missing", where=where, hint="is the file whole?")


def _plain(text: bytes) -> bytes:
    """The text of the same length without comments and CDATA."""
    parts, kept, at = [], 0, 0
    # Exclamation marks are few, and found much faster than anything longer.
    while (at := text.find(b"!", at)) > 0:
        hidden = _HIDDEN.match(text, at - 1)
        if hidden is None:
            at += 1
            continue
        parts += [text[kept : hidden.start()], b" " * len(hidden[0])]
        kept = at = hidden.end()
    return b"".join((*parts, text[kept:])) if parts else text


def _as_written(block: bytes, pieces: Sequence[bytes]) -> list[bytes]:
    written, at = [], 0
    for piece in pieces:
        written.append(block[at : at + len(piece)])
        at += len(piece) + len(_END)
    return written


def _entry(plain: bytes, written: bytes) -> bytes:
    """An entry as it was written, without what stands before it."""
    start = _UP_TO_START.match(plain)
    assert start is not None
    return written[start.end() :] + _END


def _latest(pieces: Sequence[bytes]) -> bytes:
    """Entries are kept in no order, so all dates are looked at; they stand at an entry's end."""
    ends = [piece.rpartition(b"<dates")[2] for piece in pieces]
    return max(_DATE.findall(b"".join(ends)), default=b"")
