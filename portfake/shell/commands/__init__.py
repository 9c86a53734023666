"""The command table: one module for each family, each command with its options as data."""

from __future__ import annotations

from portfake.shell.command import Command
from portfake.shell.commands import (
    ar,
    attributes,
    awk,
    calling,
    checksum,
    col,
    compress,
    conditions,
    copy,
    find,
    fmt,
    info,
    install,
    mtree,
    output,
    passing,
    patch,
    search,
    sed,
    sorting,
    tar,
    text,
    unzip,
    uudecode,
    whereabouts,
)

__all__ = ["base_commands"]

_FAMILIES = (
    ar,
    attributes,
    awk,
    calling,
    checksum,
    col,
    compress,
    conditions,
    copy,
    find,
    fmt,
    info,
    install,
    mtree,
    output,
    passing,
    patch,
    search,
    sed,
    sorting,
    tar,
    text,
    unzip,
    uudecode,
    whereabouts,
)


def base_commands() -> dict[str, Command]:
    """Return a new table of all commands of the base system that are known."""
    return {command.name: command for family in _FAMILIES for command in family.COMMANDS}
