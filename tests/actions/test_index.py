"""`index`: the lines of the sample tree, and what real make describes of the same ports."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest

from portfake.formats.index import IndexEntry
from portfake.formats.json import schema
from tests.bmake_judge import run_bmake
from tests.command_line import Answer, Scene, call
from tests.sample_ports import ABI, TREE

KINDS = ("EXTRACT", "PATCH", "FETCH", "BUILD", "RUN")
FOLDERS = "|".join(
    f"${{{kind}_DEPENDS:C,^[^:]*:([^:@]*).*,${{PORTSDIR}}/\\1,:O:u}}" for kind in KINDS
)
MAKE_CONF = (
    'describe:\n\t@echo "${PKGNAME}|${.CURDIR}|${PREFIX}|"${COMMENT:Q}'
    f'"|${{DESCR}}|${{MAINTAINER}}|${{CATEGORIES}}|{FOLDERS}|${{WWW:[1]}}" >> /dev/stdout\n'
)
"""The sample tree's framework is too small for a target that only an INDEX wants."""
LOGSIEVE = (
    "logsieve-2.0.r1,1|{tree}/sysutils/logsieve|/usr/local|Keep the lines of a log that matter|"
    "{tree}/sysutils/logsieve/pkg-descr|demo@example.org|sysutils|"
)


@pytest.fixture
def conf(tmp_path: Path) -> Path:
    path = tmp_path / "make.conf"
    path.write_text(MAKE_CONF)
    return path


@pytest.fixture
def asked(conf: Path) -> Callable[..., Answer]:
    def asked(*words: str | Path) -> Answer:
        return call("index", "--ports", TREE, "--abi", ABI, "--make-conf", conf, *words)

    return asked


def test_the_whole_tree(asked: Callable[..., Answer]) -> None:
    answer = asked("-j", "2")
    assert (answer.status, answer.err) == (0, "")
    lines = answer.out.splitlines()
    assert len(lines) == 16
    assert LOGSIEVE.format(tree="/usr/ports") + "||https://example.org/logsieve/|||" in lines
    (desk,) = [line.split("|") for line in lines if line.startswith("demo-desk-")]
    assert desk[8] == "fieldguide-3.0 jotter-nox-3 notes-0.7"
    assert [line.split("|")[0] for line in lines if "/editors/jotter|" in line] == [
        *("jotter-3", "jotter-nox-3"),
    ]


def test_lines_of_some_ports_are_those_of_the_whole(asked: Callable[..., Answer]) -> None:
    whole = asked().out.splitlines()
    some = asked("misc/demo-desk", "editors/jotter@nox").out.splitlines()
    assert [line.split("|")[0] for line in some] == ["jotter-nox-3", "demo-desk-2026.1"]
    assert set(some) < set(whole)


def test_documents_tell_the_flavor(asked: Callable[..., Answer]) -> None:
    documents = asked("--json", "editors/jotter").documents
    assert [each["origin"] for each in documents] == ["editors/jotter@full", "editors/jotter@nox"]
    for document in documents:
        jsonschema.validate(document, schema(IndexEntry))


def test_ports_of_overlays_are_where_the_tree_is(scene: Scene, conf: Path) -> None:
    scene.port(lines="DISTFILES=\nPLIST_FILES=\tbin/demo\nRUN_DEPENDS=\tx:misc/fieldguide")
    answer = call("index", *scene.target, "--make-conf", conf, "misc/demo")
    assert answer.status == 0, answer.err
    fields = answer.out.split("|")
    assert (fields[1], fields[8]) == ("/usr/ports/misc/demo", "fieldguide-3.0")


def test_a_port_that_fails_is_told_and_the_rest_goes_on(scene: Scene, conf: Path) -> None:
    scene.port(lines=".error broken")
    for words in ((), ("--describe",)):
        ports = ("--make-conf", conf, "misc/demo", "misc/absent", "misc/fieldguide")
        answer = call("index", *words, *scene.target, *ports)
        assert answer.status == 1
        assert [line.split("|")[0] for line in answer.out.splitlines()] == ["fieldguide-3.0"]
        assert "broken" in answer.err
        assert "misc/absent" in answer.err


def test_a_folder_that_is_no_tree(tmp_path: Path) -> None:
    assert call("index", "--ports", tmp_path, "--abi", ABI).status == 66


@pytest.mark.parametrize("origin", ["sysutils/ec2-demo", "textproc/notes", "editors/jotter@nox"])
def test_lines_are_those_of_make(
    origin: str, asked: Callable[..., Answer], tool: Callable[[str], str], tmp_path: Path
) -> None:
    tool("bmake")
    folder, _, flavor = origin.partition("@")
    real = run_bmake(folder, tmp_path, ["describe"], flavor=flavor)
    assert real.returncode == 0, real.stderr
    answer = asked("--describe", origin)
    assert (answer.out, answer.err) == (real.stdout, "")
    (told,) = asked("--describe", "--json", origin).documents
    assert told["line"] == answer.out.rstrip("\n")
