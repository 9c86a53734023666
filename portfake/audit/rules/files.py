"""Recorded files and directories against what lies there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from portfake.audit.finding import Severity
from portfake.audit.inventory import Inventory
from portfake.audit.rule import Needs, Observation, Rule, rule
from portfake.audit.rules.generated import is_generated
from portfake.model.attributes import flag_names
from portfake.model.entry import Entry, EntryType
from portfake.model.manifest import PackagedDirectory, PackagedFile
from portfake.packages.sums import is_sum, verify

__all__ = ["RULES"]

Recorded = PackagedFile | PackagedDirectory
_IGNORED_FLAGS: Final = 0x800
"""UF_ARCHIVE: ZFS sets it by itself, and pkg leaves it out (libpkg/pkg.c, pkg_check_meta())."""
_REINSTALL: Final = "install the package again"


def _right_kind(inventory: Inventory) -> Iterator[tuple[str, PackagedFile, Entry]]:
    """Recorded files that are there and are what was recorded: a file, or a link."""
    for name, file, entry in inventory.present:
        if entry.type is _recorded_type(inventory, file, entry):
            yield name, file, entry


def _recorded_type(inventory: Inventory, file: PackagedFile, entry: Entry) -> EntryType:
    """A link, or a file; schemas before 37 record no target, so that only the sum tells."""
    schema = inventory.database.schema
    old = schema is None or schema < 37
    if file.target is not None or (old and entry.type is EntryType.SYMLINK and _fits(file, entry)):
        return EntryType.SYMLINK
    return EntryType.FILE


def _fits(file: PackagedFile, entry: Entry) -> bool:
    return file.sum is None or not is_sum(file.sum) or verify(file.sum, entry.target or "")


@rule(
    "file-missing",
    Severity.ERROR,
    "Every recorded file is there.",
    needs=Needs.FAULTS,
    fix=_REINSTALL,
)
def _missing(inventory: Inventory) -> Iterator[Observation]:
    for name, file in inventory.files:
        if inventory.at(file.path) is None:
            yield Observation(message="is missing", package=name, path=file.path)


@rule(
    "file-type",
    Severity.ERROR,
    "A recorded file is a file, a link a link.",
    needs=Needs.FAULTS,
    fix=_REINSTALL,
)
def _type(inventory: Inventory) -> Iterator[Observation]:
    for name, file, entry in inventory.present:
        wanted = _recorded_type(inventory, file, entry)
        if entry.type is not wanted:
            yield Observation(
                message=f"is a {entry.type.value}, not a {wanted.value}",
                package=name,
                path=file.path,
                evidence={"recorded": wanted.value, "found": entry.type.value},
            )


def _changed(inventory: Inventory) -> Iterator[tuple[str, PackagedFile]]:
    for name, file, entry in inventory.present:
        if entry.type is EntryType.FILE and file.target is None:
            content = inventory.contents.get(file.path) or inventory.contents.get(entry.path)
            if content is not None and content.matches is False:
                yield name, file


@rule(
    "file-changed",
    Severity.ERROR,
    "A recorded file has the recorded content.",
    needs=Needs.SUMS,
    fix=_REINSTALL,
)
def _content(inventory: Inventory) -> Iterator[Observation]:
    for name, file in _changed(inventory):
        if file.path not in inventory.config and not is_generated(file.path):
            yield Observation(
                message="has another content",
                package=name,
                path=file.path,
                evidence={"recorded": file.sum or ""},
            )


@rule(
    "config-edited",
    Severity.NOTE,
    "Configuration files are as they were packaged; administrators may edit them.",
    needs=Needs.SUMS,
)
def _edited(inventory: Inventory) -> Iterator[Observation]:
    for name, file in _changed(inventory):
        if file.path in inventory.config:
            yield Observation(message="was edited", package=name, path=file.path)


@rule(
    "cache-rewritten",
    Severity.NOTE,
    "Recorded caches are as they were packaged; programs of the system rewrite them.",
    needs=Needs.SUMS,
)
def _rewritten(inventory: Inventory) -> Iterator[Observation]:
    for name, file in _changed(inventory):
        if file.path not in inventory.config and is_generated(file.path):
            yield Observation(message="was generated anew", package=name, path=file.path)


@rule(
    "file-unreadable",
    Severity.WARNING,
    "Every file that is to be looked into can be read.",
    needs=Needs.SUMS,
    fix="look as the root user",
)
def _unreadable(inventory: Inventory) -> Iterator[Observation]:
    for path, content in inventory.contents.items():
        if content.unreadable is not None:
            yield Observation(
                message=f"cannot be read: {content.unreadable}",
                package=inventory.owners.get(path),
                path=path,
            )


@rule(
    "link-target",
    Severity.ERROR,
    "A recorded link has the recorded text.",
    needs=Needs.FAULTS,
    fix=_REINSTALL,
)
def _target(inventory: Inventory) -> Iterator[Observation]:
    for name, file, entry in inventory.present:
        if entry.type is not EntryType.SYMLINK or file.target is None:
            continue
        if entry.target != file.target:
            yield Observation(
                message=f"leads to {entry.target}, not to {file.target}",
                package=name,
                path=file.path,
                evidence={"recorded": file.target, "found": entry.target or ""},
            )


@rule(
    "link-mode",
    Severity.NOTE,
    "A link has the recorded mode; systems differ in what they give to links.",
)
def _link_mode(inventory: Inventory) -> Iterator[Observation]:
    for name, file, entry in _right_kind(inventory):
        if entry.type is EntryType.SYMLINK and file.mode and entry.mode != file.mode:
            yield _differs(name, file.path, "mode", _octal(file.mode), _octal(entry.mode))


@rule(
    "file-flags", Severity.WARNING, "A recorded file has the recorded file flags.", fix=_REINSTALL
)
def _flags(inventory: Inventory) -> Iterator[Observation]:
    for name, file, entry in _right_kind(inventory):
        if entry.flags is None:
            continue
        if (entry.flags ^ file.flags) & ~_IGNORED_FLAGS:
            recorded, found = flag_names(file.flags), flag_names(entry.flags)
            yield _differs(name, file.path, "flags", recorded, found)


@rule(
    "file-mtime",
    Severity.WARNING,
    "A recorded file has the recorded time of its last change.",
)
def _mtime(inventory: Inventory) -> Iterator[Observation]:
    for name, file, entry in _right_kind(inventory):
        if file.mtime and entry.mtime != file.mtime and file.path not in inventory.config:
            yield _differs(name, file.path, "mtime", str(file.mtime), str(entry.mtime))


@rule("config-mtime", Severity.NOTE, "A configuration file was not touched since it was packaged.")
def _config_mtime(inventory: Inventory) -> Iterator[Observation]:
    for name, file, entry in _right_kind(inventory):
        if file.mtime and entry.mtime != file.mtime and file.path in inventory.config:
            yield _differs(name, file.path, "mtime", str(file.mtime), str(entry.mtime))


@rule("directory-missing", Severity.ERROR, "Every recorded directory is there.", fix=_REINSTALL)
def _no_directory(inventory: Inventory) -> Iterator[Observation]:
    for name, folder in inventory.directories:
        if inventory.at(folder.path) is None:
            yield Observation(message="is missing", package=name, path=folder.path)


@rule("directory-type", Severity.ERROR, "A recorded directory is one.", fix=_REINSTALL)
def _no_folder(inventory: Inventory) -> Iterator[Observation]:
    for name, folder in inventory.directories:
        entry = inventory.at(folder.path)
        if entry is not None and entry.type is not EntryType.DIRECTORY:
            yield Observation(
                message=f"is a {entry.type.value}, not a dir", package=name, path=folder.path
            )


def _attribute(
    what: str,
    kind: str,
    recorded: Callable[[Recorded], str | None],
    found: Callable[[Entry], str | None],
) -> Rule:
    """A rule about one attribute of recorded files, or of recorded directories."""

    def check(inventory: Inventory) -> Iterator[Observation]:
        things: Iterator[tuple[str, Recorded, Entry]]
        things = _right_kind(inventory) if kind == "file" else _folders(inventory)
        for name, thing, entry in things:
            wanted, there = recorded(thing), found(entry)
            if wanted is not None and there is not None and wanted != there:
                yield _differs(name, thing.path, what, wanted, there)

    sentence = f"A recorded {kind} has the recorded {what}."
    return rule(f"{kind}-{what}", Severity.ERROR, sentence, fix=_REINSTALL)(check)


def _folders(inventory: Inventory) -> Iterator[tuple[str, PackagedDirectory, Entry]]:
    for name, folder in inventory.directories:
        entry = inventory.at(folder.path)
        if entry is not None and entry.type is EntryType.DIRECTORY:
            yield name, folder, entry


def _differs(name: str, path: str, what: str, recorded: str, found: str) -> Observation:
    return Observation(
        message=f"{what} is {found or 'none'}, not {recorded or 'none'}",
        package=name,
        path=path,
        evidence={"recorded": recorded, "found": found},
    )


def _octal(mode: int | None) -> str:
    return "" if mode is None else f"{mode:04o}"


def _mode_of(entry: Entry) -> str | None:
    return None if entry.type is EntryType.SYMLINK else _octal(entry.mode)


_ATTRIBUTES = tuple(
    _attribute(what, kind, recorded, found)
    for kind in ("file", "directory")
    for what, recorded, found in (
        ("mode", lambda thing: _octal(thing.mode) if thing.mode else None, _mode_of),
        ("owner", lambda thing: thing.owner, lambda entry: entry.owner),
        ("group", lambda thing: thing.group, lambda entry: entry.group),
    )
)


RULES = (
    *(_missing, _type, _content, _edited, _rewritten, _unreadable, _target, _link_mode, _flags),
    *(_mtime, _config_mtime, _no_directory, _no_folder, *_ATTRIBUTES),
)
