"""The command line: verbs, options, manual, statuses, text and JSON."""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from portfake import __version__
from portfake.actions.describe import Description
from portfake.actions.evaluate import Values
from portfake.actions.install import Outcome
from portfake.actions.records import Answer as QueryAnswer
from portfake.actions.records import Owner
from portfake.cli.main import VERBS
from portfake.cli.output import Output
from portfake.cli.parser import Parser
from portfake.cli.status import Status, status_of
from portfake.errors import (
    Busy,
    InputError,
    NotFound,
    PortfakeError,
    Problems,
    Refused,
    SystemFailure,
    Unavailable,
    UsageError,
)
from portfake.formats.json import schema
from portfake.install.plan import Plan
from portfake.limits import LimitExceeded
from portfake.model.manifest import InstalledPackage, Manifest
from tests.command_line import Answer, Scene, call, snapshot, write_small_package
from tests.sample_ports import ABI, TREE

MANUAL = (Path(__file__).parents[2] / "man/portfake.8").read_text()
OPTIONS: list[str | Path] = ["--ports", TREE, "--abi", ABI]


# The table of verbs


def options_of(verb: str) -> set[str]:
    parser = Parser(prog=verb)
    import_module(f"portfake.cli.verbs.{verb}").add_arguments(parser)
    actions = [action for action in parser._actions if not isinstance(action, argparse._HelpAction)]
    return {option for action in actions for option in action.option_strings}


@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_has_a_module_and_a_section_of_the_manual(verb: str) -> None:
    module = import_module(f"portfake.cli.verbs.{verb}")
    assert (module.__doc__ or "").startswith(f"portfake {verb}")
    assert callable(module.run)
    assert re.search(rf"^\.Cm {verb}$", MANUAL, re.MULTILINE), "not in the synopsis"
    assert re.search(rf"^\.It Cm {verb}\b", MANUAL, re.MULTILINE), "not among the verbs"


MACROS = {"Ar", "Cm", "Fl", "It", "Nm", "Ns", "Op"}


def flags_of(lines: list[str]) -> set[str]:
    """What follows Fl, up to the next macro: ``-no-deps``, and each letter of ``fMn``."""
    flags: set[str] = set()
    for line in lines:
        macro = ""
        for word in line.removeprefix(".").split():
            if word in MACROS:
                macro = word
            elif macro == "Fl" and word not in {",", ".", "|"}:
                flags.update([word] if word.startswith("-") else word)
    return flags


@pytest.mark.parametrize("verb", VERBS)
def test_every_option_is_in_the_manual(verb: str) -> None:
    described = flags_of(MANUAL.splitlines())
    options = {option.removeprefix("-") for option in options_of(verb)}
    assert "-json" in options
    assert options <= described


def test_the_manual_has_no_verb_and_no_option_of_its_own() -> None:
    verbs = re.findall(r"^\.It Cm (\w+)", MANUAL, re.MULTILINE)
    assert sorted(verbs) == sorted(VERBS)
    known = {option.removeprefix("-") for verb in VERBS for option in options_of(verb)}
    entries = [line for line in MANUAL.splitlines() if line.startswith(".It Fl")]
    assert flags_of(entries) <= known


def test_the_manual_s_statuses_are_those_of_the_program() -> None:
    listed = [int(number) for number in re.findall(r"^\.It (\d+)$", MANUAL, re.MULTILINE)]
    assert listed == sorted(set(Status))


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (UsageError("x"), 64),
        (InputError("x"), 65),
        (LimitExceeded("x"), 65),
        (NotFound("x"), 66),
        (Unavailable("x"), 69),
        (PortfakeError("x"), 70),
        (SystemFailure("x"), 74),
        (Busy("x"), 75),
        (Refused("x"), 77),
        (Problems([NotFound("x"), Refused("y")]), 66),
        (Problems([Refused("y"), NotFound("x")]), 77),
    ],
)
def test_a_kind_of_failure_has_its_status(error: PortfakeError, status: int) -> None:
    assert status_of(error) == status


# The call itself


def test_version() -> None:
    answer = call("--version")
    assert (answer.status, answer.out) == (0, f"portfake {__version__}\n")


