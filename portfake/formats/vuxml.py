"""VuXML 1.1, as the FreeBSD project publishes it: flattened, or as the ports tree splits it.

The tree's vuln.xml declares an external entity for each year's file. Those are put in by our own
hand, from what `sibling` returns; no parser resolves anything, and any other entity is refused.

An entry is told from the next by its tags, and only entries that may be about the names asked for
are parsed: a name in another entry cannot stand there unseen (see `_candidates`), and the rest of
seven megabytes of prose is nobody's concern.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import accumulate, pairwise
from xml.parsers import expat

from portfake.errors import InputError
from portfake.limits import DEFAULT, LimitExceeded, Limits
from portfake.model.advisory import Advisory, Affected, Bound, Feed, Relation

__all__ = ["parse_vuxml"]

_URL = "https://vuxml.FreeBSD.org/freebsd/{}.html"
_HIDDEN = re.compile(rb"<!--.*?(?:-->|\Z)|<!\[CDATA\[.*?(?:\]\]>|\Z)", re.DOTALL)
_PROLOG = re.compile(
    rb"(?:\xef\xbb\xbf)?(?:\s|<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^\[>]*(?:\[.*?\]\s*)?>)*(?=<vuxml\b)",
    re.DOTALL,
)
_BETWEEN = re.compile(rb"(?:\s++|<\?.*?\?>|</?vuxml\b[^<>]*>)*+", re.DOTALL)
_START = re.compile(rb"<vuln[\s>]")
_UP_TO_START = re.compile(_BETWEEN.pattern + rb"(?=<vuln[\s>])", re.DOTALL)
_END = b"</vuln>"
_REFERENCE = re.compile(rb"&([A-Za-z_][\w.-]*);")
_NAME = re.compile(rb"<name([^<]*)")
_LIKE = re.compile(rb">[^*?\[\\&\s]+")
_DATE = re.compile(rb"<(?:entry|modified)>\s*(\d{4}-\d{2}-\d{2})")
_BLOCK = 1 << 18
"""Bytes looked at together: what was just copied is still in the processor's cache."""


def parse_vuxml(
    data: bytes,
    where: str,
    *,
    names: Collection[str] | None = None,
    sibling: Callable[[str], bytes] | None = None,
    limits: Limits = DEFAULT,
) -> Feed:
    """Return the entries that may be about packages of these names, all of them for None.

    `sibling` reads a file beside this one by the relative name that an external entity gives it.
    Raises InputError for what is no VuXML, and LimitExceeded beyond Limits.text bytes.
    """
    text, start = _whole(data, where, sibling, limits)
    spans: list[tuple[int, int]] = []
    told: list[list[bytes]] = []
    date = b""
    for at, pieces in _blocks(text, start, where):
        date = max(date, _latest(pieces))
        told += map(_NAME.findall, pieces)
        ends = list(accumulate((len(piece) + len(_END) for piece in pieces), initial=at))
        spans += pairwise(ends)
    chosen = range(len(spans)) if names is None else _candidates(told, names)
    return Feed(
        where=where,
        entries=len(spans),
        date=date.decode() or None,
        advisories=tuple(_Entry(where).parse(_entry(text, *spans[at])) for at in chosen),
    )


def _whole(
    data: bytes, where: str, sibling: Callable[[str], bytes] | None, limits: Limits
) -> tuple[bytes, int]:
    """The document with its year files in place, and where its body begins."""
    start = _PROLOG.match(data)
    if start is None:
        raise InputError("no <vuxml> in it", where=where, hint="is it a VuXML file?")
    files = _declared(data[: start.end()], where)
    if not files:
        return data, start.end()
    if sibling is None:
        raise InputError("it is split into files that cannot be reached", where=where)
    body = data[start.end() :]
    size = len(body)

    def put_in(match: re.Match[bytes]) -> bytes:
        nonlocal size
        name = files.pop(match[1].decode(), None)
        if name is None:
            return match[0]
        content = sibling(name)
        size += len(content)
        if size > limits.text:
            raise LimitExceeded(f"more than {limits.text} bytes in all", where=where)
        return content

    return _REFERENCE.sub(put_in, body), 0


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


