"""One entry of a VuXML file as an Advisory."""

from __future__ import annotations

from xml.parsers import expat

from portfake.errors import InputError
from portfake.model.advisory import Advisory, Affected, Bound, Relation

__all__ = ["parse_entry"]

_URL = "https://vuxml.FreeBSD.org/freebsd/{}.html"
_RELATIONS = {relation.value: relation for relation in Relation}
_TEXTS = frozenset({"topic", "name", "cvename", "discovery", "entry", "modified", *_RELATIONS})


def parse_entry(entry: bytes, where: str) -> Advisory:
    """Return what is between ``<vuln`` and ``</vuln>``, both included.

    Raises InputError for what is no XML.
    """
    return _Entry(where).parse(entry)


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
