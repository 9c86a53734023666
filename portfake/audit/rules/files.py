"""Recorded files and directories against what lies there, and what nobody recorded."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

from portfake.audit.finding import Severity
from portfake.audit.inventory import Inventory
from portfake.audit.rule import Needs, Observation, Rule, rule
from portfake.audit.rules.pending import FIRST_BOOT
from portfake.model.attributes import flag_names
from portfake.model.entry import Entry, EntryType
from portfake.model.manifest import PackagedDirectory, PackagedFile
from portfake.packages.sums import is_sum, verify

__all__ = ["RULES", "is_generated"]

Recorded = PackagedFile | PackagedDirectory
_SET_ID: Final = 0o6000
_IGNORED_FLAGS: Final = 0x800
"""UF_ARCHIVE: ZFS sets it by itself, and pkg leaves it out (libpkg/pkg.c, pkg_check_meta())."""
_REINSTALL: Final = "install the package again"

# What programs rebuild from other files, so that a change tells nothing: name of the file,
# or end of its path.
_GENERATED: Final = re.compile(
    r".*/(icon-theme\.cache|mimeinfo\.cache|mime\.cache|gschemas\.compiled|giomodule\.cache"
    r"|loaders\.cache|immodules\.cache|fonts\.dir|fonts\.scale|fonts\.cache-\d|ls-R|info/dir"
    r"|linker\.hints|mandoc\.db|whatis|perllocal\.pod|gconv-modules\.cache)"
    r"|.*/share/mime/(aliases|generic-icons|globs2?|icons|magic|subclasses|treemagic|types"
    r"|version|XMLnamespaces)"
    r"|.*/share/mime/[^/]+/[^/]+\.xml"
    r"|.*/__pycache__/[^/]+\.pyc"
    r"|.*/share/xml/catalog(\.ports)?|.*/share/sgml/catalog(\.ports)?"
    r"|.*/var/cache/fontconfig/.*"
)


def is_generated(path: str) -> bool:
    """Whether this is a cache that programs of the system write anew."""
    return _GENERATED.fullmatch(path) is not None


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


@rule("file-missing", Severity.ERROR, "Every recorded file is there.", fix=_REINSTALL)
def _missing(inventory: Inventory) -> Iterator[Observation]:
    for name, file in inventory.files:
        if inventory.at(file.path) is None:
            yield Observation(message="is missing", package=name, path=file.path)


@rule("file-type", Severity.ERROR, "A recorded file is a file, a link a link.", fix=_REINSTALL)
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


@rule("link-target", Severity.ERROR, "A recorded link has the recorded text.", fix=_REINSTALL)
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


@rule(
    "file-unowned",
    Severity.WARNING,
    "Everything under the prefix belongs to a package.",
    needs=Needs.WHOLE,
    fix="find out who put it there; remove it, or package it",
)
def _unowned(inventory: Inventory) -> Iterator[Observation]:
    for entry in _unrecorded(inventory):
        derived = is_generated(entry.path) or _is_sampled(inventory, entry.path)
        if not derived and entry.path != FIRST_BOOT:
            yield Observation(message="belongs to no package", path=entry.path)


@rule(
    "file-derived",
    Severity.NOTE,
    "Copies of samples and caches under the prefix belong to nobody, as they should.",
    needs=Needs.WHOLE,
)
def _derived(inventory: Inventory) -> Iterator[Observation]:
    for entry in _unrecorded(inventory):
        if is_generated(entry.path):
            yield Observation(message="is a generated cache", path=entry.path)
        elif _is_sampled(inventory, entry.path):
            yield Observation(message="was copied from its sample", path=entry.path)


def _unrecorded(inventory: Inventory) -> Iterator[Entry]:
    for entry in inventory.below_prefix():
        if entry.type is not EntryType.DIRECTORY and entry.path not in inventory.owners:
            yield entry


_SAMPLES: Final = (".sample", "-dist", ".default", ".dist", ".example")


def _is_sampled(inventory: Inventory, path: str) -> bool:
    return any(path + ending in inventory.owners for ending in _SAMPLES)


@rule(
    "file-temporary",
    Severity.WARNING,
    "No temporary file of an interrupted installation is left.",
    needs=Needs.WHOLE,
    fix="remove it",
)
def _temporary(inventory: Inventory) -> Iterator[Observation]:
    for path in inventory.entries:
        if path.rpartition("/")[2].startswith((".pkgtemp.", ".portfake.")):
            yield Observation(message="was left by an interrupted installation", path=path)


@rule(
    "set-id-unrecorded",
    Severity.ERROR,
    "No program under the prefix takes another user's rights unless its package says so.",
    needs=Needs.WHOLE,
    fix="find out who set the bit; chmod ug-s",
)
def _set_id(inventory: Inventory) -> Iterator[Observation]:
    recorded = {file.path: file.mode for _, file in inventory.files}
    for entry in inventory.below_prefix():
        if entry.type is not EntryType.FILE or not (entry.mode or 0) & _SET_ID:
            continue
        if not (recorded.get(entry.path) or 0) & _SET_ID:
            yield Observation(
                message=f"has mode {_octal(entry.mode)}",
                package=inventory.owners.get(entry.path),
                path=entry.path,
            )


@rule("set-id", Severity.NOTE, "These programs take another user's rights.", needs=Needs.WHOLE)
def _set_ids(inventory: Inventory) -> Iterator[Observation]:
    for path, entry in inventory.entries.items():
        if entry.type is EntryType.FILE and (entry.mode or 0) & _SET_ID:
            yield Observation(
                message=f"mode {_octal(entry.mode)}, {entry.owner}:{entry.group}",
                package=inventory.owners.get(path),
                path=path,
            )


@rule(
    "world-writable",
    Severity.WARNING,
    "Nobody but owner and group may write, but for folders with the sticky bit.",
    needs=Needs.WHOLE,
    fix="chmod o-w",
)
def _writable(inventory: Inventory) -> Iterator[Observation]:
    for path, entry in inventory.entries.items():
        mode = entry.mode or 0
        if entry.type not in {EntryType.FILE, EntryType.DIRECTORY} or not mode & 0o002:
            continue
        if entry.type is EntryType.FILE or not mode & 0o1000:
            yield Observation(
                message=f"has mode {_octal(mode)}",
                package=inventory.owners.get(path),
                path=path,
            )


RULES = (
    *(_missing, _type, _content, _edited, _rewritten, _unreadable, _target, _link_mode, _flags),
    *(_mtime, _config_mtime, _no_directory, _no_folder, *_ATTRIBUTES, _unowned, _derived),
    *(_temporary, _set_id, _set_ids, _writable),
)
