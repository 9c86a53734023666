"""Ports that build by no more than recipes, and makefiles among the sources."""

from __future__ import annotations

from tests.command_line import Scene, write_small_package

MAKEFILE = """\
PREFIX ?= /nowhere
all: tool doc
tool: tool.in
\tsed -e 's|@PREFIX@|${PREFIX}|' tool.in > $@
doc: ; @echo "doc of $(.CURDIR:T)" > doc
install: all
\tinstall -m 755 tool $(DESTDIR)$(PREFIX)/bin/tool
\t@cd sub && $(MAKE) install-sub
"""
SUB = "install-sub: ../doc\n\tinstall -m 644 ../doc ${DESTDIR}${PREFIX}/etc/doc\n"
LINES = """\
.undef NO_BUILD
DISTFILES=
PLIST_FILES=	bin/tool etc/doc
"""
SOURCES = """\
@${MKDIR} ${WRKSRC}/sub
@${CP} ${FILESDIR}/main.mk ${WRKSRC}/Makefile
@${CP} ${FILESDIR}/sub.mk ${WRKSRC}/sub/Makefile
@${ECHO_CMD} '#!@PREFIX@/bin/sh' > ${WRKSRC}/tool.in
"""
FILES: dict[str, str | bytes] = {"files/main.mk": MAKEFILE, "files/sub.mk": SUB}


def test_a_makefile_among_the_sources(scene: Scene) -> None:
    recipe = f"{SOURCES}${{MAKE}} -C ${{WRKSRC}} install DESTDIR=${{STAGEDIR}} PREFIX=${{PREFIX}}"
    origin = scene.port(recipe, lines=LINES.replace(".undef NO_BUILD\n", ""), files=FILES)
    done = scene.install("--no-deps", origin)
    assert done.status == 0, done.err
    assert (scene.root / "usr/local/bin/tool").read_text() == "#!/usr/local/bin/sh\n"
    assert (scene.root / "usr/local/etc/doc").read_text() == "doc of demo-1.0\n"


def test_a_port_that_builds_by_its_own_recipe(scene: Scene) -> None:
    lines = LINES + "do-build:\n\t@${ECHO_CMD} built > ${WRKDIR}/built"
    recipe = "@${CP} ${WRKDIR}/built ${STAGEDIR}${PREFIX}/bin/tool\n"
    recipe += "@${CP} ${WRKDIR}/built ${STAGEDIR}${PREFIX}/etc/doc"
    done = scene.install("--no-deps", scene.port(recipe, lines=lines))
    assert done.status == 0, done.err
    assert (scene.root / "usr/local/bin/tool").read_text() == "built\n"


def test_what_a_make_cannot_do_is_refused_with_its_place(scene: Scene) -> None:
    makefile: dict[str, str | bytes] = {"files/main.mk": "all:\n\tcc -o tool tool.c\n"}
    recipe = "@${MKDIR} ${WRKSRC}\n@${CP} ${FILESDIR}/main.mk ${WRKSRC}/Makefile\n"
    origin = scene.port(f"{recipe}${{MAKE}} -C ${{WRKSRC}}", files=makefile)
    said = scene.refused(origin, status=77)
    assert "cc: this command is not known" in said["error"]
    assert said["where"].endswith("demo-1.0/Makefile:2")


CONFIGURE = """\
#!/bin/sh
for word; do case $word in --prefix=*) prefix=${word#*=};; esac; done
sed -e "s|@prefix@|$prefix|" < tool.in > tool
"""


def configured(scene: Scene, origin: str = "misc/demo", *, script: str = CONFIGURE) -> str:
    """A port whose sources have a configure script."""
    lines = ".undef NO_BUILD\nDISTFILES=\nPLIST_FILES=\tbin/tool\n"
    lines += "post-patch:\n\t@${MKDIR} ${WRKSRC}\n\t@${ECHO_CMD} @prefix@ > ${WRKSRC}/tool.in\n"
    lines += "\t@${CP} ${FILESDIR}/configure ${WRKSRC}/\n"
    lines += "do-configure:\n\t@${CHMOD} +x ${WRKSRC}/configure\n"
    lines += "\t@cd ${WRKSRC} && ./configure --prefix=${PREFIX}\n"
    lines += "do-build:\n\t@${TRUE}"
    recipe = "${INSTALL_DATA} ${WRKSRC}/tool ${STAGEDIR}${PREFIX}/bin/tool"
    return scene.port(recipe, lines=lines, files={"files/configure": script}, origin=origin)


def test_a_configure_script_is_tried(scene: Scene) -> None:
    done = scene.install("--no-deps", configured(scene))
    assert done.status == 0, done.err
    assert (scene.root / "usr/local/bin/tool").read_text() == "/usr/local\n"


def test_a_package_is_better_than_trying(scene: Scene) -> None:
    folder = scene.folder / "packages"
    write_small_package(folder, "demo", abi=scene.abi)
    done = scene.install("--no-deps", "--packages", folder, configured(scene))
    assert done.status == 0, done.err
    assert (scene.root / "usr/local/bin/demo").exists()
    assert not (scene.root / "usr/local/bin/tool").exists()


def test_what_is_needed_is_not_tried(scene: Scene) -> None:
    """All that is missing is named at once."""
    needed = configured(scene, "misc/needed")
    origin = scene.port(lines=f"DISTFILES=\nPLIST_FILES=\tbin/demo\nRUN_DEPENDS=\tx:{needed}")
    done = scene.install(origin)
    assert done.status == 77
    assert "misc/needed (needed by misc/demo)" in done.err
    assert "--packages" in done.err
