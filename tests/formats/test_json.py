"""One frozen value, one document, one schema: derived from the same type hints."""

import json
from dataclasses import dataclass, field
from enum import Enum
from typing import Literal

import jsonschema
import pytest

from portfake.formats.json import VERSION, dumps, plain, schema
from portfake.model.manifest import Manifest, Phase
from portfake.model.origin import Origin


class Colour(Enum):
    RED = "red"


@dataclass(frozen=True)
class Leaf:
    size: int | None
    colour: Colour


@dataclass(frozen=True)
class Tree:
    name: str
    kind: Literal["a", "b"]
    leaves: tuple[Leaf, ...] = ()
    by_phase: dict[Phase, str] = field(default_factory=dict)
    origin: Origin = field(default_factory=lambda: Origin("a", "b"))


TREE = Tree("x", "a", (Leaf(1, Colour.RED), Leaf(None, Colour.RED)), {Phase.INSTALL: "echo"})


def test_the_version_stands_first() -> None:
    assert next(iter(json.loads(dumps(TREE)))) == "schema_version"
    assert json.loads(dumps(TREE))["schema_version"] == VERSION


def test_a_document_fits_the_schema_of_its_type() -> None:
    jsonschema.validate(json.loads(dumps(TREE)), schema(Tree))


def test_the_schema_refuses_what_the_type_does() -> None:
    document = json.loads(dumps(TREE)) | {"kind": "c"}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, schema(Tree))


def test_enum_keys_are_their_values() -> None:
    assert plain({Phase.INSTALL: 1}) == {"install": 1}


def test_a_manifest_fits_its_schema() -> None:
    manifest = Manifest(
        name="a", version="1", origin="b/a", comment="", desc="", maintainer="m@x", www="UNKNOWN",
        prefix="/usr/local", abi="FreeBSD:14:*", scripts={Phase.PRE_INSTALL: "true\n"},
    )  # fmt: skip
    jsonschema.validate(json.loads(dumps(manifest)), schema(Manifest))