@pytest.mark.parametrize("verb", VERBS)
def test_help(verb: str) -> None:
    answer = call(verb, "--help")
    assert answer.status == 0
    assert VERBS[verb] in " ".join(answer.out.split())
    assert verb in call("--help").out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "VERB"),
        (["bogus"], "bogus"),
        (["--bogus"], "VERB"),
        (["install"], "--root"),
        (["install", "--root", "/nowhere"], "no port or package given"),
        (["install", "--root"], "--root"),
        (["plan", "--osversion", "many", "--root", "r", "a/b"], "many"),
        (["delete", "--root", "/nowhere"], "NAME"),
        (["which"], "PATH"),
        (["eval", "a/b"], "nothing to evaluate"),
        (["eval", "-V", "PKGNAME"], "no origin given"),
        (["show"], "no origin given"),
        (["files"], "no origin given"),
        (["show", "--abi"], "--abi"),
        (["show", "--no-such-option", "a/b"], "--no-such-option"),
        (["show", *OPTIONS[:2], "misc/fieldguide"], "target is not known"),
    ],
)
@pytest.mark.parametrize("json", [False, True], ids=["text", "json"])
def test_a_call_without_sense(words: list[str | Path], message: str, json: bool) -> None:
    wants_json = json and bool(words) and words[0] in VERBS
    answer = call(*words, *(["--json"] if wants_json else []))
    assert answer.status == 64
    assert answer.out == ""
    assert message in answer.err
    if wants_json:
        (error,) = answer.errors
        assert error["kind"] == "UsageError"


def test_without_the_root_user(empty: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    error = empty.refused("misc/fieldguide", status=64)
    assert "only the root user" in error["error"]


def run(*words: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "portfake", *words],
        capture_output=True, text=True, check=False, env={**os.environ, **environment},
    )  # fmt: skip


