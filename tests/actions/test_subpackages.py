"""Ports that make several packages of one stage, as trees since 2024 know them."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from portfake.packages.archive_reader import PackageArchive
from tests.command_line import Scene, call, files_of, rows
from tests.sample_ports import TREE

# What a newer Mk/bsd.port.mk adds to the sample tree's: a METADIR for each package.
NAMES = """
_PKGS=	${PKGBASE} ${SUBPACKAGES:S/^/${PKGBASE}-/}
.  for sp in ${SUBPACKAGES}
_SP.${PKGBASE}-${sp}=	.${sp}
.  endfor
"""
RECIPE = """
.  for sp in ${_PKGS}
create-manifest: create-manifest.${sp}
create-manifest.${sp}:
"""
PORT = """\
PORTNAME=	almanac
PORTVERSION=	3
CATEGORIES=	misc
MAINTAINER=	demo@example.org
COMMENT=	Days of the year
COMMENT.docs=	What the days mean
NO_BUILD=	yes
NO_ARCH=	yes
DISTFILES=
USES=
SUBPACKAGES=	docs extra
SELF_DEPENDS.docs=	main
SELF_DEPENDS.extra=	docs main
RUN_DEPENDS.extra=	fieldguide>0:misc/fieldguide

do-install:
	@${MKDIR} ${STAGEDIR}${PREFIX}/share/almanac ${STAGEDIR}${PREFIX}/share/doc/almanac
	@${ECHO_CMD} days > ${STAGEDIR}${PREFIX}/share/almanac/days
	@${ECHO_CMD} text > ${STAGEDIR}${PREFIX}/share/doc/almanac/text
	@${ECHO_CMD} more > ${STAGEDIR}${PREFIX}/share/almanac/more

.include <bsd.port.mk>
"""
LIST = """\
share/almanac/days
@@docs@@share/doc/almanac/text
@@docs@@@comment of the docs
@@extra@@@(root,wheel,0600) share/almanac/more
"""


@pytest.fixture
def newer(empty: Scene, tmp_path: Path) -> Scene:
    """The sample tree with subpackages, and a port that has two."""
    tree = tmp_path / "tree"
    shutil.copytree(TREE, tree)
    framework = tree / "Mk/bsd.port.mk"
    text = framework.read_text()
    head, recipe = text.split("create-manifest:\n", 1)
    recipe, rest = recipe.split("do-package:", 1)
    recipe = recipe.replace("dp_PKGBASE='${PKGBASE}'", "dp_PKGBASE='${sp}'")
    recipe = recipe.replace("dp_METADIR='${METADIR}'", "dp_METADIR='${METADIR}.${sp}'")
    recipe = recipe.replace("dp_COMMENT=${COMMENT:Q}", "dp_COMMENT=${COMMENT${_SP.${sp}}:Q}")
    assert recipe.count("${sp}") == 3
    recipe = recipe.replace("${COMMENT${_SP.${sp}}:Q}", "${COMMENT${_SP.${sp}}:U${COMMENT}:Q}")
    framework.write_text(f"{head}{NAMES}{RECIPE}{recipe}.  endfor\ndo-package:{rest}")
    port = tree / "misc/almanac"
    port.mkdir()
    (port / "Makefile").write_text(PORT)
    (port / "pkg-descr").write_text("Days.\n")
    (port / "pkg-plist").write_text(LIST)
    empty.tree = tree
    return empty


def options(scene: Scene) -> list[str | Path]:
    return ["--ports", scene.tree, "--distdir", scene.distfiles, "--abi", scene.abi]


def test_each_becomes_a_package(newer: Scene, tmp_path: Path) -> None:
    answer = call("create", "--json", "-o", tmp_path / "out", *options(newer), "misc/almanac")
    assert answer.status == 0, answer.err
    made = {}
    for document in answer.documents:
        with Path(document["path"]).open("rb") as stream:
            archive = PackageArchive(stream, document["path"])
            files = [entry.path for entry, _ in archive]
            made[document["package"]] = (files, [dep.name for dep in archive.manifest.deps])
            assert archive.manifest.origin == "misc/almanac"
    share = "/usr/local/share"
    assert {name: wanted for name, (wanted, _) in made.items()} == {
        "almanac-3": [f"{share}/almanac/days"],
        "almanac-docs-3": [f"{share}/doc/almanac/text"],
        "almanac-extra-3": [f"{share}/almanac/more"],
    }
    assert [deps for _, deps in made.values()] == [
        [],
        ["almanac"],
        ["almanac", "almanac-docs", "fieldguide"],
    ]


def test_all_are_installed_together(newer: Scene) -> None:
    answer = newer.install("misc/almanac")
    assert answer.status == 0, answer.err
    names = {name for (name,) in rows(newer.root, "SELECT name FROM packages")}
    assert names == {"almanac", "almanac-docs", "almanac-extra", "fieldguide"}
    assert {path for path in files_of(newer.root) if re.search("almanac/", path)} == {
        "/usr/local/share/almanac/days",
        "/usr/local/share/almanac/more",
        "/usr/local/share/doc/almanac/text",
    }
    assert newer.install("misc/almanac").status == 0


def test_ports_without_them_are_as_ever(newer: Scene, tmp_path: Path) -> None:
    answer = call("create", "--json", "-o", tmp_path / "out", *options(newer), "misc/fieldguide")
    assert answer.status == 0, answer.err
    assert [document["package"] for document in answer.documents] == ["fieldguide-3.0"]
