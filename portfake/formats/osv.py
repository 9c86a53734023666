"""OSV records of FreeBSD's ecosystems (ossf.github.io/osv-schema): one JSON object or a list."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from portfake.errors import InputError
from portfake.model.advisory import Advisory, Affected, Bound, Feed, Relation

__all__ = ["parse_osv"]

_URL = "https://osv.dev/vulnerability/{}"
_BASE_NAMES = {"FreeBSD:base": "FreeBSD", "FreeBSD:kernel": "FreeBSD-kernel"}
"""Ecosystem -> the name that VuXML gives to the same."""
_PORTS = ("FreeBSD:ports", "FreeBSD")


def parse_osv(data: bytes, where: str) -> Feed:
    """Return the records; of other ecosystems they affect nothing here.

    Raises InputError for what is no OSV.
    """
    try:
        document = json.loads(data)
        records = document if isinstance(document, list) else [document]
        advisories = tuple(_advisory(record) for record in records)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise InputError(f"is no OSV record: {error!r:.80}", where=where) from None
    dates = [advisory.modified for advisory in advisories if advisory.modified]
    return Feed(
        where=where,
        entries=len(advisories),
        date=max(dates, default=None),
        advisories=advisories,
    )


def _advisory(record: Mapping[str, Any]) -> Advisory:
    identity = str(record["id"])
    return Advisory(
        id=identity,
        topic=str(record.get("summary") or record.get("details", "")).partition("\n")[0],
        affected=tuple(_affected(record.get("affected", []))),
        aliases=tuple(map(str, record.get("aliases", []))),
        url=_URL.format(identity),
        entry=_date(record.get("published")),
        modified=_date(record["modified"]),
        cancelled="withdrawn" in record,
    )


def _date(text: object) -> str | None:
    return None if text is None else str(text)[:10]


def _affected(items: list[Mapping[str, Any]]) -> Iterator[Affected]:
    for item in items:
        ecosystem = str(item["package"]["ecosystem"])
        name = _BASE_NAMES.get(ecosystem, str(item["package"]["name"]))
        if ecosystem not in _BASE_NAMES and not ecosystem.startswith(_PORTS):
            continue
        ranges = [
            bounds
            for part in item.get("ranges", [])
            if part["type"] != "GIT"
            for bounds in _ranges(part["events"])
        ]
        ranges += [(Bound(Relation.EQ, str(version)),) for version in item.get("versions", [])]
        yield Affected((_quoted(name),), tuple(ranges))


def _ranges(events: list[Mapping[str, str]]) -> Iterator[tuple[Bound, ...]]:
    """Events stand in the order of versions: introduced, then fixed or last_affected."""
    start: tuple[Bound, ...] | None = None
    for event in events:
        ((kind, version),) = event.items()
        if kind == "introduced":
            start = () if version == "0" else (Bound(Relation.GE, version),)
        elif kind in {"fixed", "limit", "last_affected"} and start is not None:
            end = Relation.LE if kind == "last_affected" else Relation.LT
            yield (*start, Bound(end, version))
            start = None
    if start is not None:
        yield start


def _quoted(name: str) -> str:
    """As a glob that fits the name alone."""
    return "".join(f"\\{letter}" if letter in "*?[\\" else letter for letter in name)