def test_a_reader_that_has_enough_is_no_bug() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    words = map(str, ["eval", *OPTIONS, "-V", "PKGNAME", "misc/fieldguide"])
    done = subprocess.run(
        [sys.executable, "-m", "portfake", *words],
        stdout=writer,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (Status.IO_ERROR, b"")


def test_output_is_utf_8_and_never_fails_for_bytes(scene: Scene) -> None:
    origin = scene.port(lines="DISTFILES=\nPLIST_FILES=\tbin/demo\nWORD=\tna\u00efve")
    makefile = scene.overlay / origin / "Makefile"
    makefile.write_bytes(makefile.read_bytes().replace(b"na\xc3\xafve", b"na\xefve"))
    done = run("eval", *scene.target, "-V", "WORD", origin, LC_ALL="C.UTF-8")
    assert (done.returncode, done.stdout) == (0, "na\ufffdve\n")


def test_output_never_fails_for_half_a_character(capsys: pytest.CaptureFixture[str]) -> None:
    """As JSON can escape it in a manifest or a feed."""
    Output().line("a\ud83d-\udcefb")
    assert capsys.readouterr().out == "a\ufffd-\ufffdb\n"


# Answers, in words and as documents


def valid(document: dict[str, Any], kind: type) -> None:
    jsonschema.Draft202012Validator(schema(kind)).validate(document)


def documents(answer: Answer, kind: type, count: int = 1) -> list[dict[str, Any]]:
    assert answer.status == 0, answer.err
    assert len(answer.documents) == count
    for document in answer.documents:
        valid(document, kind)
        assert document["schema_version"] == 1
    return answer.documents


def test_eval() -> None:
    names = ["-V", "PKGNAME", "-V", "${CATEGORIES:[1]}-x"]
    words = [*names, "misc/fieldguide", "editors/jotter@nox"]
    assert call("eval", *OPTIONS, *words).out.splitlines() == [
        *("fieldguide-3.0", "misc-x"),
        *("jotter-nox-3", "editors-x"),
    ]
    first, second = documents(call("eval", "--json", *OPTIONS, *words), Values, 2)
    assert first["values"] == {"PKGNAME": "fieldguide-3.0", "${CATEGORIES:[1]}-x": "misc-x"}
    assert (first["origin"], second["origin"]) == ("misc/fieldguide", "editors/jotter@nox")


def test_eval_of_a_port_that_stops_tells_all_that_was_said(tmp_path: Path) -> None:
    port = tmp_path / "misc/stops"
    port.mkdir(parents=True)
    (port / "Makefile").write_text('.info before\n\n.include "inner.mk"\n')
    (port / "inner.mk").write_text("A=1\n.error no ${A}\n")
    words = ["eval", *OPTIONS, "--overlay", tmp_path, "-V", "PKGNAME", "misc/stops"]
    answer = call(*words, "-v")
    assert f"{port}/inner.mk:2: no 1, included from {port}/Makefile:3" in answer.err
    assert f"{port}/Makefile:1: before" in answer.err
    (said,) = call(*words, "--json").documents
    valid(said, Values)
    assert (said["status"], said["values"]) == (1, {})
    assert said["messages"][0].endswith("before")


def test_eval_with_variables() -> None:
    answer = call("eval", *OPTIONS, "-V", "PREFIX", "PREFIX=/opt", "misc/fieldguide")
    assert answer.out == "/opt\n"


def test_eval_of_a_name_with_modifiers() -> None:
    answer = call("eval", *OPTIONS, "-V", "PKGNAME:tu", "misc/fieldguide")
    assert answer.out == "FIELDGUIDE-3.0\n"


def test_eval_of_a_path_below_the_tree() -> None:
    assert call("eval", *OPTIONS, "-V", "PKGBASE", TREE / "misc/fieldguide").out == "fieldguide\n"


def test_eval_goes_on_after_a_port_that_fails() -> None:
    answer = call("eval", *OPTIONS, "-V", "PKGBASE", "misc/none", "misc/fieldguide")
    assert (answer.status, answer.out) == (1, "fieldguide\n")
    assert "no port misc/none" in answer.err
    answer = call("eval", "--json", *OPTIONS, "-V", "PKGBASE", "misc/none", "misc/fieldguide")
    assert answer.status == 1
    for document in answer.documents:
        valid(document, Values)
    assert "no port misc/none" in answer.documents[0]["error"]


def test_show() -> None:
    text = call("show", *OPTIONS, "textproc/notes").out
    assert text.startswith("notes-0.7\n")
    assert "Staging        : native" in text
    (document,) = documents(call("show", "--json", *OPTIONS, "textproc/notes"), Description)
    assert document["staging"] == "native"
    assert document["port"]["options"]["COLOR"] is True


@pytest.mark.parametrize(
    ("origin", "staging", "reason"),
    [
        ("sysutils/disk-id", "packages", "it compiles (USES=compiler)"),
        ("emulators/vaxbox", "refused", "needs the ROM of a machine that nobody has any more"),
        ("net/gopherhole", "refused", "is marked as broken: listens on a port that is taken"),
    ],
)
def test_show_says_why_a_port_is_not_staged(origin: str, staging: str, reason: str) -> None:
    (document,) = documents(call("show", "--json", *OPTIONS, origin), Description)
    assert (document["staging"], document["reason"]) == (staging, reason)
    assert reason in call("show", *OPTIONS, origin).out


def test_show_of_what_is_not_there() -> None:
    answer = call("show", *OPTIONS, "misc/none", "misc/fieldguide")
    assert answer.status == 1
    assert answer.out.startswith("fieldguide-3.0\n")


def test_files(scene: Scene) -> None:
    words: list[str | Path] = ["files", *scene.target, "mail/postbox"]
    text = call(*words).out.splitlines()
    assert "2555 root:postbox /usr/local/libexec/postbox" in text
    assert "0700 postbox:postbox /var/spool/postbox/" in text
    (document,) = documents(call(*words, "--json"), Manifest)
    assert document["name"] == "postbox"


def test_info(scene: Scene) -> None:
    words: list[str | Path] = ["info", "--root", scene.root]
    assert call(*words).out.startswith("logsieve-2.0.r1,1 ")
    assert "\t/usr/local/bin/logsieve\n" in call(*words, "-l", "logsieve").out
    assert "Name           : logsieve\n" in call(*words, "logsieve-2.0.r1,1").out
    (document,) = documents(call(*words, "--json"), InstalledPackage)
    assert document["manifest"]["version"] == "2.0.r1,1"


@pytest.mark.parametrize("name", ["none", "logsieve-1.0", "log"])
def test_info_of_what_is_not_installed(name: str, scene: Scene) -> None:
    answer = call("info", "--root", scene.root, name)
    assert (answer.status, answer.out) == (1, "")
    assert f"No package(s) matching {name}" in answer.err


def test_query(scene: Scene) -> None:
    words: list[str | Path] = ["query", "--root", scene.root]
    assert call(*words, "%n %v").out == "logsieve 2.0.r1,1\n"
    assert call(*words, "-e", "%a = 1", "%n").out == ""
    assert call(*words, "%n", "none").status == 1
    (document,) = documents(call(*words, "--json", "%Fp", "logsieve"), QueryAnswer)
    assert "/usr/local/bin/logsieve" in document["lines"]


@pytest.mark.parametrize("words", [["%"], ["n"], ["%z"], ["-a", "%n", "x"], ["-x", "%n", "["]])
def test_query_without_sense(words: list[str], scene: Scene) -> None:
    assert call("query", "--root", scene.root, *words).status == 64


def test_a_package_in_a_file(tmp_path: Path) -> None:
    path = write_small_package(tmp_path, "base")
    assert call("query", "-F", path, "%n-%v").out == "base-1.0\n"
    assert "Name           : base\n" in call("info", "-F", path).out
    assert call("info", "-R", "--raw-format=json", "-F", path).out.startswith('{\n    "name"')
    assert call("info", "-F", tmp_path / "none.pkg").status == 66


def test_which_in_path(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/bin:/usr/local/bin")
    words: list[str | Path] = ["which", "--root", scene.root, "-p"]
    assert call(*words, "logsieve").out.startswith("/usr/local/bin/logsieve was installed by")
    assert call(*words, "none").status == 1


def test_which(scene: Scene) -> None:
    words: list[str | Path] = ["which", "--root", scene.root]
    answer = call(*words, "/usr/local/bin/logsieve")
    assert answer.out == "/usr/local/bin/logsieve was installed by package logsieve-2.0.r1,1\n"
    assert call(*words, "-qo", "-g", "*/logsieve").out.split() == ["sysutils/logsieve"]
    (document,) = documents(call(*words, "--json", "/usr/local/bin/logsieve"), Owner)
    assert document["package"] == "logsieve-2.0.r1,1"


def test_which_of_nobody_s(scene: Scene) -> None:
    answer = call("which", "--root", scene.root, "/usr/local/bin/logsieve", "/etc/passwd")
    assert answer.status == 1
    assert "/etc/passwd was not found in the database\n" in answer.out


def test_which_wants_absolute_paths(scene: Scene) -> None:
    assert call("which", "--root", scene.root, "bin/logsieve").status == 65


def test_plan_and_install(scene: Scene) -> None:
    words = ["--root", scene.root, *scene.target, "-M", "--json", "sysutils/ec2-demo"]
    (planned,) = documents(call("plan", *words), Outcome)
    (done,) = documents(call("install", *words), Outcome)
    assert (planned["applied"], done["applied"]) == (False, True)


def test_delete(scene: Scene) -> None:
    answer = call("delete", "--json", "--root", scene.root, "logsieve")
    (document,) = documents(answer, Plan)
    assert [package["manifest"]["name"] for package in document["packages"]] == ["logsieve"]


@pytest.mark.parametrize("verb", ["info", "which"])
def test_reading_changes_no_byte(verb: str, scene: Scene) -> None:
    before = snapshot(scene.root)
    words = ["/usr/local/bin/logsieve"] if verb == "which" else ["-l"]
    assert call(verb, "--root", scene.root, *words).status == 0
    assert snapshot(scene.root) == before


@pytest.mark.parametrize("words", [["info"], ["which", "/etc/passwd"]])
def test_reading_an_empty_root_leaves_it_empty(words: list[str], empty: Scene) -> None:
    before = snapshot(empty.root)
    call(words[0], "--root", empty.root, *words[1:])
    assert snapshot(empty.root) == before


def test_errors_as_text_have_place_and_hint(scene: Scene) -> None:
    answer = scene.install("misc/fieldguid")
    assert answer.status == 66
    assert answer.err.splitlines() == [
        f"portfake: {TREE}: no port misc/fieldguid in this tree",
        "    did you mean misc/fieldguide?",
    ]


def test_portsdir_and_distdir_of_the_environment(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORTSDIR", str(TREE))
    monkeypatch.setenv("DISTDIR", str(scene.distfiles))
    answer = call("install", "--root", scene.root, "--abi", ABI, "-M", "misc/fieldguide")
    assert answer.status == 0, answer.err
