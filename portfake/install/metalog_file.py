"""A METALOG file of this machine, replaced together with what it tells of a root."""

from __future__ import annotations

import io
import os
import posixpath
from collections.abc import Iterable
from dataclasses import dataclass

from portfake.errors import InputError
from portfake.install import metalog
from portfake.install.journal import FOLDER, PATH, Journal
from portfake.install.operations import ReplaceMetalog
from portfake.install.plan import Plan, StepKind
from portfake.model.entry import Entry, EntryType
from portfake.root.confined import Root
from portfake.root.placing import is_temporary

__all__ = ["MetalogFile"]


@dataclass(frozen=True, slots=True)
class MetalogFile:
    """Where it is, or will be made."""

    path: str
    """Absolute, on this machine."""

    @classmethod
    def at(cls, path: str) -> MetalogFile:
        """Raise NotFound without its folder, InputError for anything but a regular file."""
        found = cls(os.path.abspath(path))  # noqa: PTH100  # names are text here
        operation = ReplaceMetalog(found.path, "")
        with operation.folder() as folder:
            entry = folder.stat(operation.name, follow=False)
        if entry is not None and entry.type is not EntryType.FILE:
            raise InputError(
                f"a METALOG is a file, and this is a {entry.type.value}",
                where=found.path,
                hint="name the file itself",
            )
        return found

    def replace(self, lines: Journal, plan: Plan, records: Iterable[str]) -> None:
        """Tell it what the plan did: written down, then done, to be taken back like the rest.

        It comes after the plan's operations and before the records of `records`, the paths of the
        database's files, count. OSError.
        """
        temporary = lines.temporary(self.path)
        operation = ReplaceMetalog(self.path, temporary)
        with operation.folder() as folder:
            old = b""
            if folder.stat(operation.name, follow=False) is not None:
                operation = ReplaceMetalog(self.path, temporary, lines.temporary(self.path))
                with folder.open(operation.name) as file:
                    old = file.read()
            lines.write([operation])
            new = _text(old.decode("utf-8", "surrogateescape"), lines.root, plan, records)
            data = new.encode("utf-8", "surrogateescape")
            entry = Entry(path=operation.name, type=EntryType.FILE, mode=0o644)
            folder.place(entry, io.BytesIO(data), temporary=temporary)
            folder.sync([operation.name])
        operation.do(lines.root)


def _text(old: str, root: Root, plan: Plan, records: Iterable[str]) -> str:
    going = _going(root, plan)

    def look(path: str) -> Entry | None:
        return None if path in going else root.stat(path, follow=False)

    return metalog.updated(old, plan, look, frozenset(records))


def _going(root: Root, plan: Plan) -> set[str]:
    """The folders that will go at the end, as nothing but what goes itself is left in them."""
    going = {PATH}
    for path in (*(s.path for s in plan.steps if s.kind is StepKind.REMOVE_FOLDER), FOLDER):
        entry = root.stat(path, follow=False)
        if entry is not None and entry.type is EntryType.DIRECTORY:
            names = root.listdir(path)
            if all(is_temporary(each) or posixpath.join(path, each) in going for each in names):
                going.add(path)
    return going
