"""pkg's triggers: Lua that it runs once a transaction touched certain folders.

In an alternate root pkg defers them (libpkg/triggers.c), and so does portfake: nothing in them
can be known beforehand.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from portfake.errors import InputError
from portfake.formats import ucl
from portfake.install.scripts.outcome import TRIGGER_FOLDERS
from portfake.install.scripts.trigger_file import deferred_text
from portfake.model.entry import EntryType
from portfake.model.manifest import Manifest
from portfake.model.paths import folder_of
from portfake.patterns import PatternError, ere, glob
from portfake.shell.files import Files

__all__ = ["Trigger", "cleanups", "touched_folders", "triggers"]


@dataclass(frozen=True, slots=True)
class Trigger:
    """A trigger that is to run, as pkg would defer it."""

    path: str
    """Of the trigger's own file."""
    text: str
    """What a file in var/db/pkg/triggers holds for it."""


def touched_folders(packages: Iterable[Manifest]) -> set[str]:
    """Return the folders of packages' files, and those that packages own."""
    folders: set[str] = set()
    for package in packages:
        folders.update(folder_of(file.path) for file in package.files)
        folders.update(folder.path for folder in package.directories)
    return folders


def triggers(files: Files, touched: Iterable[str]) -> Iterator[Trigger | InputError]:
    """Yield the triggers in a root that these folders set off, or what is wrong with one."""
    folders = sorted(touched)
    for path in _trigger_files(files):
        try:
            found = _triggered(files, path, folders)
        except InputError as problem:
            yield problem
            continue
        if found is not None:
            yield found


def cleanups(files: Files, packages: Iterable[Manifest]) -> Iterator[Trigger | InputError]:
    """Yield what the trigger files of packages that go want to be run afterwards."""
    for package in packages:
        for file in package.files:
            if folder_of(file.path) in TRIGGER_FOLDERS and files.stat(file.path) is not None:
                try:
                    script = _block(_read(files, file.path), "cleanup", file.path)
                except InputError as problem:
                    yield problem
                    continue
                if script is not None:
                    text, sandbox = script
                    yield Trigger(file.path, deferred_text(text, (), sandbox=sandbox))


def _trigger_files(files: Files) -> Iterator[str]:
    for folder in TRIGGER_FOLDERS:
        there = files.stat(folder)
        if there is None or there.type is not EntryType.DIRECTORY:
            continue
        for name in files.listdir(folder):
            entry = files.stat(f"{folder}/{name}", follow=False)
            plain = entry is not None and entry.type is EntryType.FILE
            if plain and name.endswith(".ucl") and not name.startswith("."):
                yield f"{folder}/{name}"


def _read(files: Files, path: str) -> ucl.UclObject:
    value = ucl.parse(files.read(path).decode("utf-8", "surrogateescape"), path)
    if not isinstance(value, ucl.UclObject):
        raise InputError("a trigger has to be an object", where=path)
    return value


def _triggered(files: Files, path: str, folders: Iterable[str]) -> Trigger | None:
    value = _read(files, path)
    script = _block(value, "trigger", path)
    if script is None:
        raise InputError("a trigger without a script", where=path)
    matched = [folder for folder in folders if _matches(value, folder, path)]
    if not matched:
        return None
    text, sandbox = script
    return Trigger(path, deferred_text(text, matched, sandbox=sandbox))


def _block(value: ucl.UclObject, key: str, path: str) -> tuple[str, bool] | None:
    """A block's Lua, and whether it runs in a sandbox."""
    block = value.get(key)
    if block is None:
        return None
    if not isinstance(block, ucl.UclObject) or not isinstance(block.get("script"), str):
        raise InputError(f"{key} has no script", where=path)
    return str(block["script"]), block.get("sandbox") is not False


def _matches(value: ucl.UclObject, folder: str, path: str) -> bool:
    try:
        return (
            any(text == folder for text in _texts(value, "path"))
            or any(glob(text).fullmatch(folder) for text in _texts(value, "path_glob"))
            or any(ere(text).search(folder) for text in _texts(value, "path_regexp"))
        )
    except PatternError as error:
        raise InputError(str(error), where=path) from None


def _texts(value: ucl.UclObject, key: str) -> list[str]:
    found = value.get(key)
    if found is None:
        return []
    return [str(text) for each in ucl.each(found) for text in ucl.each(each)]
