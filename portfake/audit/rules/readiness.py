"""Whether the image would boot to a login, with its services able to start."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from typing import Final

from portfake.audit.finding import Severity
from portfake.audit.inventory import Inventory
from portfake.audit.rule import Needs, Observation, rule

__all__ = ["LOGIN_RULES", "RULES"]

_BASE: Final = Needs.WHOLE | Needs.BASE
_LOGIN: Final = (
    *("/sbin/init", "/bin/sh", "/etc/rc", "/etc/rc.subr", "/etc/ttys", "/etc/master.passwd"),
    *("/etc/group", "/etc/login.conf", "/usr/bin/login", "/usr/libexec/getty"),
)
"""What stands between the kernel and a login (init(8), rc(8), getty(8), login(1))."""
_KERNEL: Final = "/boot/kernel/kernel"
_RC_FOLDER: Final = "/etc/rc.d"
_NAME: Final = re.compile(r"^name=[\"']?([\w.-]+)[\"']?\s*$", re.MULTILINE)
_COMMAND: Final = re.compile(r"^command=[\"']?(/[^\s\"'$`;]+)[\"']?\s*$", re.MULTILINE)
_SWITCH: Final = re.compile(r"\b\w++(?<=_enable)")
_USER: Final = re.compile(
    r"^:?[ \t]*\$?\{?(\w+_user):?=[\"']?([A-Za-z_][\w-]*)[\"']?\}?", re.MULTILINE
)

LOGIN_RULES: Final = frozenset({
    "login-file-missing", "account-database-missing", "account-database-stale",
    "account-file-bad", "root-login",
})  # fmt: skip
"""The rules whose findings mean that nobody could log in."""


@rule(
    "login-file-missing",
    Severity.ERROR,
    "What stands between the kernel and a login is there.",
    needs=_BASE,
    fix="install the base system's file again",
)
def _login_files(inventory: Inventory) -> Iterator[Observation]:
    for path in _LOGIN:
        if inventory.at(path, follow=True) is None:
            yield Observation(message="is missing", path=path)


@rule("kernel-missing", Severity.NOTE, "There is a kernel; a jail's root needs none.", needs=_BASE)
def _kernel(inventory: Inventory) -> Iterator[Observation]:
    if inventory.at(_KERNEL, follow=True) is None:
        yield Observation(message="there is no kernel", path=_KERNEL)


@rule(
    "root-login",
    Severity.ERROR,
    "There is a root user with a shell that is there.",
    needs=_BASE,
    fix="mend root's line in master.passwd",
)
def _root(inventory: Inventory) -> Iterator[Observation]:
    root = next((user for user in inventory.accounts.users if user.name == "root"), None)
    if root is None or root.uid != 0:
        yield Observation(message="there is no user root with id 0", path="/etc/master.passwd")
    elif root.shell and inventory.at(root.shell, follow=True) is None:
        yield Observation(
            message=f"root's shell {root.shell} is not there", path="/etc/master.passwd"
        )


@rule(
    "service-script-missing",
    Severity.WARNING,
    "Every service that rc.conf enables has its script.",
    needs=_BASE,
    fix="install the package, or disable the service",
)
def _scripts(inventory: Inventory) -> Iterator[Observation]:
    # A script may serve several switches; what any script mentions is served.
    served = {posixpath.basename(path).replace("-", "_") for path in inventory.texts}
    for text in inventory.texts.values():
        served.update(switch.removesuffix("_enable") for switch in _SWITCH.findall(text))
    for service in sorted(inventory.accounts.services - served):
        yield Observation(
            message=f"{service} is enabled, and no script serves it",
            path="/etc/rc.conf",
            evidence={"service": service},
        )


@rule(
    "service-program-missing",
    Severity.ERROR,
    "The program that a package's service starts is there.",
    needs=_BASE,
    fix="install the package that has it",
)
def _programs(inventory: Inventory) -> Iterator[Observation]:
    for path, text in _services(inventory):
        for program in _COMMAND.findall(text):
            if inventory.at(program, follow=True) is None:
                yield Observation(
                    message=f"starts {program}, which is not there",
                    package=inventory.owners.get(path),
                    path=path,
                    evidence={"program": program},
                )


@rule(
    "service-user-missing",
    Severity.ERROR,
    "The user that a package's service runs as is in the root.",
    needs=_BASE,
    fix="pw -R ROOT useradd, with the id of the ports tree's UIDs",
)
def _users(inventory: Inventory) -> Iterator[Observation]:
    known = {user.name for user in inventory.accounts.users}
    for path, text in _services(inventory):
        name = _NAME.search(text)
        for variable, user in _USER.findall(text):
            if name and variable == f"{name[1].replace('-', '_')}_user" and user not in known:
                yield Observation(
                    message=f"runs as {user}, whom the root does not have",
                    package=inventory.owners.get(path),
                    path=path,
                    evidence={"user": user},
                )


def _services(inventory: Inventory) -> Iterator[tuple[str, str]]:
    for path, text in inventory.texts.items():
        if posixpath.dirname(path).endswith(_RC_FOLDER) and path in inventory.owners:
            yield path, text


RULES = (_login_files, _kernel, _root, _scripts, _programs, _users)
