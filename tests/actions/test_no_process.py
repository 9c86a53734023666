"""Nothing is run: Python's own audit events of a whole install, in an interpreter of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.command_line import Scene

AUDITED = """
import json, os, sys

STARTS = ("subprocess.", "os.fork", "os.exec", "os.posix_spawn", "os.spawn", "os.system",
          "pty.", "socket.")
started = []

def hook(event, arguments):
    if event.startswith(STARTS):
        started.append([event, repr(arguments)[:200]])

from portfake.cli.main import main
sys.addaudithook(hook)
status = main(sys.argv[1:])
print(json.dumps([int(status), started]), file=sys.stderr)
"""


def audited(*words: str | Path) -> tuple[int, list[list[str]]]:
    """The status of a call, and every start of a process or a connection during it."""
    done = subprocess.run(
        [sys.executable, "-c", AUDITED, *words], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    status, started = json.loads(done.stderr.splitlines()[-1])
    return status, started


@pytest.mark.parametrize("origin", ["misc/demo-desk", "dns/hostwatch", "editors/jotter"])
def test_a_whole_install_starts_nothing(origin: str, empty: Scene) -> None:
    (empty.root / "etc").mkdir()
    (empty.root / "etc/master.passwd").write_text("hostwatch:*:602:602::0:0:H:/:/bin/sh\n")
    (empty.root / "etc/group").write_text("wheel:*:0:\nhostwatch:*:602:\n")
    assert audited("install", "--root", empty.root, *empty.target, origin) == (0, [])


@pytest.mark.parametrize(
    "words",
    [
        ["eval", "-V", "PKGNAME", "-V", "RUN_DEPENDS", "textproc/notes", "sysutils/disk-id"],
        ["show", "misc/fieldguide"],
        ["files", "misc/fieldguide"],
    ],
    ids=lambda words: str(words[0]),
)
def test_nothing_that_reads_ports_starts_anything(words: list[str], empty: Scene) -> None:
    assert audited(words[0], *empty.target, *words[1:]) == (0, [])


def test_a_port_that_wants_to_run_something_does_not(empty: Scene) -> None:
    """In every place where make or the framework would run a command."""
    marker = empty.folder / "ran"
    origin = empty.port(
        f"@${{SH}} -c 'touch {marker}'",
        lines=f"DISTFILES=\nPLIST_FILES=\tbin/demo\n"
        f"A!=\ttouch {marker}; echo a\nB=\t${{:!touch {marker}!}}\nC=\t${{B:sh}}${{A}}\n"
        f".if ${{C}} == x\n.endif\n.BEGIN:\n\ttouch {marker}\n",
    )
    status, started = audited("install", "--root", empty.root, *empty.target, origin)
    assert (status in {65, 77}, started) == (True, [])
    assert not marker.exists()


def test_the_hook_sees_processes() -> None:
    """The judge itself is judged: subprocess would be seen."""
    script = AUDITED.replace(
        "status = main(sys.argv[1:])",
        "import subprocess; status = subprocess.call(['true']); os.system('true')",
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    _, started = json.loads(done.stderr.splitlines()[-1])
    assert {event for event, _ in started} >= {"subprocess.Popen", "os.system"}
