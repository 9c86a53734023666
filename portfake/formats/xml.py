"""XML as a tree of elements, read from a hostile file.

No entity can be declared, nothing that a document names is looked for, and depth has a bound;
what comes out is never larger than what went in.
"""

from __future__ import annotations

from typing import NoReturn
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from portfake.errors import InputError, Place
from portfake.limits import DEFAULT, LimitExceeded, Limits

__all__ = ["parse_xml", "text_within"]


def parse_xml(data: bytes, where: str, *, limits: Limits = DEFAULT) -> Element:
    """Return the root element; names keep their prefixes, ``tasks:replace``.

    Raises InputError for what is not well-formed, or declares or uses an entity of its own, and
    LimitExceeded beyond Limits.text bytes or Limits.depth.
    """
    if len(data) > limits.text:
        raise LimitExceeded(f"more than {limits.text} bytes", where=where)
    return _Reader(where, limits).read(data)


def text_within(element: Element | None) -> str:
    """An element's own text, its children's left out, stripped; ``""`` without an element."""
    if element is None:
        return ""
    return "".join([element.text or "", *(child.tail or "" for child in element)]).strip()


class _Reader:
    def __init__(self, where: str, limits: Limits) -> None:
        self._where = where
        self._limits = limits
        self._depth = 0
        self._builder = TreeBuilder()
        self._parser = parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._builder.data
        parser.EntityDeclHandler = self._declared
        parser.SkippedEntityHandler = self._skipped

    def read(self, data: bytes) -> Element:
        try:
            self._parser.Parse(data, True)
        except expat.ExpatError as error:
            place = Place(self._where, error.lineno)
            message = expat.ErrorString(error.code)
            raise InputError(f"is no XML: {message}", where=place) from None
        return self._builder.close()

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > self._limits.depth:
            raise LimitExceeded(
                f"elements are nested deeper than {self._limits.depth}", where=self._place()
            )
        self._builder.start(tag, attributes)

    def _end(self, tag: str) -> None:
        self._depth -= 1
        self._builder.end(tag)

    def _declared(self, name: str, *_: object) -> NoReturn:
        raise InputError(f"declares the entity {name}", where=self._place())

    def _skipped(self, name: str, is_parameter: bool) -> None:
        # A document type elsewhere may well have parameters; nothing of it is ever read.
        if not is_parameter:
            raise InputError(f"uses the entity {name}, which is not known", where=self._place())

    def _place(self) -> Place:
        return Place(self._where, self._parser.CurrentLineNumber)
