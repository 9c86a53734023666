"""groupadd, groupmod, groupdel, groupshow and groupnext."""

from __future__ import annotations

from dataclasses import replace

from portfake.formats.passwd import Group, format_group
from portfake.install.scripts.pw.call import BAD_DATA, Call, names_in
from portfake.shell.command import CommandFailure

__all__ = ["add", "change", "next_id", "remove", "show"]


def add(call: Call) -> int:
    """Add a group."""
    name = call.wanted_name("group name")
    if call.files.group(name) is not None:
        raise CommandFailure(f"group name `{name}' already exists", BAD_DATA)
    gid = call.free_gid(name, call.id_of("g"))
    members = dict.fromkeys(call.members_named(call.given.get("M") or ""))
    call.files.add_group(Group(name=name, gid=gid, members=tuple(members)))
    return 0


def change(call: Call) -> int:
    """Change a group's members (-M all, else -d some, else -m more), id or name."""
    given, group = call.given, call.need_group()
    # Where no name tells which, -g does, and not what.
    gid = call.id_of("g") if call.name is not None else None
    if "M" in given:
        members = tuple(dict.fromkeys(call.members_named(given.get("M") or "")))
        call.files.change_group(group.name, lambda group: replace(group, members=members))
    elif "d" in given:
        call.files.remove_members(group.name, set(names_in(given.get("d") or "")))
    elif "m" in given:
        call.files.add_members(group.name, call.members_named(given.get("m") or ""))
    name = given.get("l") or group.name
    if gid or name != group.name:
        call.files.change_group(
            group.name, lambda group: replace(group, name=name, gid=gid or group.gid)
        )
    return 0


def remove(call: Call) -> int:
    """Remove a group."""
    call.files.change_group(call.need_group().name, lambda _: None)
    return 0


def show(call: Call) -> int:
    """Print a group, or with -a all of them, as lines of the file."""
    groups = call.files.groups if "a" in call.given else [call.need_group()]
    call.print(format_group(groups))
    return 0


def next_id(call: Call) -> int:
    """Print the id that the next group would get."""
    call.print(str(call.files.next_gid()))
    return 0
