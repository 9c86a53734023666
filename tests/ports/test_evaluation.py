"""Sample ports evaluated: every value as real bmake has it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from portfake.errors import InputError, NotFound
from portfake.limits import LimitExceeded
from portfake.model.origin import Origin
from portfake.model.port import DependencyKind
from tests.bmake_judge import evaluate_with_bmake
from tests.sample_ports import COMPILED, DISTFILES, NATIVE, TREE, Case, evaluator_of, request

REFUSED = ["emulators/vaxbox", "games/dungeon-maps", "net/gopherhole", "security/rot13d"]
CASES = [*NATIVE, *COMPILED, *(Case(origin) for origin in REFUSED)]
NAMES = """PKGNAME PKGBASE PKGVERSION PORTNAME DISTNAME DISTFILES DISTVERSION CATEGORIES COMMENT
    MAINTAINER WWW LICENSE LICENSE_COMB IGNORE PREFIX DATADIR DOCSDIR EXAMPLESDIR ETCDIR FLAVOR
    FLAVORS USES USERS GROUPS RUN_DEPENDS LIB_DEPENDS BUILD_DEPENDS PORT_OPTIONS
    COMPLETE_OPTIONS_LIST PLIST_FILES PLIST_SUB SUB_LIST SUB_FILES WRKDIR WRKSRC STAGEDIR TMPPLIST
    METADIR MASTERDIR PKGORIGIN PKGMESSAGE INSTALL_SCRIPT INSTALL_DATA COPYTREE_SHARE
    REINPLACE_CMD OPSYS ARCH OSVERSION OSREL _STAGE_SEQ PKG_NOTES .CURDIR
    CONFLICTS_INSTALL DEPRECATED""".split()  # noqa: SIM905  # a list of words


@pytest.mark.parametrize("case", CASES, ids=str)
def test_values_are_bmake_s(case: Case, tmp_path: Path, tool: Callable[[str], str]) -> None:
    tool("bmake")
    tool("dash")
    wanted = evaluate_with_bmake(
        case.origin, tmp_path, NAMES, flavor=case.flavor, settings=case.settings
    )
    variables = {
        **case.settings,
        "DISTDIR": str(DISTFILES),
        "WRKDIRPREFIX": str(tmp_path / "wrkdirs"),
        "PORT_DBDIR": str(tmp_path / "options"),
        "SH": tool("dash"),
    }
    with evaluator_of(request(variables=variables)) as evaluator:
        evaluation = evaluator.evaluated(Origin.parse(case.full_origin)).evaluation
        found = {name: evaluation.value(name) or "" for name in NAMES}
    assert found == wanted
    assert not evaluation.unknown_commands
    assert not evaluation.uncertain
    assert not evaluation.messages


def test_a_port_is_evaluated_once() -> None:
    with evaluator_of(request()) as evaluator:
        origin = Origin.parse("misc/fieldguide")
        assert evaluator.evaluated(origin) is evaluator.evaluated(origin)


def test_a_port_as_a_value() -> None:
    with evaluator_of(request()) as evaluator:
        port = evaluator.port(Origin.parse("sysutils/ec2-demo"))
    assert port.full_name == "ec2-demo-1.12_1"
    assert port.distfiles == ("ec2-demo-1.12.tar.gz",)
    needed = [str(word.origin) for word in port.dependencies[DependencyKind.RUN]]
    assert needed == ["sysutils/disk-id", "net/imds-get"]
    assert (port.no_build, port.no_arch, port.ignore) == (True, False, "")


@pytest.mark.parametrize("abi", ["FreeBSD:14:riscv64", "FreeBSD:15:aarch64"])
def test_values_are_the_target_s(abi: str) -> None:
    with evaluator_of(request(abi=abi)) as evaluator:
        evaluation = evaluator.evaluated(Origin.parse("dns/hostwatch")).evaluation
        profile = evaluator.profile
        assert evaluation.value("ARCH") == profile.abi.cpu
        assert evaluation.value("OSVERSION") == str(profile.osversion)
        assert evaluation.value("_OSRELEASE") == profile.release


def test_an_origin_that_is_not_there() -> None:
    with evaluator_of(request()) as evaluator, pytest.raises(NotFound, match="no port misc/none"):
        evaluator.port(Origin("misc", "none"))


def test_a_makefile_that_make_stops_at(tmp_path: Path) -> None:
    folder = tmp_path / "overlay/misc/bad"
    folder.mkdir(parents=True)
    (folder / "Makefile").write_text('PORTNAME=bad\n.include "none.mk"\n')
    target = request(overlays=[str(tmp_path / "overlay")])
    with evaluator_of(target) as evaluator, pytest.raises(InputError) as caught:
        evaluator.port(Origin("misc", "bad"))
    assert str(caught.value.where) == f"{folder}/Makefile:2"


def test_make_conf_is_read(tmp_path: Path) -> None:
    target = replace(request(), make_conf="LOCALBASE=/opt\n")
    with evaluator_of(target) as evaluator:
        assert evaluator.port(Origin("misc", "fieldguide")).prefix == "/opt"


def test_makes_that_call_each_other_without_end_are_stopped(tmp_path: Path) -> None:
    folder = tmp_path / "overlay/misc/loop"
    folder.mkdir(parents=True)
    (folder / "Makefile").write_text("X!=\t${MAKE} -C ${.CURDIR} -V X\n")
    with evaluator_of(request(overlays=[str(tmp_path / "overlay")])) as evaluator:
        evaluation = evaluator.evaluate(str(folder))
    assert isinstance(evaluation.error, LimitExceeded)
    assert "without end" in str(evaluation.error)


def test_the_tree_stays_as_it_is() -> None:
    before = sorted(TREE.rglob("*"))
    with evaluator_of(request()) as evaluator:
        for origin in evaluator.tree.origins():
            evaluator.evaluate(evaluator.folder(origin))
    assert sorted(TREE.rglob("*")) == before
