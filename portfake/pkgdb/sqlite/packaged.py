"""One package out of its rows, whatever the schema."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from portfake.errors import InputError, PortfakeError
from portfake.model.abi import Abi
from portfake.model.manifest import (
    Dependency,
    InstalledPackage,
    LicenseLogic,
    Manifest,
    Message,
    PackagedDirectory,
    PackagedFile,
    Phase,
)
from portfake.pkgdb.sqlite.rows import Rows, number, octets, ordered, text
from portfake.pkgdb.sqlite.schema import LISTS, ValueList

__all__ = [
    "FILE",
    "LICENSE_LOGIC",
    "LUA_TYPES",
    "SCRIPT_TYPES",
    "directories",
    "lua_scripts",
    "package",
    "scripts",
]

SCRIPT_TYPES = {
    Phase.PRE_INSTALL: 0,
    Phase.POST_INSTALL: 1,
    Phase.PRE_DEINSTALL: 2,
    Phase.POST_DEINSTALL: 3,
    Phase.INSTALL: 6,
    Phase.DEINSTALL: 7,
}
"""Phase -> script.type; the numbers between belonged to upgrade scripts."""
LUA_TYPES = {phase: number for phase, number in SCRIPT_TYPES.items() if number < 4}
LICENSE_LOGIC = {LicenseLogic.SINGLE: 1, LicenseLogic.OR: ord("|"), LicenseLogic.AND: ord("&")}
"""How packages.licenselogic spells it; 0 is none at all."""

_PACKAGE = (
    *("name", "version", "origin", "comment", "desc", "message", "arch", "maintainer", "www"),
    *("prefix", "flatsize", "automatic", "locked", "licenselogic", "time", "manifestdigest"),
    *("dep_formula", "vital"),
)
FILE = ("path", "sha256", "uname", "gname", "perm", "fflags", "mtime", "symlink_target")


def package(rows: Rows, owner: int, *, contents: bool = True) -> InstalledPackage:
    """Return the package whose packages.id is `owner`; without files and scripts if so asked.

    Raise InputError for a row that does not make sense, with the package it is of.
    """
    found = rows.select("packages", _PACKAGE, "WHERE id = ?", owner)
    if len(found) != 1:
        raise InputError(f"{owner!r:.20} is not the id of one package", where=rows.place)
    row = dict(zip(_PACKAGE, found[0], strict=True))
    try:
        return _package(rows, owner, row, contents=contents)
    except PortfakeError as error:
        name = str(row["name"])[:60]
        raise InputError(f"package {name}: {error.message}", where=rows.place) from error


def _package(rows: Rows, owner: int, row: Mapping[str, Any], *, contents: bool) -> InstalledPackage:
    annotations, options = _annotations(rows, owner), _options(rows, owner)
    config = {
        text(path): None if content is None else str(content).partition("\0")[0]
        for path, content in rows.own("config_files", "path", "content", owner=owner)
        if contents
    }
    abi = text(row["arch"])
    logic = {number: logic for logic, number in LICENSE_LOGIC.items()}
    lists: dict[str, Any] = {item.field: _list(rows, item, owner) for item in LISTS}
    if "pkg_shlibs_required" not in rows.layout.tables:
        # pkg 1.0 (schema 12) had one list.
        old = ValueList("shlibs_required", "pkg_shlibs", "shlib_id", "shlibs")
        lists["shlibs_required"] = _list(rows, old, owner)
    manifest = Manifest(
        name=text(row["name"]),
        version=text(row["version"]),
        origin=text(row["origin"]),
        comment=text(row["comment"]),
        desc=text(row["desc"]),
        maintainer=text(row["maintainer"]),
        prefix=text(row["prefix"]),
        www=text(row["www"] or "UNKNOWN"),
        abi=abi,
        arch=_legacy(abi),
        flatsize=number(row["flatsize"]),
        licenselogic=logic.get(number(row["licenselogic"])),
        vital=bool(number(row["vital"])),
        dep_formula=None if row["dep_formula"] is None else text(row["dep_formula"]),
        options=options,
        annotations=annotations,
        deps=_deps(rows, owner),
        conflicts=_conflicts(rows, owner),
        files=_files(rows, owner) if contents else (),
        directories=directories(rows, owner) if contents else (),
        config=ordered(config),
        scripts=scripts(rows, owner) if contents else {},
        lua_scripts=lua_scripts(rows, owner) if contents else {},
        messages=_messages(text(row["message"] or "")),
        **lists,
    )
    digest = row["manifestdigest"]
    return InstalledPackage(
        manifest=manifest,
        automatic=bool(number(row["automatic"])),
        locked=bool(number(row["locked"])),
        time=None if row["time"] is None else number(row["time"]),
        digest=text(digest) if digest else None,
        config_texts={path: config[path] for path in ordered(config)},
    )


def _list(rows: Rows, item: ValueList, owner: int) -> tuple[str, ...]:
    if not rows.layout.has(item.joined) or not rows.layout.has(item.values, item.value):
        return ()
    ids = [row[0] for row in rows.own(item.joined, item.reference, owner=owner)]
    return ordered(rows.value(item.values, "id", item.value, id_) for id_ in ids)


def _deps(rows: Rows, owner: int) -> tuple[Dependency, ...]:
    found = rows.own("deps", "name", "origin", "version", owner=owner)
    deps = [Dependency(*map(text, row)) for row in found]
    return tuple(sorted(deps, key=lambda dep: octets(dep.name)))


def _files(rows: Rows, owner: int) -> tuple[PackagedFile, ...]:
    found = rows.own("files", *FILE, owner=owner, order="CAST(path AS BLOB)")
    return tuple(
        PackagedFile(
            path=text(path),
            sum=text(sum_) if sum_ else None,
            owner=None if uname is None else text(uname),
            group=None if gname is None else text(gname),
            mode=number(perm) or None,
            flags=number(fflags),
            mtime=number(mtime) or None,
            target=None if target is None else text(target),
        )
        for path, sum_, uname, gname, perm, fflags, mtime, target in found
    )


def directories(rows: Rows, owner: int) -> tuple[PackagedDirectory, ...]:
    """Return them by path in byte order."""
    found = []
    for (id_,) in rows.own("pkg_directories", "directory_id", owner=owner):
        columns = ("path", "uname", "gname", "perm", "fflags")
        for path, uname, gname, perm, fflags in rows.select(
            "directories", columns, "WHERE id = ?", id_
        ):
            # pkg 1.x wrote a trailing slash.
            found.append(
                PackagedDirectory(
                    path=text(path).rstrip("/") or "/",
                    owner=None if uname is None else text(uname),
                    group=None if gname is None else text(gname),
                    mode=number(perm) or None,
                    flags=number(fflags),
                )
            )
    return tuple(sorted(found, key=lambda item: octets(item.path)))


def _options(rows: Rows, owner: int) -> dict[str, str]:
    if rows.layout.has("pkg_option"):
        pairs = {
            rows.value("option", "option_id", "option", id_): text(value)
            for id_, value in rows.own("pkg_option", "option_id", "value", owner=owner)
        }
    else:
        found = rows.own("options", "option", "value", owner=owner)
        pairs = {text(option): text(value) for option, value in found}
    return {key: pairs[key] for key in ordered(pairs)}


def _annotations(rows: Rows, owner: int) -> dict[str, str]:
    table, tag = ("annotation", "tag_id")
    if not rows.layout.has(table):
        # Their first name, in schemas 15 and 16.
        table, tag = ("abstract", "key_id")
    pairs = {
        rows.value(table, f"{table}_id", table, key): rows.value(table, f"{table}_id", table, value)
        for key, value in rows.own(f"pkg_{table}", tag, "value_id", owner=owner)
    }
    return {key: pairs[key] for key in ordered(pairs)}


def _conflicts(rows: Rows, owner: int) -> tuple[str, ...]:
    ids = [row[0] for row in rows.own("pkg_conflicts", "conflict_id", owner=owner)]
    names = [rows.select("packages", ("name",), "WHERE id = ?", id_) for id_ in ids]
    return ordered(text(found[0][0]) for found in names if found)


def scripts(rows: Rows, owner: int) -> dict[Phase, str]:
    """Return phase -> text."""
    if rows.layout.has("pkg_script"):
        found = {
            number(type_): rows.value("script", "script_id", "script", id_)
            for type_, id_ in rows.own("pkg_script", "type", "script_id", owner=owner)
        }
    else:
        old = rows.own("scripts", "type", "script", owner=owner)
        found = {number(type_): text(script) for type_, script in old}
    return {phase: found[number] for phase, number in SCRIPT_TYPES.items() if number in found}


def lua_scripts(rows: Rows, owner: int) -> dict[Phase, tuple[str, ...]]:
    """Return phase -> texts in the order of their rows."""
    found: dict[int, list[str]] = {}
    for type_, id_ in rows.own("pkg_lua_script", "type", "lua_script_id", owner=owner):
        text = rows.value("lua_script", "lua_script_id", "lua_script", id_)
        found.setdefault(number(type_), []).append(text)
    return {phase: tuple(found[number]) for phase, number in LUA_TYPES.items() if number in found}


def _messages(text: str) -> tuple[Message, ...]:
    if not text:
        return ()
    from portfake.formats.message import messages_from_text  # noqa: PLC0415  # start-up time

    return messages_from_text(text)


def _legacy(abi: str) -> str:
    try:
        return Abi.parse(abi).legacy
    except InputError:
        return abi