def _blocks(text: bytes, at: int, where: str) -> Iterator[tuple[int, list[bytes]]]:
    """Yield entries without their ends, some at a time, and where in the text they begin.

    Comments and CDATA are blank in them. Before each there is nothing of meaning.
    """
    size = _BLOCK
    while True:
        end = min(at + size, len(text))
        *pieces, rest = _plain(text[at:end]).split(_END)
        if not all(map(_UP_TO_START.match, pieces)):
            raise InputError("something between the entries", where=where)
        yield at, pieces
        if end == len(text):
            break
        # An entry longer than a block is not looked at again and again.
        size = _BLOCK if pieces else size * 2
        at = end - len(rest)
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


def _candidates(told: Sequence[Sequence[bytes]], names: Collection[str]) -> Sequence[int]:
    """The entries to parse, by number: those with one of the names, or with a name unlike others.

    `told` is what stands behind ``<name`` in each. A tag written in another way is unlike too.
    """
    different = set().union(*told)
    chosen = different & {b">" + name.encode("utf-8", "surrogateescape") for name in names}
    chosen |= {name for name in different if _LIKE.fullmatch(name) is None}
    return [at for at, found in enumerate(told) if not chosen.isdisjoint(found)]


def _entry(text: bytes, begin: int, end: int) -> bytes:
    """An entry as it was written, without what stands before it."""
    written = text[begin:end]
    start = _UP_TO_START.match(_plain(written))
    assert start is not None
    return written[start.end() :]


def _latest(pieces: Sequence[bytes]) -> bytes:
    """Entries are kept in no order, so all dates are looked at; they stand at an entry's end."""
    ends = [piece[max(0, piece.rfind(b"<dates")) :] for piece in pieces]
    return max(_DATE.findall(b"".join(ends)), default=b"")


_RELATIONS = {relation.value: relation for relation in Relation}
_TEXTS = frozenset({"topic", "name", "cvename", "discovery", "entry", "modified", *_RELATIONS})


class _Entry:
    """One <vuln> as an Advisory."""

    def __init__(self, where: str) -> None:
        self.where = where
        self.id = ""
        self.cancelled = False
        self.texts: dict[str, list[str]] = {}
        self.affected: list[Affected] = []
        self.ranges: list[tuple[Bound, ...]] = []
        self.bounds: list[Bound] = []
        self.text: list[str] | None = None
        """What is being read."""
        self.parser = expat.ParserCreate("utf-8")

    def parse(self, data: bytes) -> Advisory:
        parser = self.parser
        # As if the document type stood here: what it would declare is left out, not an error.
        parser.UseForeignDTD(True)
        parser.StartElementHandler = self.start
        parser.EndElementHandler = self.end
        try:
            parser.Parse(data, True)
        except expat.ExpatError as error:
            raise InputError(
                f"entry {self.id or '?'} is no XML: {error}", where=self.where
            ) from None
        finally:
            # It would hold what holds it, until the collector of garbage comes by.
            parser.StartElementHandler = parser.EndElementHandler = None
        first = {tag: texts[0] for tag, texts in self.texts.items()}
        return Advisory(
            id=self.id,
            topic=" ".join(first.get("topic", "").split()),
            affected=tuple(self.affected),
            aliases=tuple(self.texts.get("cvename", ())),
            url=_URL.format(self.id),
            discovery=first.get("discovery"),
            entry=first.get("entry"),
            modified=first.get("modified"),
            cancelled=self.cancelled,
        )

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag in _TEXTS:
            self.text = []
            self.parser.CharacterDataHandler = self.text.append
        elif tag in {"package", "system"}:
            self.texts.pop("name", None)
            self.ranges = []
        elif tag == "range":
            self.bounds = []
        elif tag == "vuln":
            self.id = attributes.get("vid", "")
        elif tag == "cancelled":
            self.cancelled = True

    def end(self, tag: str) -> None:
        if tag in _TEXTS and self.text is not None:
            text = "".join(self.text).strip()
            self.text = self.parser.CharacterDataHandler = None
            if tag in _RELATIONS:
                self.bounds.append(Bound(_RELATIONS[tag], text))
            else:
                self.texts.setdefault(tag, []).append(text)
        elif tag == "range":
            self.ranges.append(tuple(self.bounds))
        elif tag in {"package", "system"}:
            names = self.texts.pop("name", [])
            self.affected.append(Affected(tuple(names), tuple(self.ranges)))
