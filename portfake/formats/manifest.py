"""+MANIFEST and +COMPACT_MANIFEST: a package's manifest as pkg(8) writes and reads it.

Written as compact JSON, byte for byte as libpkg/pkg_manifest.c emits it; reading is in
portfake.formats.manifest_reader.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from portfake.formats import ucl
from portfake.formats.manifest_reader import parse
from portfake.formats.message import messages_to_fields
from portfake.formats.percent import encoded
from portfake.model.attributes import flag_names
from portfake.model.manifest import Dependency, Manifest, PackagedDirectory, PackagedFile, Phase

__all__ = ["parse", "to_fields", "to_text"]

_INTERNAL_ANNOTATIONS = frozenset({"repository", "relocated"})


def to_text(manifest: Manifest, *, compact: bool = False) -> str:
    """Return the text of +MANIFEST, or of +COMPACT_MANIFEST: without files and scripts."""
    return ucl.to_json(to_fields(manifest, compact=compact))


def to_fields(
    manifest: Manifest, *, compact: bool = False, time: int | None = None
) -> dict[str, Any]:
    """Return the object that the text spells.

    With the `time` of its installation it is the one that `pkg info -R` shows of a package, which
    keeps the annotations that a manifest leaves out.
    """
    return dict(_fields(manifest, compact, time))


def _fields(manifest: Manifest, compact: bool, time: int | None) -> Iterable[tuple[str, Any]]:
    for key in ("name", "origin", "version", "comment", "maintainer", "www", "abi", "arch"):
        yield key, getattr(manifest, key)
    yield "prefix", manifest.prefix
    yield "flatsize", manifest.flatsize
    if manifest.dep_formula is not None:
        yield "dep_formula", manifest.dep_formula
    if time is not None:
        yield "timestamp", time
    if manifest.licenselogic is not None:
        yield "licenselogic", manifest.licenselogic.value
    optional: dict[str, Any] = {
        "licenses": manifest.licenses,
        "vital": manifest.vital,
        "desc": encoded(manifest.desc),
        "deps": {dep.name: _dependency_fields(dep) for dep in manifest.deps},
        "categories": manifest.categories,
        "users": manifest.users,
        "groups": manifest.groups,
        "shlibs_required": manifest.shlibs_required,
        "shlibs_required_ignore": manifest.shlibs_required_ignore,
        "shlibs_provided": manifest.shlibs_provided,
        "shlibs_provided_ignore": manifest.shlibs_provided_ignore,
        "conflicts": manifest.conflicts,
        "provides": manifest.provides,
        "requires": manifest.requires,
        "options": dict(manifest.options),
    }
    yield from ((key, value) for key, value in optional.items() if value)
    if manifest.annotations:
        told = manifest.annotations.items()
        hidden = _INTERNAL_ANNOTATIONS if time is None else frozenset()
        yield "annotations", {key: text for key, text in told if key not in hidden}
    if not compact:
        yield from ((key, value) for key, value in _contents(manifest).items() if value)
    if manifest.messages:
        yield "messages", messages_to_fields(manifest.messages)


def _dependency_fields(dependency: Dependency) -> dict[str, Any]:
    fields = {"origin": dependency.origin}
    return {**fields, "version": dependency.version} if dependency.version else fields


def _contents(manifest: Manifest) -> dict[str, Any]:
    return {
        "files": {encoded(file.path): _file_fields(file) for file in manifest.files},
        "config": [encoded(path) for path in manifest.config],
        "directories": {encoded(item.path): _ownership(item) for item in manifest.directories},
        "scripts": {
            phase.value: encoded(manifest.scripts[phase])
            for phase in Phase
            if phase in manifest.scripts
        },
        "lua_scripts": {
            phase.value: list(manifest.lua_scripts[phase])
            for phase in Phase
            if manifest.lua_scripts.get(phase)
        },
    }


def _file_fields(file: PackagedFile) -> dict[str, Any]:
    fields: dict[str, Any] = {"sum": file.sum or "-", **_ownership(file)}
    if file.target is not None:
        fields["symlink_target"] = file.target
    if file.mtime is not None and file.mtime > 0:
        fields["mtime"] = file.mtime
    return fields


def _ownership(item: PackagedFile | PackagedDirectory) -> dict[str, Any]:
    fields = {
        "uname": item.owner or "root",
        "gname": item.group or "wheel",
        "perm": f"0{item.mode or 0:03o}",
    }
    if item.flags:
        fields["fflags"] = flag_names(item.flags)
    return fields
