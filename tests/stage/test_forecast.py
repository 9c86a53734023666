"""What is told of a port before any work: staged here, to be had as a package, or refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from portfake.stage.forecast import Forecast, Outlook, forecast
from portfake.stage.native import STAGE_ENVIRONMENT
from tests.sample_ports import COMPILED, NATIVE, Case, request

HEAD = """\
PORTNAME=	demo
PORTVERSION=	1.0
CATEGORIES=	misc
MAINTAINER=	demo@example.org
COMMENT=	One of the tests
WWW=	https://example.org/
DISTFILES=
NO_ARCH=	yes
NO_BUILD=	yes
"""
PLACE = HEAD.count("\n") + 2

Judge = Callable[..., Forecast]


@pytest.fixture
def judged(tmp_path: Path) -> Judge:
    """Forecast a port that has this recipe."""

    def judge(recipe: str, *, lines: str = "", target: str = "do-install") -> Forecast:
        folder = tmp_path / "misc/demo"
        folder.mkdir(parents=True)
        (folder / "Makefile").write_text(
            f"{HEAD}{target}:\n\t{recipe}\n{lines}\n.include <bsd.port.mk>\n"
        )
        return told(Case("misc/demo"), [str(tmp_path)])

    return judge


def told(case: Case, overlays: list[str] | None = None) -> Forecast:
    target = request(overlays=overlays or (), variables=case.settings)
    profile = target.profile()
    with target.open_tree() as tree:
        evaluator = target.evaluator(tree, profile, environment=STAGE_ENVIRONMENT)
        return forecast(evaluator.evaluated(tree.find(case.full_origin)), profile)


@pytest.mark.parametrize("case", NATIVE, ids=str)
def test_what_is_staged_natively_was_foreseen(case: Case) -> None:
    """The framework's own recipes are judged with the port's: none is objected to."""
    assert told(case) == Forecast(Outlook.NATIVE)


@pytest.mark.parametrize("case", COMPILED, ids=str)
def test_what_builds_needs_its_package(case: Case) -> None:
    found = told(case)
    assert (found.outlook, found.reason) == (Outlook.PACKAGES, "it compiles (USES=compiler)")


@pytest.mark.parametrize(
    ("recipe", "word"),
    [
        ("cd ${WRKSRC} && perl x.pl", "perl"),
        ("${LOCALBASE}/bin/python3.9 -m compileall x", "/usr/local/bin/python3.9"),
        ("${SH} -c 'gmake install'", "gmake"),
        ("${FIND} . -name '*.c' -exec cc -c {} +", "cc"),
        ("x=`ruby31 y`", "ruby31"),
        ("${LOCALBASE}/bin/pear upgrade", "/usr/local/bin/pear"),
    ],
)
def test_an_interpreter_or_compiler_needs_the_package(
    judged: Judge, recipe: str, word: str
) -> None:
    found = judged(recipe)
    assert (found.outlook, found.reason) == (Outlook.PACKAGES, f"it needs {word}")
    assert str(found.place).endswith(f"misc/demo/Makefile:{PLACE}")


@pytest.mark.parametrize(
    ("recipe", "reason"),
    [
        ("unrar x a.rar", "unrar: this command is not known"),
        ("${FIND} . -printf %p", "find: -printf is not known"),
        ("${ECHO_CMD} a; if x", "expected 'then', found 'newline'"),
        ("${LOCALBASE}/demo/bin/demod -V", "demod: this command is not known"),
    ],
)
def test_what_is_not_interpreted_is_refused_with_its_word(
    judged: Judge, recipe: str, reason: str
) -> None:
    found = judged(recipe)
    assert (found.outlook, found.reason) == (Outlook.REFUSED, reason)
    assert str(found.place).endswith(f"misc/demo/Makefile:{PLACE}")


@pytest.mark.parametrize("target", ["post-extract", "pre-patch", "do-install", "post-stage"])
def test_every_target_on_the_way_is_judged(judged: Judge, target: str) -> None:
    lines = "" if target == "do-install" else "do-install:\n\t@${TRUE}"
    assert judged("unrar x", target=target, lines=lines).outlook is Outlook.REFUSED


@pytest.mark.parametrize("target", ["do-test", "regression", "do-build"])
def test_targets_off_the_way_are_not(judged: Judge, target: str) -> None:
    assert judged("unrar x", target=target, lines="do-install:\n\t@${TRUE}") == Forecast(
        Outlook.NATIVE
    )


def test_a_fetch_of_the_port_s_own_is_not_in_the_way(judged: Judge) -> None:
    recipe = "if [ ! -f ${DISTDIR}/a ]; then ${FETCH_CMD} https://example.org/a; fi"
    told = judged(recipe, target="do-fetch", lines="do-install:\n\t@${TRUE}")
    assert told == Forecast(Outlook.NATIVE)


@pytest.mark.parametrize("settings", ["", "LOCALBASE=/opt/pkg"])
def test_what_uses_pear_mk_calls_is_done_here(judged: Judge, settings: str) -> None:
    recipe = "cd ${WRKSRC} && ${LOCALBASE}/bin/pear install -n -f -P ${STAGEDIR} package.xml"
    assert judged(recipe, lines=settings) == Forecast(Outlook.NATIVE)


def test_a_make_in_the_port_s_folder_is_followed(judged: Judge) -> None:
    found = judged("cd ${.CURDIR} && ${MAKE} other", lines="other:\n\tunrar x")
    assert (found.outlook, found.reason) == (Outlook.REFUSED, "unrar: this command is not known")


@pytest.mark.parametrize(
    ("recipe", "word"),
    [
        ("cd ${WRKSRC} && ./install.sh", "./install.sh"),
        ("cd ${WRKSRC} && ${MAKE} copy-all", "make"),
        # The framework has a target of this name as well.
        ("cd ${WRKSRC} && ${MAKE} install", "make"),
        ("${MAKE} -C ${WRKSRC} install", "make"),
        ("${MAKE} -f ${WRKSRC}/Makefile install", "make"),
        ("for i in a b; do $$i x; done", "$i"),
    ],
)
def test_what_shows_at_run_time_is_told_apart(judged: Judge, recipe: str, word: str) -> None:
    found = judged(recipe)
    assert (found.outlook, [one.word for one in found.at_run_time]) == (Outlook.NATIVE, [word])


@pytest.mark.parametrize(
    ("recipe", "reason"),
    [
        ("@${ECHO_CMD} plain > ${WRKDIR}/made", None),
        ("cc -o x x.c", "it builds (NO_ARCH, no NO_BUILD)"),
        ("unrar x", "it builds (NO_ARCH, no NO_BUILD)"),
    ],
)
def test_a_build_of_known_commands_is_no_obstacle(
    judged: Judge, recipe: str, reason: str | None
) -> None:
    lines = ".undef NO_BUILD\ndo-install:\n\t@${TRUE}"
    found = judged(recipe, target="do-build", lines=lines)
    assert found.reason == reason
    assert found.is_staged_here is (reason is None)


@pytest.mark.parametrize("recipe", ["cd ${WRKSRC} && ${MAKE} all", "${WRKSRC}/build.sh"])
def test_a_build_that_shows_when_it_runs_is_tried(judged: Judge, recipe: str) -> None:
    lines = ".undef NO_BUILD\ndo-install:\n\t@${TRUE}"
    found = judged(recipe, target="do-build", lines=lines)
    assert (found.outlook, found.is_staged_here) == (Outlook.TRIED, False)
    assert found.reason == "it builds (NO_ARCH, no NO_BUILD)"


def test_the_port_s_own_word_comes_first(judged: Judge) -> None:
    found = judged("perl x", lines="BROKEN=\tdoes not work")
    assert found.outlook is Outlook.REFUSED
    assert "does not work" in (found.reason or "")
