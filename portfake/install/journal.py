"""ROOT/var/db/portfake/journal: what is being done to a root, written down before it is done.

One JSON object a line. The first says who began and when; the others are operations
(install/operations.py) in the order of their doing, and `Recorded`, which says by what the
records will be told to be the new ones. Lines are on stable storage before what they say
happens, so a line that was cut short says nothing that happened.

The process that works holds the file (flock(2)). An open journal that nobody holds is an
interrupted run: every verb that would change the root stops there, and `portfake recover` goes on.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from types import TracebackType
from typing import Any, Self

from portfake.errors import Busy, InputError, Refused
from portfake.install.operations import KINDS, MakeFile, MakeFolder, Operation, ReplaceMetalog
from portfake.limits import LimitExceeded
from portfake.root.confined import Root
from portfake.root.held import HeldFile
from portfake.root.placing import temporary_name

__all__ = [
    "FOLDER",
    "PATH",
    "Journal",
    "JournalText",
    "Recorded",
    "begin",
    "check_closed",
    "read",
    "reopen",
]

FOLDER = "/var/db/portfake"
PATH = f"{FOLDER}/journal"
_FOLDERS = ("/var", "/var/db", FOLDER)
_VERSION = 1
_AS_JSON = json.JSONEncoder(separators=(",", ":")).encode
_MOST = 1 << 30
"""Bytes that are read: enough for the most files that a package may have (Limits.entries)."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """The files are in place, and the records are about to count.

    `before` and `after` are fingerprints of the records of `packages` (install/recover.py).
    """

    packages: tuple[str, ...]
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class JournalText:
    """What a journal says."""

    verb: str
    pid: int
    token: str
    """Six hex digits that the run's temporary names share."""
    made: tuple[str, ...] = ()
    """The folders above the journal that are new."""
    operations: tuple[Operation, ...] = ()
    recorded: Recorded | None = None


class Journal:
    """A journal that this process holds: operations go in, and at last the file goes."""

    def __init__(self, root: Root, file: HeldFile, text: JournalText) -> None:
        self.root = root
        self.verb = text.verb
        self.token = text.token
        self.recorded = text.recorded
        self._made = text.made
        self._operations = list(text.operations)
        self._file = file
        self._names = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    @property
    def makes_database(self) -> bool:
        """Whether the run was to make files that others write, which is to say a database."""
        return any(isinstance(operation, MakeFile) for operation in self._operations)

    @property
    def metalog(self) -> str | None:
        """The METALOG that was to change with the root, as the run called it."""
        found = [each.path for each in self._operations if isinstance(each, ReplaceMetalog)]
        return found[0] if found else None

    def metalog_is(self, path: str) -> None:
        """Take somebody's word for where the METALOG lies; the journal's own is not believed."""
        self._operations = [
            replace(each, path=path) if isinstance(each, ReplaceMetalog) else each
            for each in self._operations
        ]

    def temporary(self, path: str) -> str:
        """Return a name to use beside `path`; no other of this run is the same."""
        self._names += 1
        return temporary_name(path.rpartition("/")[2], f"{self.token}{self._names:06x}")

    def write(self, operations: Iterable[Operation]) -> None:
        """Write down what will be done."""
        new = list(operations)
        self._operations.extend(new)
        if new:
            self._file.append(b"".join(map(_line, new)))

    def do(self, operations: Iterable[Operation]) -> None:
        """Write down and do."""
        new = list(operations)
        self.write(new)
        for operation in new:
            operation.do(self.root)

    def write_recorded(self, recorded: Recorded) -> None:
        """Write down that the records are about to count."""
        self.recorded = recorded
        self._file.append(_json_line({"do": "record", **_fields(recorded)}))

    def undo(self) -> None:
        """Take everything back, the last first, and remove the journal; OSError leaves it."""
        for operation in reversed(self._operations):
            operation.undo(self.root)
        self._remove()
        _remove_folders(self.root, self._made)

    def finish(self) -> None:
        """Clean up after everything, and remove the journal; OSError leaves it."""
        for operation in self._operations:
            operation.finish(self.root)
        self._remove()

    def forget(self) -> None:
        """Remove the journal, and leave everything as it is."""
        self._remove()

    def _remove(self) -> None:
        """What was cleaned up is on the disk before the journal that knows of it is gone."""
        MakeFile(PATH).undo(self.root)
        remove_folder(self.root)


