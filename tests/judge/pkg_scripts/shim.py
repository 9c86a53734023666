"""`pkg` for pkg(8)'s test scripts: some of its commands are portfake's, all else is the real one.

PORTFAKE_INSTEAD names the commands that portfake answers, PORTFAKE_PKG the real program. A command
is said again in portfake's words by its row in COMMANDS.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
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


COMMANDS: dict[str, Callable[[Call], int]] = {"create": create}


def main(words: list[str]) -> None:
    call = parse(words)
    if call is not None and call.command in os.environ.get("PORTFAKE_INSTEAD", "").split():
        Path(os.environ["PORTFAKE_ANSWERED"]).touch()
        sys.exit(COMMANDS[call.command](call))
    real = os.environ["PORTFAKE_PKG"]
    os.execv(real, [real, *words])


if __name__ == "__main__":
    main(sys.argv[1:])
