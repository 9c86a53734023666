"""Frozen values as JSON, and the JSON Schema of such a document from the same type hints."""

from __future__ import annotations

import json
import types
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

__all__ = ["document", "dumps", "plain", "schema"]

VERSION = 1
"""Of the documents: raised when a field changes its meaning or vanishes, not when one is added."""


def plain(value: object) -> Any:
    """Return the value as dicts, lists and scalars: enums by value, properties left out."""
    match value:
        case Enum():
            return value.value
        case _ if is_dataclass(value) and not isinstance(value, type):
            return {
                field.name: plain(getattr(value, field.name))
                for field in fields(value)
                if not field.name.startswith("_")
            }
        case Mapping():
            return {str(plain(key)): plain(item) for key, item in value.items()}
        case str() | int() | float() | None:
            return value
        case Sequence() | frozenset():
            return [plain(item) for item in value]
        case _:
            return str(value)


def dumps(value: object, *, indent: int | None = None) -> str:
    """Return one document; ``schema_version`` comes first. ASCII only, so any terminal shows it."""
    document = plain(value)
    if isinstance(document, dict):
        document = {"schema_version": VERSION, **document}
    return json.dumps(document, indent=indent)


def document(value: object) -> str:
    """Return a document of somebody else's format: indented, and without a version of ours."""
    return json.dumps(plain(value), indent=2)


def schema(kind: type) -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of what `dumps` makes of a dataclass of this type."""
    body = _schema(kind)
    if "properties" in body:
        body["properties"] = {"schema_version": {"const": VERSION}, **body["properties"]}
        body["required"] = ["schema_version", *body["required"]]
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **body}


_SCALARS: Mapping[Any, str] = {
    str: "string",
    int: "integer",
    float: "number",
    bool: "boolean",
    type(None): "null",
}


def _schema(kind: Any) -> dict[str, Any]:
    origin, arguments = get_origin(kind), get_args(kind)
    if kind in _SCALARS:
        return {"type": _SCALARS[kind]}
    if origin is Literal:
        return {"enum": list(arguments)}
    if origin in {types.UnionType, Union}:
        return {"anyOf": [_schema(argument) for argument in arguments]}
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return {"type": "object", "additionalProperties": _schema(arguments[1])}
    if isinstance(origin, type) and issubclass(origin, Sequence | frozenset):
        return {"type": "array", "items": _schema(arguments[0])}
    if isinstance(kind, type) and issubclass(kind, Enum):
        return {"enum": [member.value for member in kind]}
    if is_dataclass(kind):
        return _object_schema(kind)
    return {"type": "string"}


def _object_schema(kind: Any) -> dict[str, Any]:
    hints = get_type_hints(kind)
    names = [field.name for field in fields(kind) if not field.name.startswith("_")]
    return {
        "type": "object",
        "properties": {name: _schema(hints[name]) for name in names},
        "required": names,
        "additionalProperties": False,
    }
