"""VuXML 1.1, as the FreeBSD project publishes it: flattened, or as the ports tree splits it.

The tree's vuln.xml declares an external entity for each year's file. Those are put in by our own
hand, from what `sibling` returns; no parser resolves anything, and any other entity is refused.

An entry is told from the next by its tags, and only entries that may be about the names asked for
are parsed: a name in another entry cannot stand there unseen (see `_candidates`), and the rest of
seven megabytes of prose is nobody's concern.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterator
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
_BETWEEN = re.compile(rb"(?:\s|<\?.*?\?>|</?vuxml\b[^<>]*>)*", re.DOTALL)
_REFERENCE = re.compile(rb"&([A-Za-z_][\w.-]*);")
_UNLIKE = re.compile(rb"[*?\[\\&\s]")
_START = re.compile(rb"<vuln[\s>]")
_END = b"</vuln>"
_NAME = re.compile(rb"<name([^<]*)")
_DATE = re.compile(rb"<(?:entry|modified)>\s*(\d{4}-\d{2}-\d{2})")


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
    plain = _HIDDEN.sub(lambda match: b" " * len(match[0]), text)
    spans = list(_spans(plain, start, where))
    chosen = range(len(spans)) if names is None else _candidates(plain, spans, names)
    return Feed(
        where=where,
        entries=len(spans),
        date=_latest(plain, spans),
        advisories=tuple(_Entry(where).parse(text[slice(*spans[at])]) for at in chosen),
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


def _spans(plain: bytes, at: int, where: str) -> Iterator[tuple[int, int]]:
    """Where each entry from `at` on begins and ends; between them there is nothing of meaning."""
    while True:
        start = _START.search(plain, at)
        end = len(plain) if start is None else start.start()
        if _BETWEEN.fullmatch(plain, at, end) is None:
            raise InputError("something between the entries", where=where)
        if start is None:
            break
        at = plain.find(_END, end)
        if at < 0:
            raise InputError("an entry does not end", where=where, hint="is the file whole?")
        at += len(_END)
        yield end, at
    if b"</vuxml" not in plain[at:]:
        raise InputError("</vuxml> is missing", where=where, hint="is the file whole?")


def _candidates(plain: bytes, spans: list[tuple[int, int]], names: Collection[str]) -> list[int]:
    """The entries to parse, by number: those with one of the names, or with a name unlike others.

    Every name stands behind ``<name>``; where a tag is written in another way, all entries are
    parsed.
    """
    told = set(_NAME.findall(plain))
    different = {name[1:] for name in told if name.startswith(b">")}
    if len(different) < len(told):
        return list(range(len(spans)))
    chosen = different & {name.encode("utf-8", "surrogateescape") for name in names}
    chosen |= {name for name in different if not name.strip() or _UNLIKE.search(name)}
    if not chosen:
        return []
    starts = [start for start, _ in spans]
    return sorted(
        {
            bisect_right(starts, match.start()) - 1
            for match in _NAME.finditer(plain)
            if match[1][1:] in chosen
        }
    )


def _latest(plain: bytes, spans: list[tuple[int, int]]) -> str | None:
    """Entries are kept in no order, so all dates are looked at; they stand at an entry's end."""
    ends = [plain[max(start, plain.rfind(b"<dates", start, end)) : end] for start, end in spans]
    return max(_DATE.findall(b"".join(ends)), default=b"").decode() or None


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

    def parse(self, data: bytes) -> Advisory:
        parser = expat.ParserCreate("utf-8")
        # As if the document type stood here: what it would declare is left out, not an error.
        parser.UseForeignDTD(True)
        parser.StartElementHandler = self.start
        parser.EndElementHandler = self.end
        parser.CharacterDataHandler = self.data
        try:
            parser.Parse(data, True)
        except expat.ExpatError as error:
            raise InputError(
                f"entry {self.id or '?'} is no XML: {error}", where=self.where
            ) from None
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
        elif tag in {"package", "system"}:
            self.texts.pop("name", None)
            self.ranges = []
        elif tag == "range":
            self.bounds = []
        elif tag == "vuln":
            self.id = attributes.get("vid", "")
        elif tag == "cancelled":
            self.cancelled = True

    def data(self, text: str) -> None:
        if self.text is not None:
            self.text.append(text)

    def end(self, tag: str) -> None:
        if tag in _TEXTS and self.text is not None:
            text = "".join(self.text).strip()
            self.text = None
            if tag in _RELATIONS:
                self.bounds.append(Bound(_RELATIONS[tag], text))
            else:
                self.texts.setdefault(tag, []).append(text)
        elif tag == "range":
            self.ranges.append(tuple(self.bounds))
        elif tag in {"package", "system"}:
            names = self.texts.pop("name", [])
            self.affected.append(Affected(tuple(names), tuple(self.ranges)))
