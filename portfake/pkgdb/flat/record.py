"""A package as the files of its folder in the flat database, and back (spec/pkg.md 6.1).

Pure: texts by the names of the files.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from portfake.errors import Refused
from portfake.formats import contents as contents_format
from portfake.formats.contents import Contents, RecordedFile, Requirement
from portfake.limits import DEFAULT, Limits
from portfake.model.manifest import (
    Dependency,
    InstalledPackage,
    Manifest,
    Message,
    PackagedDirectory,
    PackagedFile,
    Phase,
)

__all__ = ["CONTENTS", "FILES", "GAPS", "REQUIRED_BY", "losses", "package_of", "texts_of"]

CONTENTS = "+CONTENTS"
REQUIRED_BY = "+REQUIRED_BY"
_SCRIPTS = (
    (Phase.INSTALL, Phase.PRE_INSTALL, "+INSTALL", Phase.POST_INSTALL, "+POST-INSTALL"),
    (Phase.DEINSTALL, Phase.PRE_DEINSTALL, "+DEINSTALL", Phase.POST_DEINSTALL, "+POST-DEINSTALL"),
)
"""The old kind of script, called twice; and the phases that two files stand for."""
_NOTHING = "#!/bin/sh\nexit 0\n"
"""Beside a script for one phase, so that it is not called for the other too."""
FILES = (
    *(CONTENTS, "+COMMENT", "+DESC", "+DISPLAY"),
    *(name for _, _, before, _, after in _SCRIPTS for name in (before, after)),
)
"""What is read of a folder."""
_ORDINARY = frozenset({0o644, 0o755, 0o444, 0o555})
"""Modes that a package does not ask for, but gets from how its files were made."""


def package_of(
    texts: Mapping[str, str], *, time: int | None, where: str, limits: Limits = DEFAULT
) -> InstalledPackage:
    """Return the package; InputError for a +CONTENTS that makes no sense.

    `where` is the folder, for errors. What the record does not hold has the values that pkg's own
    converter gave it: an unknown maintainer, no categories.
    """
    found = contents_format.parse(texts[CONTENTS], f"{where}/{CONTENTS}", limits=limits)
    name, _, version = found.full_name.rpartition("-")
    desc = texts.get("+DESC", "").rstrip()
    www = re.findall(r"^WWW:[ \t]*(\S+)", desc, re.MULTILINE)
    manifest = Manifest(
        name=name,
        version=version,
        origin=found.origin,
        comment=texts.get("+COMMENT", "").strip(),
        desc=desc,
        maintainer="unknown",
        www=www[-1] if www else "UNKNOWN",
        prefix=found.prefix,
        abi="",
        licenselogic=None,
        options=dict(sorted(found.options.items())),
        deps=tuple(sorted(map(_dependency, found.requirements))),
        conflicts=tuple(sorted(found.conflicts)),
        files=tuple(sorted(map(_packaged, found.files), key=lambda file: file.path)),
        directories=tuple(
            PackagedDirectory(path=path, owner=None, group=None)
            for path in sorted(set(found.directories))
        ),
        scripts=dict(_scripts(texts, found)),
        messages=(Message(display),) if (display := texts.get("+DISPLAY", "").rstrip()) else (),
    )
    return InstalledPackage(manifest=manifest, time=time)


def _dependency(need: Requirement) -> Dependency:
    name, _, version = need.full_name.rpartition("-")
    return Dependency(name or need.full_name, need.origin, version)


def _packaged(file: RecordedFile) -> PackagedFile:
    return PackagedFile(
        path=file.path,
        sum=None if file.md5 is None else f"md5${file.md5}",
        owner=file.owner,
        group=file.group,
        mode=file.mode,
    )


def _scripts(texts: Mapping[str, str], found: Contents) -> Iterator[tuple[Phase, str]]:
    listed = {Phase.POST_INSTALL: found.at_install, Phase.POST_DEINSTALL: found.at_deinstall}
    for both, before, first, after, second in _SCRIPTS:
        parts = [texts[second]] if texts.get(second, _NOTHING) != _NOTHING else []
        commands = [f"{command}\n" for command in listed[after]]
        if first in texts:
            yield before if second in texts else both, texts[first]
        if parts or commands:
            yield after, "".join([*parts, *commands])


def texts_of(
    package: InstalledPackage, md5_of: Callable[[PackagedFile], str | None]
) -> dict[str, str]:
    """Return the files' texts by name, without +REQUIRED_BY.

    `md5_of` gives the MD5 of a file's content, or of a link's text; None where it is not known.
    Raises Refused for a script of the old kind beside one for a single phase.
    """
    manifest = package.manifest
    texts = {
        CONTENTS: contents_format.to_text(_contents(manifest, md5_of)),
        "+COMMENT": f"{manifest.comment}\n",
        "+DESC": _with_www(manifest),
    }
    if manifest.messages:
        texts["+DISPLAY"] = "\n".join(f"{m.text.rstrip()}\n" for m in manifest.messages)
    for both, before, first, after, second in _SCRIPTS:
        split = [phase for phase in (before, after) if phase in manifest.scripts]
        if both in manifest.scripts and split:
            raise Refused(
                f"{manifest.full_name} has a script for {both.value} and one for {split[0].value},"
                " which the flat database cannot hold"
            )
        if both in manifest.scripts:
            texts[first] = manifest.scripts[both]
        elif before in manifest.scripts:
            texts[first] = manifest.scripts[before]
            texts[second] = manifest.scripts.get(after, _NOTHING)
        elif after in manifest.scripts:
            texts[second] = manifest.scripts[after]
    return texts


def _with_www(manifest: Manifest) -> str:
    desc = manifest.desc.rstrip()
    known = manifest.www not in ("", "UNKNOWN")
    said = re.search(rf"^WWW:[ \t]*{re.escape(manifest.www)}$", desc, re.MULTILINE)
    www = f"\n\nWWW: {manifest.www}" if known and not said else ""
    return f"{desc}{www}\n"


def _contents(manifest: Manifest, md5_of: Callable[[PackagedFile], str | None]) -> Contents:
    return Contents(
        full_name=manifest.full_name,
        origin=manifest.origin,
        prefix=manifest.prefix,
        requirements=tuple(
            Requirement(f"{dep.name}-{dep.version}", dep.origin) for dep in manifest.deps
        ),
        conflicts=manifest.conflicts,
        files=tuple(
            RecordedFile(
                path=file.path,
                md5=md5_of(file),
                mode=file.mode if _asked_for(file) else None,
                owner=file.owner if file.owner != "root" else None,
                group=file.group if file.group != "wheel" else None,
            )
            for file in manifest.files
        ),
        # The deepest first, as they are to go.
        directories=tuple(
            folder.path for folder in sorted(manifest.directories, key=_path, reverse=True)
        ),
        options=manifest.options,
    )


def _path(folder: PackagedDirectory) -> str:
    return folder.path


def _asked_for(file: PackagedFile) -> bool:
    return file.target is None and file.mode is not None and file.mode not in _ORDINARY


_HELD_ELSEWHERE: Sequence[tuple[str, Callable[[Manifest], object]]] = (
    ("ABI", lambda manifest: manifest.abi),
    ("categories", lambda manifest: manifest.categories),
    ("licences", lambda manifest: manifest.licenses),
    ("maintainer", lambda manifest: manifest.maintainer not in ("", "unknown")),
    ("users and groups", lambda manifest: (*manifest.users, *manifest.groups)),
    ("annotations", lambda manifest: manifest.annotations),
    ("shared libraries", lambda manifest: (*manifest.shlibs_required, *manifest.shlibs_provided)),
    ("provides and requires", lambda manifest: (*manifest.provides, *manifest.requires)),
    ("what is config", lambda manifest: manifest.config),
    ("vital", lambda manifest: manifest.vital),
    ("the dependency formula", lambda manifest: manifest.dep_formula),
    ("Lua scripts", lambda manifest: manifest.lua_scripts),
    ("when messages are shown", lambda manifest: any(m.type for m in manifest.messages)),
    ("owners and modes of folders", lambda manifest: any(map(_is_special, manifest.directories))),
    ("file flags", lambda manifest: any(file.flags for file in manifest.files)),
)


GAPS = tuple(what for what, _ in _HELD_ELSEWHERE)
"""What the flat database has no place for."""


def _is_special(folder: PackagedDirectory) -> bool:
    ordinary = (folder.owner, folder.group) in {("root", "wheel"), (None, None)}
    return not ordinary or folder.mode not in (None, 0o755)


def losses(manifest: Manifest) -> tuple[str, ...]:
    """Return what of a package the flat database has no place for, in words."""
    return tuple(what for what, of in _HELD_ELSEWHERE if of(manifest))
