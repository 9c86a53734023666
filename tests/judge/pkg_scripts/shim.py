"""`pkg` for pkg(8)'s test scripts: some of its commands are portfake's, all else is the real one.

PORTFAKE_INSTEAD names the commands that portfake answers, PORTFAKE_PKG the real program. A command
is said again in portfake's words by its row in COMMANDS.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass
class Call:
    """What stands before the command, and the command with its arguments."""

    options: dict[str, str]
    """-o NAME=value."""
    root: str | None
    command: str
    arguments: list[str]


def parse(words: list[str]) -> Call | None:
    """Return the call; None for one with options that are pkg's alone."""
    call = Call({}, None, "", [])
    rest = list(words)
    while rest and rest[0].startswith("-"):
        option = rest.pop(0)
        if option not in {"-o", "-r", "--rootdir", "--option"} or not rest:
            return None
        value = rest.pop(0)
        if option in {"-r", "--rootdir"}:
            call.root = value
        else:
            name, _, text = value.partition("=")
            call.options[name] = text
    if not rest:
        return None
    call.command, *call.arguments = rest
    return call


def portfake(*words: str, silent: bool = False) -> int:
    """Run portfake and return its exit status as pkg would give it: 0 or 1.

    `silent` drops its standard output, where pkg's command has none.
    """
    output = subprocess.DEVNULL if silent else None
    done = subprocess.run([sys.executable, "-m", "portfake", *words], check=False, stdout=output)
    return 1 if done.returncode else 0


def create(call: Call) -> int:
    """pkg create -M/-m: options have the same letters; -h is --hash, since help has that one.

    Where nothing names the ABI, pkg takes the host's; portfake never asks the host.
    """
    words = ["--hash" if word == "-h" else word for word in call.arguments]
    if "PLIST_KEYWORDS_DIR" in call.options:
        words += ["--keywords", call.options["PLIST_KEYWORDS_DIR"]]
    words += ["--abi", call.options.get("ABI", "FreeBSD:14:amd64")]
    if "OSVERSION" in call.options:
        words += ["--osversion", call.options["OSVERSION"]]
    return portfake("create", *words, silent=True)


def database_folder(call: Call) -> Path:
    """Where pkg's settings put the database; the scripts have PKG_DBDIR=."""
    folder = call.options.get("PKG_DBDIR") or os.environ.get("PKG_DBDIR", "/var/db/pkg")
    return Path(call.root or "/") / folder.lstrip("/") if call.root else Path(folder).absolute()


def read(call: Call) -> int:
    """info, query and which: options have the same letters, and paths are only looked up.

    portfake finds the database of a root below var/db/pkg, so that is what its folder is called
    while the call lasts.
    """
    root = database_folder(call)
    with known_to_portfake(root):
        return portfake(call.command, "--root", str(root), *call.arguments)


@contextmanager
def known_to_portfake(root: Path) -> Iterator[None]:
    """Call a root's own folder its var/db/pkg."""
    made: list[Path] = []
    for name in ("var", "var/db"):
        if not (root / name).exists():
            (root / name).mkdir()
            made.append(root / name)
    (root / "var/db/pkg").symlink_to("/")
    try:
        yield
    finally:
        (root / "var/db/pkg").unlink()
        for folder in reversed(made):
            shutil.rmtree(folder, ignore_errors=True)


def register(call: Call) -> int:
    """pkg register -M/-m, with -A, of files that lie where they belong; see register.py.

    From a stage into a root it is `portfake install` of the package.
    """
    words, automatic = list(call.arguments), []
    if "-A" in words:
        words.remove("-A")
        automatic = ["automatic"]
    options = dict(zip(words[::2], words[1::2], strict=False))
    stage = options.pop("-i", None)
    if not options.keys() <= {"-M", "-m", "-f"} or (stage is None) != (call.root is None):
        # Into the running system's root, and without a record: portfake does neither.
        os.execv(os.environ["PORTFAKE_PKG"], [os.environ["PORTFAKE_PKG"], *sys.argv[1:]])
    words = [word for pair in options.items() for word in pair]
    words = ["-p" if word == "-f" else word for word in words]
    with tempfile.TemporaryDirectory() as folder:
        asked = ["-r", stage or "/", "-f", "tar", "-o", folder, *words]
        failed = create(Call(call.options, None, "create", asked))
        made = list(Path(folder).glob("*.pkg"))
        if failed or not made:
            return 1
        if call.root is not None:
            with known_to_portfake(database_folder(call)):
                install = ["install", "--root", call.root, "--as-user", "-M", "--no-annotate"]
                install += ["--abi", "FreeBSD:14:amd64", "--force-abi", str(made[0])]
                return portfake(*install, *(["-A"] if automatic else []), silent=True)
        module = "tests.judge.pkg_scripts.register"
        arguments = [str(database_folder(call)), str(made[0]), *automatic]
        return subprocess.run([sys.executable, "-m", module, *arguments], check=False).returncode


COMMANDS: dict[str, Callable[[Call], int]] = {
    "create": create,
    "info": read,
    "query": read,
    "which": read,
    "register": register,
}


def main(words: list[str]) -> None:
    call = parse(words)
    if call is not None and call.command in os.environ.get("PORTFAKE_INSTEAD", "").split():
        Path(os.environ["PORTFAKE_ANSWERED"]).touch()
        sys.exit(COMMANDS[call.command](call))
    real = os.environ["PORTFAKE_PKG"]
    os.execv(real, [real, *os.environ.get("PORTFAKE_TARGET", "").split(), *words])


if __name__ == "__main__":
    main(sys.argv[1:])
