"""OSV records of FreeBSD's ecosystems (ossf.github.io/osv-schema): one JSON object or a list."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

from portfake.errors import InputError, Problems
from portfake.model.advisory import Advisory, Affected, Bound, Feed, Relation
from portfake.model.version import PortVersion

__all__ = ["parse_osv"]

_URL = "https://osv.dev/vulnerability/{}"
_BASE_NAMES = {"FreeBSD:base": "FreeBSD", "FreeBSD:kernel": "FreeBSD-kernel"}
"""Ecosystem -> the name that VuXML gives to the same."""
_PORTS = ("FreeBSD:ports", "FreeBSD")
_ALL = "0"
"""The version that comes before every other."""
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_HALF = re.compile("[\ud800-\udfff]")
_WORDS: Mapping[type, str] = {str: "a text", list: "a list", dict: "an object"}

T = TypeVar("T", str, list[Any], dict[str, Any])


def parse_osv(data: bytes, where: str) -> Feed:
    """Return the records; of other ecosystems they affect nothing here.

    Raises InputError with every record that is not as the schema has it.
    """
    try:
        document = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise InputError(f"is no JSON: {error}", where=where) from None
    advisories, problems = [], []
    for number, record in enumerate(document if isinstance(document, list) else [document], 1):
        try:
            advisories.append(_advisory(_as(dict, record, "it")))
        except InputError as error:
            problems.append(InputError(f"record {number}: {error.message}", where=where))
    Problems.check(problems)
    dates = [advisory.modified for advisory in advisories if advisory.modified]
    return Feed(
        where=where,
        entries=len(advisories),
        date=max(dates, default=None),
        advisories=tuple(advisories),
    )


def _as(kind: type[T], value: object, name: str) -> T:
    if isinstance(value, kind) and not _has_half(value):
        return value
    raise InputError(f"{name} is not {_WORDS[kind]}")


def _has_half(value: object) -> bool:
    """JSON can escape halves of characters, of which no text consists."""
    return isinstance(value, str) and _HALF.search(value) is not None


def _get(record: Mapping[str, Any], name: str, kind: type[T]) -> T:
    """What has to be there."""
    return _as(kind, record.get(name), name)


def _may(record: Mapping[str, Any], name: str, kind: type[T]) -> T:
    """What may be left out, or be null, as programs in Go write an empty list."""
    value = record.get(name)
    return kind() if value is None else _as(kind, value, name)


def _texts(record: Mapping[str, Any], name: str) -> list[str]:
    return [_as(str, value, f"one of {name}") for value in _may(record, name, list)]


def _objects(record: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    return [_as(dict, value, f"one of {name}") for value in _may(record, name, list)]


def _advisory(record: Mapping[str, Any]) -> Advisory:
    identity = _get(record, "id", str)
    return Advisory(
        id=identity,
        topic=_topic(record) or identity,
        affected=tuple(_affected(_objects(record, "affected"))),
        aliases=tuple(_texts(record, "aliases")),
        url=_URL.format(identity),
        entry=_date(record, "published") if record.get("published") is not None else None,
        modified=_date(record, "modified"),
        cancelled=record.get("withdrawn") is not None,
    )


def _topic(record: Mapping[str, Any]) -> str:
    return (_may(record, "summary", str) or _may(record, "details", str)).partition("\n")[0]


def _date(record: Mapping[str, Any], name: str) -> str:
    match = _DATE.match(_get(record, name, str))
    if match is None:
        raise InputError(f"{name} is no date")
    return match[0]


def _affected(items: Sequence[Mapping[str, Any]]) -> Iterator[Affected]:
    for item in items:
        package = _get(item, "package", dict)
        ecosystem = _get(package, "ecosystem", str)
        name = _BASE_NAMES.get(ecosystem) or _get(package, "name", str)
        if ecosystem not in _BASE_NAMES and not ecosystem.startswith(_PORTS):
            continue
        ranges = [
            bounds
            for part in _objects(item, "ranges")
            if _get(part, "type", str) != "GIT"
            for bounds in _ranges(_objects(part, "events"))
        ]
        ranges += [(Bound(Relation.EQ, version),) for version in _texts(item, "versions")]
        yield Affected((_quoted(name),), tuple(ranges))


def _ranges(events: Sequence[Mapping[str, Any]]) -> Iterator[tuple[Bound, ...]]:
    """Taken in the order of versions, however they stand: introduced, then fixed or the like."""
    start: tuple[Bound, ...] | None = None
    for kind, version in sorted(map(_event, events), key=_place):
        if kind == "introduced" and start is None:
            start = () if version == _ALL else (Bound(Relation.GE, version),)
        elif kind in {"fixed", "limit", "last_affected"} and start is not None:
            end = Relation.LE if kind == "last_affected" else Relation.LT
            yield (*start, Bound(end, version))
            start = None
    if start is not None:
        yield start


def _event(event: Mapping[str, Any]) -> tuple[str, str]:
    """Its kind and its version."""
    if len(event) != 1:
        raise InputError("one of events says more or less than one thing")
    ((kind, value),) = event.items()
    return kind, _as(str, value, kind)


def _place(event: tuple[str, str]) -> tuple[bool, PortVersion]:
    _, version = event
    return version != _ALL, PortVersion(version)


def _quoted(name: str) -> str:
    """As a glob that fits the name alone."""
    return "".join(f"\\{letter}" if letter in "*?[\\" else letter for letter in name)
