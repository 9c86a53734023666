"""pkg(8)'s own test scripts, with portfake in the place of some of pkg's commands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.judge.pkg_scripts.runner import run_script

pytestmark = pytest.mark.judge
Judged = Callable[[str], str]


@dataclass(frozen=True)
class Row:
    """One script: what portfake answers in it, and the cases where it does not as pkg does."""

    script: str
    instead: tuple[str, ...] = ()
    failing: Mapping[str, str] = field(default_factory=dict)
    """Case -> why; a case that stands here and passes is an error too."""
    worded: frozenset[str] = frozenset()
    """Cases where status and packages are pkg's, and messages are portfake's own."""


_RECORDS = ("register", "info", "query", "which")
_LUA = "prepackaging scripts in Lua are known by their digest, or refused: never run"
ROWS = [
    # The real pkg alone, so that what judges is judged.
    Row("which"),
    Row("register"),
    # Records that portfake writes from its own packages, and reads; the rest is the real pkg.
    Row(
        "register",
        _RECORDS,
        {"prefix_is_a_symlink": "a link that leads out of the root by a name of the host"},
        frozenset({"file_not_found"}),
    ),
    Row("which", _RECORDS, worded=frozenset({"which_no_args"})),
    Row("query", _RECORDS),
    Row("info", _RECORDS),
    Row("messages", _RECORDS),
    Row("requires", _RECORDS),
    Row("delete", _RECORDS),
    Row("check", _RECORDS),
    Row("annotate", _RECORDS),
    Row("lock", _RECORDS),
    Row("set", _RECORDS),
    Row("vital", _RECORDS),
    Row("autoremove", _RECORDS),
    Row(
        "create",
        ("create",),
        {
            "create_from_plist_keyword_validation": _LUA,
            "create_from_plist_keyword_lua_actions": _LUA,
        },
        frozenset(
            {
                "create_from_plist_with_keyword_arguments",
                "create_from_plist_include",
            }
        ),
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: "-".join((row.script, *row.instead)))
def test_script(row: Row, judged: Judged, tmp_path: Path) -> None:
    tests, pkg = Path(judged("PORTFAKE_PKG_TESTS")), judged("PORTFAKE_PKG")
    outcomes = run_script(row.script, tests, pkg, tmp_path, instead=row.instead)
    print(f"\n{row.script} {row.instead}: {Counter(outcome.status for outcome in outcomes)}")
    failed = {outcome.case: outcome for outcome in outcomes if outcome.status == "failed"}
    unexpected = [str(failed[case]) for case in failed.keys() - row.failing.keys()]
    assert not unexpected
    assert not row.failing.keys() - failed.keys(), "these pass now"
    assert {outcome.case for outcome in outcomes if outcome.status == "worded"} == row.worded


SERVED: Mapping[str, frozenset[str]] = {
    "clean": frozenset(),
    # portfake also names the key of the manifest.
    "configmerge": frozenset({"config_duplicate"}),
    "conflicts": frozenset(),
    "conflicts-multirepo": frozenset(),
    "extract": frozenset(),
    "info": frozenset(),
    "install": frozenset(),
}
"""Scripts that make packages of all kinds, and let the real pkg install, extract and merge them;
cases where a message of portfake's reads otherwise."""


@pytest.mark.parametrize("script", SERVED)
def test_packages_serve_pkg_like_its_own(
    script: str, judged: Callable[[str], str], tmp_path: Path
) -> None:
    tests, pkg = Path(judged("PORTFAKE_PKG_TESTS")), judged("PORTFAKE_PKG")
    ends = []
    for instead in ((), ("create",)):
        folder = tmp_path / "-".join(("with", *instead))
        folder.mkdir()
        outcomes = run_script(script, tests, pkg, folder, instead=instead, target=True)
        ends.append({outcome.case: outcome.status for outcome in outcomes})
    print(f"\n{script}: {Counter(ends[1].values())}")
    assert ends[0] | dict.fromkeys(SERVED[script], "worded") == ends[1]
    assert "passed" in ends[1].values()
