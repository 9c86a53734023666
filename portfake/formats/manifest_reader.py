"""Reading manifests: JSON or UCL, in today's form and those of pkg 1.x (spec/pkg.md 2.2)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from portfake.errors import InputError, Place, Problems
from portfake.formats import ucl
from portfake.formats.message import message_from
from portfake.formats.percent import decoded
from portfake.limits import DEFAULT, LimitExceeded, Limits
from portfake.model.attributes import parse_flags, parse_mode
from portfake.model.manifest import (
    Dependency,
    LicenseLogic,
    Manifest,
    Message,
    PackagedDirectory,
    PackagedFile,
    Phase,
)

__all__ = ["parse"]

_LUA_PHASES = (
    Phase.PRE_INSTALL,
    Phase.POST_INSTALL,
    Phase.PRE_DEINSTALL,
    Phase.POST_DEINSTALL,
)
_LICENSE_LOGIC = {logic.value: logic for logic in LicenseLogic} | {
    "dual": LicenseLogic.OR,
    "multi": LicenseLogic.AND,
}
_REQUIRED = ("name", "origin", "version", "comment", "desc", "maintainer", "www", "prefix")


def parse(
    text: str,
    where: str = "+MANIFEST",
    *,
    given: Mapping[str, str] | None = None,
    abi_from_arch: bool = True,
    limits: Limits = DEFAULT,
) -> Manifest:
    """Return the manifest; raise InputError with every key that is wrong or missing.

    `given` are fields that stand elsewhere (+DESC beside a METADIR's +MANIFEST), unless the
    text has them too. Without an `abi` there is what `arch` says, which held it before pkg 1.3;
    `abi_from_arch` false leaves it empty, as `pkg create` reads a manifest.

    Paths come out absolute and plain; one that climbs (``..``) is an error, as is a NUL
    anywhere. Keys that are not known are passed over, as pkg does.
    """
    value = ucl.parse(text, where, limits=limits)
    if not isinstance(value, ucl.UclObject):
        raise InputError("a manifest is an object", where=where)
    reader = _Reader(where, limits)
    fields: dict[str, Any] = dict(given or {})
    for key, item in value.items():
        reader.place = Place(where, value.lines.get(key, 0))
        reader.key = key
        if key in _KEYS:
            name, read = _KEYS[key]
            # A key that is written again counts as it was written first (ucl_iterate_object()).
            first = item[0] if isinstance(item, ucl.Repeated) else item
            reader.attempt(fields, name, read, first)
    reader.place = Place(where)
    missing = [key for key in _REQUIRED if key not in fields]
    if missing and not reader.problems:
        reader.problems.append(InputError(f"no {', '.join(missing)}", where=where))
    Problems.check(reader.problems)
    fields.setdefault("abi", fields.get("arch", "") if abi_from_arch else "")
    fields["directories"] = fields.pop("dirs", ()) + fields.get("directories", ())
    fields.setdefault("licenselogic", None)
    return Manifest(**fields)


@dataclass(slots=True)
class _Reader:
    where: str
    limits: Limits
    place: Place | None = None
    key: str = ""
    problems: list[InputError] = field(default_factory=list)

    def attempt(
        self, fields: dict[str, Any], name: str, read: Callable[[_Reader, Any], Any], item: Any
    ) -> None:
        try:
            fields[name] = read(self, item)
        except LimitExceeded:
            raise
        except InputError as error:
            self.problems.append(
                InputError(f"{self.key}: {error.message}", where=self.place, hint=error.hint)
            )

    def text(self, value: Any) -> str:
        if not isinstance(value, str):
            raise InputError(f"text is wanted, not {value!r:.40}")
        if "\0" in value:
            raise InputError("a NUL in text")
        return value

    def encoded(self, value: Any) -> str:
        return self.text(decoded(self.text(value)))

    def word(self, value: Any) -> str:
        """A name or version: pkg takes a whole number as text."""
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        word = self.text(value)
        if not word or "/" in word or word in {".", ".."}:
            raise InputError(f"{value!r:.40} is no name or version")
        return word

    def number(self, value: Any) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 1 << 63:
            raise InputError(f"a number is wanted, not {value!r:.40}")
        return value

    def flag(self, value: Any) -> bool:
        if not isinstance(value, bool):
            raise InputError(f"true or false is wanted, not {value!r:.40}")
        return value

    def logic(self, value: Any) -> LicenseLogic:
        if not isinstance(value, str) or value not in _LICENSE_LOGIC:
            raise InputError(f"{value!r:.40} is no licence logic")
        return _LICENSE_LOGIC[value]

    def texts(self, value: Any) -> tuple[str, ...]:
        """A list of texts; users and groups of pkg 1.0 were objects, their keys the names."""
        found = []
        for item in self.items(value):
            found += (
                [self.text(key) for key in item] if isinstance(item, dict) else [self.text(item)]
            )
        return _ordered(found)

    def items(self, value: Any) -> list[Any]:
        if not isinstance(value, list):
            raise InputError(f"a list is wanted, not {value!r:.40}")
        if len(value) > self.limits.entries:
            raise LimitExceeded(f"more than {self.limits.entries} entries", where=self.place)
        return list(ucl.each(value))

    def pairs(self, value: Any) -> list[tuple[str, Any]]:
        """The keys of an object, or of each object where the key was written several times."""
        found: list[tuple[str, Any]] = []
        for part in ucl.each(value):
            if not isinstance(part, dict):
                raise InputError(f"an object is wanted, not {part!r:.40}")
            found += [(self.text(key), item) for key, item in part.items()]
        if len(found) > self.limits.entries:
            raise LimitExceeded(f"more than {self.limits.entries} entries", where=self.place)
        return found

    def fields(self, value: Any) -> Mapping[str, Any]:
        """The same as a mapping, for the many small objects of files."""
        if not isinstance(value, dict) or len(value) > self.limits.entries:
            return dict(self.pairs(value))
        self.text("".join(value))
        return value

    def strings(self, value: Any) -> dict[str, str]:
        return {key: self.text(item) for key, item in _sorted(self.pairs(value))}

    def options(self, value: Any) -> dict[str, str]:
        words = {True: "on", False: "off"}
        return {
            key: words[item] if isinstance(item, bool) else self.text(item)
            for key, item in _sorted(self.pairs(value))
        }

    def deps(self, value: Any) -> tuple[Dependency, ...]:
        found = {}
        for name, items in self.pairs(value):
            for item in ucl.each(items):
                fields = dict(self.pairs(item))
                version = fields.get("version", "")
                found[self.word(name)] = Dependency(
                    name,
                    self.text(fields.get("origin")),
                    str(version) if isinstance(version, int) else self.text(version),
                )
        return tuple(found[name] for name in _ordered(found))

    def files(self, value: Any) -> tuple[PackagedFile, ...]:
        found: dict[str, PackagedFile] = {}
        for key, item in self.pairs(value):
            path = self.path(key)
            if isinstance(item, str):
                recorded = item if len(item) >= 2 else None
                file = PackagedFile(path=path, sum=recorded, owner=None, group=None)
            else:
                file = self.file(path, self.fields(item))
            found.setdefault(path, file)
        return tuple(found[path] for path in _ordered(found))

    def file(self, path: str, fields: Mapping[str, Any]) -> PackagedFile:
        owner, group, mode, flags = self.ownership(fields)
        recorded, target = fields.get("sum"), fields.get("symlink_target")
        mtime = fields.get("mtime", 0)
        if isinstance(mtime, str):
            mtime = int(mtime) if re.fullmatch("[0-9]{1,18}", mtime) else None
        return PackagedFile(
            path=path,
            sum=None if recorded in (None, "", "-") else self.text(recorded),
            owner=owner,
            group=group,
            mode=mode,
            flags=flags,
            mtime=self.number(mtime) or None,
            target=None if target is None else self.text(target),
        )

    def directories(self, value: Any) -> tuple[PackagedDirectory, ...]:
        found: dict[str, PackagedDirectory] = {}
        for key, item in self.pairs(value):
            path = self.path(key)
            if isinstance(item, (bool, str)):
                directory = PackagedDirectory(path=path, owner=None, group=None)
            else:
                owner, group, mode, flags = self.ownership(self.fields(item))
                directory = PackagedDirectory(
                    path=path, owner=owner, group=group, mode=mode, flags=flags
                )
            if path != "/":
                found.setdefault(path, directory)
        return tuple(found[path] for path in _ordered(found))

    def dirs(self, value: Any) -> tuple[PackagedDirectory, ...]:
        """The list of pkg 1.0 to 1.3: paths, or objects with one path for a key."""
        pairs = [item if isinstance(item, dict) else {item: True} for item in self.items(value)]
        return tuple(item for pair in pairs for item in self.directories(pair))

    def ownership(
        self, fields: Mapping[str, Any]
    ) -> tuple[str | None, str | None, int | None, int]:
        owner, group = fields.get("uname"), fields.get("gname")
        mode, flags = fields.get("perm"), fields.get("fflags", 0)
        return (
            None if owner is None else self.text(owner),
            None if group is None else self.text(group),
            None if mode is None else parse_mode(str(mode)) or None,
            parse_flags(flags) if isinstance(flags, str) else self.number(flags),
        )

    def config(self, value: Any) -> tuple[str, ...]:
        paths: set[str] = set()
        for item in self.items(value):
            path = self.path(self.text(item))
            if path in paths:
                raise InputError(f"duplicate file listing: {path}")
            paths.add(path)
        return _ordered(paths)

    def path(self, encoded: str) -> str:
        path = self.text(decoded(encoded))
        if path.startswith("/") and not ("/." in path or "//" in path or path.endswith("/")):
            return path
        parts = [part for part in path.split("/") if part not in ("", ".")]
        if not path.startswith("/") or ".." in parts:
            raise InputError(f"{path!r:.60} is no absolute path")
        return "/" + "/".join(parts)

    def scripts(self, value: Any) -> dict[Phase, str]:
        found = {self.phase(key): self.encoded(item) for key, item in self.pairs(value)}
        return {phase: found[phase] for phase in Phase if found.get(phase)}

    def lua_scripts(self, value: Any) -> dict[Phase, tuple[str, ...]]:
        found = {
            self.phase(key): tuple(self.text(item) for item in self.items(items))
            for key, items in self.pairs(value)
        }
        return {phase: found[phase] for phase in _LUA_PHASES if found.get(phase)}

    def phase(self, key: str) -> Phase:
        try:
            return Phase(key)
        except ValueError:
            raise InputError(f"{key!r:.40} is no kind of script") from None

    def messages(self, value: Any) -> tuple[Message, ...]:
        if isinstance(value, str):
            return (Message(self.text(value)),)
        return tuple(message_from(item, self.where) for item in self.items(value))


def _ordered(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(texts), key=lambda text: text.encode(errors="surrogateescape")))


def _sorted(pairs: list[tuple[str, Any]]) -> list[tuple[str, Any]]:
    return sorted(pairs, key=lambda pair: pair[0].encode(errors="surrogateescape"))


# Key in the text -> field of Manifest, and how it is read.
_KEYS: dict[str, tuple[str, Callable[[_Reader, Any], Any]]] = {
    **{
        key: (key, _Reader.text)
        for key in (
            "origin",
            "comment",
            "maintainer",
            "www",
            "prefix",
            "abi",
            "arch",
            "dep_formula",
        )
    },
    **{
        key: (key, _Reader.texts)
        for key in (
            *("categories", "licenses", "users", "groups", "conflicts", "provides", "requires"),
            *("shlibs_required", "shlibs_required_ignore"),
            *("shlibs_provided", "shlibs_provided_ignore"),
        )
    },
    "shlibs": ("shlibs_required", _Reader.texts),
    "name": ("name", _Reader.word),
    "version": ("version", _Reader.word),
    "desc": ("desc", _Reader.encoded),
    "flatsize": ("flatsize", _Reader.number),
    "vital": ("vital", _Reader.flag),
    "licenselogic": ("licenselogic", _Reader.logic),
    "annotations": ("annotations", _Reader.strings),
    "options": ("options", _Reader.options),
    "deps": ("deps", _Reader.deps),
    "files": ("files", _Reader.files),
    "config": ("config", _Reader.config),
    "directories": ("directories", _Reader.directories),
    "dirs": ("dirs", _Reader.dirs),
    "scripts": ("scripts", _Reader.scripts),
    "lua_scripts": ("lua_scripts", _Reader.lua_scripts),
    "messages": ("messages", _Reader.messages),
    "message": ("messages", _Reader.messages),
}
