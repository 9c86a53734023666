"""Shell scripts of packages, interpreted as pkg would run them inside the root."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from shlex import quote

from portfake.errors import Refused
from portfake.install.scripts.catalogs import XMLCATMGR
from portfake.install.scripts.info_dir import INDEXINFO
from portfake.install.scripts.left import left_commands
from portfake.install.scripts.pw.command import PW
from portfake.limits import Limits
from portfake.model.manifest import Manifest
from portfake.shell.command import Command, UnknownCommand, UnknownOption
from portfake.shell.commands import base_commands
from portfake.shell.files import Files
from portfake.shell.interpreter import Interpreter
from portfake.shell.judgement import Reason, judge
from portfake.shell.syntax import ShellSyntaxError
from portfake.shell.view import text_of

__all__ = ["ShellRun", "Unknown", "run_shell", "standalone"]

_LIMITS = Limits(steps=300_000, bytes=256 << 20, seconds=60.0)
_MESSAGES = 4
_PATH = "/sbin:/bin:/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin"
# Words that are known only when they are there; the run itself tells.
_AT_RUN_TIME = {Reason.RUN_TIME, Reason.PROGRAM}


class Unknown(Refused):
    """A script holds something that is not known, so that it is not interpreted at all."""


@dataclass(slots=True)
class ShellRun:
    """What came of a script."""

    status: int
    output: str
    errors: str
    left: dict[str, str] = field(default_factory=dict)
    """Command line for the running system -> what it is for."""


@cache
def _base() -> Mapping[str, Command]:
    return {**base_commands(), "pw": PW, "indexinfo": INDEXINFO, "xmlcatmgr": XMLCATMGR}


def run_shell(
    text: str, manifest: Manifest, argument: str, files: Files, *, upgrade: bool, clock: int
) -> ShellRun:
    """Run a script over `files`, with `argument` behind the package's name if there is one.

    Raises Unknown and Waits where the script cannot be interpreted, whatever it did to `files`
    until then; AccountConflict; other PortfakeErrors, such as LimitExceeded.
    """
    left: dict[str, str] = {}
    commands = {**_base(), **left_commands(left.__setitem__)}
    name = f"{manifest.full_name} script"
    objections = [each for each in judge(text, commands) if each.reason not in _AT_RUN_TIME]
    if objections:
        raise Unknown("; ".join(dict.fromkeys(each.detail or each.word for each in objections)))
    shell = Interpreter(
        files, commands, environment=_environment(manifest, upgrade), limits=_LIMITS, clock=clock
    )
    try:
        result = shell.run(
            text,
            errexit=False,
            arguments=[manifest.full_name, *filter(None, [argument])],
            also=[_MESSAGES],
        )
    except (UnknownCommand, UnknownOption, ShellSyntaxError) as error:
        raise Unknown(error.message, where=name) from None
    if shell.notes:
        raise Unknown(shell.notes[0].text, where=name)
    return ShellRun(result.status, text_of(result.output), text_of(result.errors), left)


def _environment(manifest: Manifest, upgrade: bool) -> dict[str, str]:
    return {
        "PATH": _PATH,
        "PKG_MSGFD": str(_MESSAGES),
        "PKG_NAME": manifest.name,
        "PKG_PREFIX": manifest.prefix,
        "PKG_ROOTDIR": "/",
        **({"PKG_UPGRADE": "true"} if upgrade else {}),
    }


def standalone(text: str, manifest: Manifest, argument: str) -> str:
    """Return a script as shell text of its own, which brings what pkg would have set."""
    words = " ".join(quote(word) for word in [manifest.full_name, argument] if word)
    return (
        f"PKG_NAME={quote(manifest.name)} PKG_PREFIX={quote(manifest.prefix)} PKG_ROOTDIR=/\n"
        "PKG_MSGFD=1\n"
        "export PKG_NAME PKG_PREFIX PKG_ROOTDIR PKG_MSGFD\n"
        f"set -- {words}\n"
        f"{text.rstrip()}\n"
    )
