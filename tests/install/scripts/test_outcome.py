"""What scripts come to as steps of a plan, in one journal with the packages' own files."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest

from portfake.formats.hash_database import pairs
from portfake.install.ledger import LedgerState, ScriptKind
from portfake.install.plan import Action, Plan, PlannedPackage, Source, Step, StepKind
from portfake.install.scripts.outcome import (
    ScriptOutcome,
    kept_config_problems,
    rehearse,
    with_scripts,
)
from portfake.model.entry import EntryType
from portfake.model.manifest import Manifest, PackagedFile, Phase
from portfake.shell.memory import MemoryFiles

MASTER = "root::0:0::0:0:Charlie &:/root:/bin/sh\n"
FILE = "/usr/local/bin/demo"


def root() -> MemoryFiles:
    files = MemoryFiles()
    for folder in ("/etc", "/usr", "/usr/local", "/usr/local/bin", "/old", "/old/inner"):
        files.mkdir(folder)
    files.write("/etc/master.passwd", [MASTER.encode()], mode=0o600)
    files.write("/etc/group", [b"wheel:*:0:root\n"])
    files.write("/etc/motd", [b"hello\n"], mode=0o640)
    return files


def manifest(**scripts: str) -> Manifest:
    return Manifest(
        name="demo", version="1", origin="x/demo", comment="c", desc="d", maintainer="m",
        www="w", prefix="/usr/local", abi="*", files=(PackagedFile(path=FILE, mode=0o755),),
        scripts={Phase(name.replace("_", "-")): text for name, text in scripts.items()},
    )  # fmt: skip


def outcome(package: Manifest, action: Action = Action.INSTALL) -> ScriptOutcome:
    planned = PlannedPackage(action, package, "", Source("file", "x", verified=False), False)
    contents = {"demo": lambda path: io.BytesIO(b"packaged\n")}
    return rehearse([planned], {}, contents, root(), clock=9)


def steps(package: Manifest, action: Action = Action.INSTALL) -> list[Step]:
    kind = StepKind.REMOVE if action is Action.DELETE else StepKind.PLACE
    plan = Plan("/mnt", "", 0, (), (Step(kind=kind, path=FILE, package="demo"),), (), (), ())
    found = outcome(package, action)
    assert found.problems == ()
    return list(with_scripts(plan, found).steps)


@pytest.mark.parametrize(
    ("script", "kind", "path", "mode", "content"),
    [
        ("echo x > /etc/new", StepKind.WRITE, "/etc/new", 0o644, b"x\n"),
        ("echo x >> /etc/motd", StepKind.WRITE, "/etc/motd", 0o640, b"hello\nx\n"),
        ("chmod 600 /etc/motd", StepKind.WRITE, "/etc/motd", 0o600, b"hello\n"),
        ("rm /etc/motd", StepKind.REMOVE, "/etc/motd", None, None),
        ("mkdir -m 700 /etc/d", StepKind.FOLDER, "/etc/d", 0o700, None),
        ("rmdir /old/inner", StepKind.REMOVE_FOLDER, "/old/inner", None, None),
        ("ln -s motd /etc/l", StepKind.WRITE, "/etc/l", None, None),
    ],
)
def test_edits_are_steps(
    script: str, kind: StepKind, path: str, mode: int | None, content: bytes | None
) -> None:
    placed, step = steps(manifest(post_install=script))
    assert placed.kind is StepKind.PLACE
    assert (step.kind, step.path, step.mode, step.package) == (kind, path, mode, "demo")
    assert (step.content.data if step.content else None) == content


def test_a_packaged_file_that_a_script_edits_is_written() -> None:
    (step,) = steps(manifest(post_install=f"echo more >> {FILE}"))
    assert (step.kind, step.mode) == (StepKind.WRITE, 0o755)
    assert step.content is not None
    assert step.content.data == b"packaged\nmore\n"


def test_a_packaged_file_that_a_script_removes_is_not_placed() -> None:
    (step,) = steps(manifest(post_install=f"rm {FILE}"))
    assert step.kind is StepKind.REMOVE


@pytest.mark.parametrize(("payload_path", "refused"), [(None, False), (FILE, True)])
def test_a_configuration_file_that_is_kept_is_no_script_s(
    payload_path: str | None,
    refused: bool,
) -> None:
    package = replace(manifest(post_install=f"echo more >> {FILE}"), config=(FILE,))
    path = FILE if payload_path is None else f"{FILE}.pkgnew"
    step = Step(kind=StepKind.PLACE, path=path, package="demo", payload_path=payload_path)
    problems = list(kept_config_problems([step], [package], outcome(package)))
    assert bool(problems) is refused


def test_inner_folders_go_first() -> None:
    found = steps(manifest(post_deinstall="rm -r /old"), Action.DELETE)
    assert [step.path for step in found] == [FILE, "/old/inner", "/old"]


def test_databases_follow_the_accounts() -> None:
    found = outcome(manifest(pre_install="pw useradd demo -u 900 -g 0 -d / -s /x"))
    edits = {edit.path: edit for edit in found.edits}
    public, secret = edits["/etc/pwd.db"], edits["/etc/spwd.db"]
    assert public.after is not None
    assert secret.after is not None
    assert (public.after.mode, secret.after.mode) == (0o644, 0o600)
    assert b"Ademo" in dict(pairs(public.content or b"", "pwd.db"))
    assert found.users["demo"] == 900
    assert found.origins["/etc/spwd.db"] == "demo"


def test_owners_whom_nobody_knows_are_a_problem() -> None:
    found = outcome(manifest(post_install="touch /etc/x; chown nobody:nogroup /etc/x"))
    assert [problem.message for problem in found.problems] == [
        "a script gives something to the user nobody, whom the root does not know",
        "a script gives something to the group nogroup, whom the root does not know",
    ]


def test_a_trigger_is_left_as_pkg_leaves_it() -> None:
    folder = "/usr/local/share/pkg/triggers"
    files = root()
    for path in ("/usr/local/share", "/usr/local/share/pkg", folder):
        files.mkdir(path)
    text = 'path: "/usr/local/bin"\ntrigger { type: lua, script: "x()", sandbox: false }\n'
    files.write(f"{folder}/demo.ucl", [text.encode()])
    planned = PlannedPackage(
        Action.INSTALL, manifest(), "", Source("file", "x", verified=False), False
    )
    found = rehearse([planned], {}, {"demo": lambda path: io.BytesIO()}, files)
    (entry,) = found.ledger
    assert (entry.kind, entry.state) == (ScriptKind.TRIGGER, LedgerState.DEFERRED)
    (edit,) = [edit for edit in found.edits if edit.after and edit.after.type is EntryType.FILE]
    assert edit.path.startswith("/var/db/pkg/triggers/")
    assert edit.content == b"--begin args\n-- /usr/local/bin\n--end args\n--\nx()\n"
