"""Values as UCL text, laid out in the ways that libucl has (`pkg info --raw-format`)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from enum import Enum
from typing import Any

from portfake.formats.ucl import to_json

__all__ = ["Layout", "emit"]

_LONG = 80
"""Bytes from which on a text of several lines becomes a heredoc (LONG_STRING_LIMIT)."""
_QUOTED_IN_KEYS = frozenset('\0\b\t\n\f\r "+:=[\\{')


class Layout(Enum):
    """How the text looks; the values are pkg's words."""

    YAML = "yaml"
    """Like JSON, but keys stand bare and the outermost braces are missing."""
    UCL = "ucl"
    """``key = value;``"""
    JSON = "json"
    COMPACT = "json-compact"


def emit(value: Mapping[str, Any], layout: Layout) -> str:
    """Return the object as text, without a newline at its end but for UCL.

    As libucl's emitter writes it (external/libucl/src/ucl_emitter.c), empty lists included.
    """
    match layout:
        case Layout.COMPACT:
            return to_json(value)
        case Layout.UCL:
            return "".join(_settings(value, 0))
        case Layout.YAML:
            return "\n".join(f"{_bare(key)}: {_value(item, 0, _bare)}" for key, item in _of(value))
        case Layout.JSON:
            return _value(value, 0, to_json)


def _value(value: Any, depth: int, key: Any) -> str:
    """JSON over several lines; `key` writes a key."""
    inside = "    " * (depth + 1)
    outside = "\n" + "    " * depth
    if isinstance(value, Mapping):
        items = (
            f"{inside}{key(name)}: {_value(item, depth + 1, key)}" for name, item in _of(value)
        )
        return "{\n" + ",\n".join(items) + outside + "}"
    if isinstance(value, (list, tuple)):
        items = (f"{inside}{_value(item, depth + 1, key)}" for item in value)
        return "[\n" + ",\n".join(items) + outside + "]"
    return to_json(value)


def _settings(value: Mapping[str, Any], depth: int) -> Iterator[str]:
    for key, item in _of(value):
        nested = isinstance(item, (Mapping, list, tuple))
        yield "    " * depth + _bare(key) + (" " if nested else " = ")
        yield from _setting(item, depth, ";")


def _setting(value: Any, depth: int, end: str) -> Iterator[str]:
    indent = "    " * depth
    if isinstance(value, Mapping):
        yield from ("{\n", *_settings(value, depth + 1), indent, "}\n")
    elif isinstance(value, (list, tuple)):
        yield "[\n"
        for item in value:
            yield indent + "    "
            yield from _setting(item, depth + 1, ",")
        yield from (indent, "]\n")
    elif isinstance(value, str) and "\n" in value and _size(value) > _LONG:
        yield f"<<EOD\n{value}\nEOD{end}\n"
    else:
        yield f"{to_json(value)}{end}\n"


def _of(value: Mapping[str, Any]) -> Iterable[tuple[str, Any]]:
    return value.items()


def _bare(key: str) -> str:
    return to_json(key) if _QUOTED_IN_KEYS.intersection(key) else key


def _size(text: str) -> int:
    return len(text.encode(errors="surrogateescape"))
