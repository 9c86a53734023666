"""OSV: events become ranges, other ecosystems are none of ours."""

from __future__ import annotations

import json
from typing import Any

import pytest

from portfake.errors import InputError, Problems
from portfake.formats.osv import parse_osv
from portfake.model.advisory import Affected


def record(*events: dict[str, str], **rest: Any) -> dict[str, Any]:
    package = {"ecosystem": rest.pop("ecosystem", "FreeBSD:ports"), "name": rest.pop("name", "x")}
    affected = {"package": package, "ranges": [{"type": "ECOSYSTEM", "events": list(events)}]}
    return {
        "id": "FREEBSD-1",
        "modified": "2025-03-04T05:06:07Z",
        "summary": "bad",
        "aliases": ["CVE-1"],
        "affected": [affected],
        **rest,
    }


def affected(*records: dict[str, Any]) -> tuple[Affected, ...]:
    feed = parse_osv(json.dumps(list(records)).encode(), "x")
    return tuple(each for advisory in feed.advisories for each in advisory.affected)


@pytest.mark.parametrize(
    ("events", "version", "hit"),
    [
        ([{"introduced": "0"}, {"fixed": "1.2"}], "1.1", True),
        ([{"introduced": "0"}, {"fixed": "1.2"}], "1.2", False),
        ([{"introduced": "1.0"}, {"last_affected": "1.2"}], "1.2", True),
        ([{"introduced": "1.0"}, {"last_affected": "1.2"}], "1.2_1", False),
        ([{"introduced": "1.0"}], "0.9", False),
        ([{"introduced": "1.0"}], "7,1", True),
        (
            [{"introduced": "1"}, {"fixed": "2"}, {"introduced": "3"}, {"fixed": "4"}],
            *("2.5", False),
        ),
        (
            [{"introduced": "1"}, {"fixed": "2"}, {"introduced": "3"}, {"fixed": "4"}],
            *("3.5", True),
        ),
        ([{"introduced": "1"}, {"introduced": "2"}, {"fixed": "3"}], "1.5", True),
        ([{"fixed": "1.10"}, {"introduced": "1.9"}], "1.9.1", True),
        ([{"fixed": "2"}, {"introduced": "0"}], "2", False),
    ],
)
def test_ranges(events: list[dict[str, str]], version: str, hit: bool) -> None:
    (found,) = affected(record(*events))
    assert (found.range_of(version) is not None) == hit


def test_ecosystems() -> None:
    found = affected(
        record(ecosystem="FreeBSD:base", name="whatever"),
        record(ecosystem="FreeBSD:kernel", name="whatever"),
        record(ecosystem="PyPI", name="x"),
        record(name="c*"),
    )
    assert [each.names for each in found] == [("FreeBSD",), ("FreeBSD-kernel",), ("c\\*",)]


def test_the_record() -> None:
    feed = parse_osv(json.dumps(record({"introduced": "0"}, withdrawn="2025-01-01")).encode(), "x")
    (advisory,) = feed.advisories
    assert advisory.cancelled
    assert (feed.date, advisory.aliases, advisory.topic) == ("2025-03-04", ("CVE-1",), "bad")


@pytest.mark.parametrize("text", ["[", "7", "{}", '[{"id": 1}]', '{"id": "x", "affected": 7}'])
def test_what_is_none(text: str) -> None:
    with pytest.raises(InputError):
        parse_osv(text.encode(), "x")


@pytest.mark.parametrize(
    "rest",
    [
        {"affected": {}},
        {"affected": [7]},
        {"affected": [{}]},
        {"affected": [{"package": {"ecosystem": "FreeBSD:ports"}}]},
        {"affected": [{"package": {"ecosystem": "FreeBSD", "name": "x"}, "versions": [1]}]},
        {"affected": [{"package": {"ecosystem": "FreeBSD", "name": "x"}, "ranges": [{}]}]},
        {"modified": "2024"},
        {"aliases": "CVE-1"},
        {"summary": ["bad"]},
        {"summary": "\ud800"},
    ],
)
def test_what_is_not_as_the_schema_has_it(rest: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="record 1: "):
        parse_osv(json.dumps(record({"introduced": "0"}, **rest)).encode(), "x")


@pytest.mark.parametrize(
    "event", [{"introduced": 0}, {"fixed": [1]}, {}, {"introduced": "0", "x": "y"}]
)
def test_events_that_are_none(event: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="record 1: "):
        affected(record({"introduced": "0"}, event))


def test_lists_may_be_null() -> None:
    """As programs in Go write them."""
    feed = parse_osv(json.dumps(record(aliases=None, affected=None, summary=None)).encode(), "x")
    (advisory,) = feed.advisories
    assert (advisory.affected, advisory.aliases, advisory.topic) == ((), (), "FREEBSD-1")


def test_all_that_is_wrong_is_told_together() -> None:
    with pytest.raises(Problems) as told:
        parse_osv(json.dumps([7, record(), {"id": 1}]).encode(), "x")
    assert [str(problem)[:11] for problem in told.value.problems] == ["x: record 1", "x: record 3"]
