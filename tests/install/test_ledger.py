"""The ledger: kept over several plans, beside it what is left to be done, once for all who ask."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from portfake.errors import PortfakeError
from portfake.install.deferred import FIRSTBOOT, RC_CONF, Piece, first_boot_script, pieces
from portfake.install.ledger import (
    LedgerEntry,
    LedgerState,
    ScriptKind,
    format_ledger,
    merged,
    parse_ledger,
)
from portfake.install.ledger_keeping import Keeping, Kept, with_ledger
from portfake.install.plan import Action, Plan, PlannedPackage, Source, StepKind
from portfake.model.manifest import Manifest, Phase

LDCONFIG = "service ldconfig restart\n"


def entry(package: str = "demo-1.0", left: str = "", **fields: str) -> LedgerEntry:
    state = LedgerState.DEFERRED if left else LedgerState.DONE
    text = fields.get("text", "service ldconfig restart >/dev/null")
    phase = Phase(fields.get("phase", "post-install"))
    return LedgerEntry(package, phase, ScriptKind.SHELL, state, "why", text, left)


def test_the_text_is_read_back() -> None:
    entries = (entry(left=LDCONFIG), entry("b-2_1,3", text="é\udcff\n"))
    assert parse_ledger(format_ledger(entries), "ledger") == entries


@pytest.mark.parametrize("line", ["x", "[]", "{}", '{"package": 1}', '"' + "[" * 99_999])
def test_damage_is_told_by_line(line: str) -> None:
    with pytest.raises(PortfakeError, match="ledger:2"):
        parse_ledger(format_ledger([entry()]) + line + "\n", "ledger")


def test_what_is_kept_of_packages_that_come_and_go() -> None:
    before = [entry("a-1"), entry("b-1", left=LDCONFIG), entry("c-1")]
    new = [entry("b-2"), entry("c-1", left="x\n", phase="post-deinstall"), entry("c-1")]
    after = merged(before, new, coming=["b"], going=["c"])
    assert after == (entry("a-1"), entry("b-2"), new[1])


def test_a_piece_is_done_once_and_after_the_last_who_asks() -> None:
    whole = entry("c-1", left="set -- c-1\nodd thing\n", text="odd thing")
    found = pieces([entry("a-1", left=LDCONFIG), whole, entry("b-1", left="x\n" + LDCONFIG)])
    assert [piece.text for piece in found] == [whole.left, "x\n", LDCONFIG]
    assert found[-1].whose == ("a-1 post-install", "b-1 post-install")


# steps


def plan(*ledger: LedgerEntry, action: Action = Action.INSTALL, name: str = "demo") -> Plan:
    manifest = Manifest(
        name=name, version="1.0", origin="misc/demo", comment="c", desc="d", maintainer="m",
        www="w", prefix="/usr/local", abi="FreeBSD:14:*",
    )  # fmt: skip
    package = PlannedPackage(action, manifest, "digest", Source("file", "x", False), False)
    return Plan("/mnt", "", 0, (package,), (), (), ledger, ())


def steps(
    plan: Plan, before: Kept | None = None, **keeping: bool
) -> dict[str, tuple[StepKind, str | None]]:
    made = with_ledger(plan, before or Kept(), Keeping(**keeping), clock=5)
    assert all(step.mtime == 5 for step in made.steps)
    return {
        step.path: (step.kind, step.content.data.decode() if step.content else None)
        for step in made.steps
    }


LEDGER = "/var/db/portfake/ledger"
PIECE = pieces([entry(left=LDCONFIG)])[0]
PIECE_PATH = f"/var/db/portfake/deferred/{PIECE.file_name}"


def test_nothing_to_keep_leaves_nothing() -> None:
    assert steps(plan()) == {}


def test_the_ledger_and_pieces_are_steps() -> None:
    made = steps(plan(entry(left=LDCONFIG)))
    assert made == {
        LEDGER: (StepKind.WRITE, format_ledger([entry(left=LDCONFIG)])),
        PIECE_PATH: (StepKind.WRITE, LDCONFIG),
    }


def test_what_is_no_longer_left_goes() -> None:
    before = Kept((entry(left=LDCONFIG),), (PIECE.file_name,))
    made = steps(plan(action=Action.DELETE), before)
    assert made == {LEDGER: (StepKind.REMOVE, None), PIECE_PATH: (StepKind.REMOVE, None)}


def test_a_folder_outside_leaves_the_root_alone() -> None:
    assert steps(plan(entry(left=LDCONFIG)), outside=True) == {}


def test_the_first_boot_has_all_that_is_left() -> None:
    before = Kept((entry("other-1", left="texhash\n"),), (PIECE.file_name,))
    made = steps(plan(entry(left=LDCONFIG)), before, first_boot=True)
    script = made["/usr/local/etc/rc.d/portfake_firstboot"][1] or ""
    assert "texhash" in script
    assert LDCONFIG in script
    assert made["/etc/rc.conf.d/portfake_firstboot"][1] == 'portfake_firstboot_enable="YES"\n'
    assert made["/firstboot"] == (StepKind.WRITE, "")
    assert made[PIECE_PATH] == (StepKind.REMOVE, None)


def test_the_script_of_the_first_boot_is_kept_up_to_date() -> None:
    before = Kept((entry(left=LDCONFIG), entry("other-1", left="texhash\n")), (), first_boot=True)
    made = steps(plan(action=Action.DELETE), before)
    assert "texhash" in (made[FIRSTBOOT][1] or "")
    assert LDCONFIG not in (made[FIRSTBOOT][1] or "")
    made = steps(plan(action=Action.DELETE), Kept((entry(left=LDCONFIG),), (), first_boot=True))
    assert made[FIRSTBOOT] == made[RC_CONF] == (StepKind.REMOVE, None)


# the script itself, run by a shell with a stand-in for rc.subr

RC_SUBR = """
load_rc_config() { :; }
warn() { echo "WARNING: $1"; }
run_rc_command() { eval "\\$${1}_cmd"; }
"""


@pytest.fixture
def first_boot(tmp_path: Path, tool: Callable[[str], str]) -> Callable[[list[Piece]], str]:
    """Runs the script of some pieces in a folder of its own, and returns what it says."""
    shell = tool("dash")

    def run(wanted: list[Piece]) -> str:
        text = first_boot_script(wanted).replace("/var/db/portfake", f"{tmp_path}/state")
        (tmp_path / "rc.subr").write_text(RC_SUBR)
        (tmp_path / "script").write_text(text.replace("/etc/rc.subr", f"{tmp_path}/rc.subr"))
        done = subprocess.run(
            [shell, tmp_path / "script", "start"], capture_output=True, text=True, check=False
        )
        return done.stdout + done.stderr

    return run


def test_the_script_does_each_piece_once(
    first_boot: Callable[[list[Piece]], str], tmp_path: Path
) -> None:
    quoting = Piece(f"echo \"it's $((1 + 1))\" '$HOME' `echo x` \\\\ >> {tmp_path}/log\n", ("a",))
    fails = Piece(f"test -e {tmp_path}/ready && echo late >> {tmp_path}/log\n", ("it's b",))
    reads = Piece("cat\nPORTFAKE_END\n:\n", ("c",))
    said = first_boot([quoting, fails])
    assert "portfake: its b: failed" in said
    state = tmp_path / "state/firstboot"
    assert not (state / "done").exists()
    (tmp_path / "ready").touch()
    assert first_boot([quoting, fails]) == "portfake: its b\n"
    assert (state / "done").exists()
    assert (tmp_path / "log").read_text() == "it's 2 $HOME x \\\nlate\n"
    assert first_boot([quoting, fails]) == ""
    first_boot([reads])
    assert (state / f"{reads.number}.done").exists()


def test_rc_knows_what_kind_it_is() -> None:
    lines = first_boot_script([PIECE]).splitlines()
    assert lines[0] == "#!/bin/sh"
    assert "# KEYWORD: firstboot" in lines
    assert 'rcvar="portfake_firstboot_enable"' in lines