def begin(root: Root, verb: str) -> Journal:
    """Open a new journal; Busy or Refused where there is one (check_closed).

    The folders above it are made; they are ordinary ones of FreeBSD but for the last.
    """
    check_closed(root)
    made = _make_folders(root)
    text = JournalText(verb, os.getpid(), secrets.token_hex(3), made)
    header = {"journal": _VERSION, "verb": verb, "pid": text.pid, "token": text.token, "made": made}
    try:
        file = root.hold(PATH, new=True)
    except FileExistsError:
        check_closed(root)
        raise
    except OSError:
        _remove_folders(root, made)
        raise
    assert file is not None
    journal = Journal(root, file, text)
    try:
        file.append(_json_line(header))
    except OSError:
        with journal:
            journal.undo()
        raise
    return journal


def _make_folders(root: Root) -> tuple[str, ...]:
    """The ones that were not there; none is left where one cannot be made."""
    made = tuple(each for each in _FOLDERS if not root.exists(each))
    try:
        for folder in made:
            root.mkdir(folder)
    except OSError:
        _remove_folders(root, made)
        raise
    return made


def _remove_folders(root: Root, folders: Iterable[str]) -> None:
    for folder in reversed(list(folders)):
        MakeFolder(folder).undo(root)


def read(root: Root) -> JournalText | None:
    """Return what an open journal says, None if there is none.

    InputError for another file, LimitExceeded for one that would not be read whole: to undo the
    half of it would be worse than nothing.
    """
    where = f"{root.directory.rstrip('/')}{PATH}"
    try:
        with root.open(PATH) as file:
            text = file.read(_MOST + 1)
    except (FileNotFoundError, NotADirectoryError):
        return None
    if len(text) > _MOST:
        raise LimitExceeded(f"a journal of more than {_MOST} bytes", where=where)
    return parse(text, where)


def reopen(root: Root) -> Journal | None:
    """Hold a journal that an interrupted run left, None if there is none; Busy if it is held."""
    text = read(root)
    if text is None:
        return None
    try:
        file = root.hold(PATH, new=False)
    except BlockingIOError:
        raise _busy(root, text) from None
    return Journal(root, file, text) if file is not None else None


def check_closed(root: Root) -> None:
    """Raise Busy while another process works on the root, Refused after an interrupted run."""
    journal = reopen(root)
    if journal is None:
        return
    journal.__exit__(None, None, None)
    text = read(root)
    verb = text.verb if text is not None else "a run"
    raise Refused(
        f"{verb} was interrupted and is neither done nor undone",
        where=f"{root.directory.rstrip('/')}{PATH}",
        hint=f"portfake recover --root {root.directory} finishes or undoes it",
    )


def remove_folder(root: Root) -> None:
    """Remove the journal's folder if nothing is in it; portfake leaves no empty one behind."""
    MakeFolder(FOLDER).undo(root)


def _busy(root: Root, text: JournalText) -> Busy:
    return Busy(
        f"process {text.pid} is changing the root (portfake {text.verb})",
        where=root.directory,
        hint="wait for it to end",
    )


def parse(data: bytes, where: str) -> JournalText:
    """Return what the lines say; the last one counts only if it is whole.

    Raises InputError for what portfake does not write.
    """
    whole = data[: data.rfind(b"\n") + 1].decode("utf-8", "surrogateescape").splitlines()
    header: Mapping[str, Any] = {}
    operations: list[Operation] = []
    recorded = None
    for number, line in enumerate(whole, 1):
        try:
            said = json.loads(line)
            if number == 1:
                header = said
            elif said["do"] == "record":
                recorded = Recorded(tuple(said["packages"]), said["before"], said["after"])
            else:
                operations.append(_operation(said))
        except (ValueError, KeyError, TypeError) as error:
            raise InputError(f"line {number} is none of a journal", where=where) from error
    if header and header.get("journal") != _VERSION:
        raise InputError(
            f"a journal of version {header.get('journal')}",
            where=where,
            hint="of a newer portfake?",
        )
    return JournalText(
        verb=str(header.get("verb", "a run")),
        pid=int(header.get("pid", 0)),
        token=str(header.get("token", "")),
        made=tuple(map(str, header.get("made", ()))),
        operations=tuple(operations),
        recorded=recorded,
    )


def _operation(said: Mapping[str, Any]) -> Operation:
    given = {name: value for name, value in said.items() if name != "do"}
    if not all(isinstance(value, str | int | None) for value in given.values()):
        raise TypeError
    return KINDS[said["do"]](**given)


def _line(operation: Operation) -> bytes:
    return _json_line({"do": operation.kind, **_fields(operation)})


def _fields(value: Any) -> dict[str, Any]:
    return {name: getattr(value, name) for name in _names_of_fields(value.__class__)}


@lru_cache
def _names_of_fields(kind: Any) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


def _json_line(said: Mapping[str, Any]) -> bytes:
    return _AS_JSON(said).encode() + b"\n"
