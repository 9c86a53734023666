"""Triggers are found and deferred, in the form that pkg itself leaves and runs."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from portfake.errors import InputError
from portfake.install.scripts.lua_left import lua_left
from portfake.install.scripts.trigger_file import deferred_text, file_name
from portfake.install.scripts.triggers import Trigger, cleanups, touched_folders, triggers
from portfake.model.manifest import Manifest, PackagedDirectory, PackagedFile
from portfake.shell.memory import MemoryFiles

FOLDER = "/usr/local/share/pkg/triggers"


def root(**texts: str) -> MemoryFiles:
    files = MemoryFiles()
    for folder in ("/usr", "/usr/local", "/usr/local/share", "/usr/local/share/pkg", FOLDER):
        files.mkdir(folder)
    for name, text in texts.items():
        files.write(f"{FOLDER}/{name.replace('_', '.')}", [text.encode()])
    return files


def package(*paths: str, folders: tuple[str, ...] = ()) -> Manifest:
    return Manifest(
        name="demo", version="1", origin="x/demo", comment="c", desc="d", maintainer="m",
        www="w", prefix="/usr/local", abi="*",
        files=tuple(PackagedFile(path=path) for path in paths),
        directories=tuple(PackagedDirectory(path=path) for path in folders),
    )  # fmt: skip


SCRIPT = 'trigger { type: lua, script: "print(1)", sandbox: false }\n'


@pytest.mark.parametrize(
    ("pattern", "arguments"),
    [
        ('path: "/a/b"', ["/a/b"]),
        ('path: ["/x", "/a"]', ["/a"]),
        ('path: "/a/b/c"', []),
        ('path_glob: "/a/*"', ["/a/b"]),
        ('path_glob: ["/a*"]', ["/a", "/a/b"]),
        ('path_regexp: "b$"', ["/a/b"]),
    ],
)
def test_folders_that_set_it_off(pattern: str, arguments: list[str]) -> None:
    found = list(triggers(root(demo_ucl=f"{pattern}\n{SCRIPT}"), ["/a", "/a/b"]))
    expected = [Trigger(f"{FOLDER}/demo.ucl", deferred_text("print(1)", arguments, sandbox=False))]
    assert found == (expected if arguments else [])


def test_only_its_kind_of_file_counts() -> None:
    files = root(other_txt=f'path: "/a"\n{SCRIPT}', _ucl=f'path: "/a"\n{SCRIPT}')
    assert list(triggers(files, ["/a"])) == []


@pytest.mark.parametrize("text", ["{", "[]", 'path: "/a"', 'path_regexp: "("\n' + SCRIPT])
def test_a_bad_one_is_told_and_stops_nothing(text: str) -> None:
    (problem,) = triggers(root(demo_ucl=text), ["/a"])
    assert isinstance(problem, InputError)


def test_what_a_package_touches() -> None:
    assert touched_folders([package("/a/f", "/b/c/g", folders=("/d",))]) == {"/a", "/b/c", "/d"}


def test_a_trigger_that_goes_cleans_up() -> None:
    files = root(demo_ucl=SCRIPT + 'cleanup { type: lua, script: "bye()" }')
    (found,) = cleanups(files, [package(f"{FOLDER}/demo.ucl", "/other")])
    assert found == Trigger(f"{FOLDER}/demo.ucl", deferred_text("bye()", (), sandbox=True))


def test_the_text() -> None:
    assert deferred_text("x()", ["/a", "/b"], sandbox=True) == (
        "--sandbox\n--begin args\n-- /a\n-- /b\n--end args\n--\nx()\n"
    )
    name = file_name("text")
    assert len(name) == 10
    assert name.isalpha()


@pytest.mark.judge
def test_pkg_runs_what_is_left(judged: Callable[[str], str], tmp_path: Path) -> None:
    """An unknown Lua script handed to pkg does there what pkg would have done with it."""
    script = (
        "-- args: etc/a etc/b\n"
        'local out = io.open("/made", "w")\n'
        'out:write(pkg.prefixed_path(arg[1]) .. " " .. arg[2] .. " " .. pkg_name .. "\\n")\n'
        "out:close()\n"
    )
    shell = lua_left(script, package())
    folder = tmp_path / "root/var/db/pkg/triggers"
    folder.mkdir(parents=True)
    text = shell.replace("/var/db/pkg", str(tmp_path / "root/var/db/pkg"))
    text = text.replace("pkg triggers\n", "")
    subprocess.run(["/bin/sh", "-c", text], check=True)
    command = [judged("PORTFAKE_PKG"), "-o", "ABI=FreeBSD:14:amd64", "-o", "OSVERSION=1400097"]
    # With -r pkg would only defer it again; with -c it is the running system's.
    options = ["-C", "/dev/null", "-R", "/nonexistent", "-c", str(tmp_path / "root")]
    subprocess.run([*command, *options, "triggers"], check=True)
    assert (tmp_path / "root/made").read_text() == "/usr/local/etc/a etc/b demo\n"
    assert list(folder.iterdir()) == []
