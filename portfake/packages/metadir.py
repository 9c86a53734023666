"""What `pkg create` is told of a package: a manifest, and in a METADIR the files beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from portfake.errors import InputError
from portfake.formats import manifest
from portfake.limits import DEFAULT, Limits
from portfake.model.manifest import Manifest, Phase

__all__ = ["METADIR", "Metadata", "parse_manifest", "parse_metadir"]

# libpkg/pkg_create.c, load_metadata(): later names win.
_SCRIPTS = {
    "+INSTALL": Phase.INSTALL,
    "+PRE_INSTALL": Phase.PRE_INSTALL,
    "+POST_INSTALL": Phase.POST_INSTALL,
    "+DEINSTALL": Phase.DEINSTALL,
    "+PRE_DEINSTALL": Phase.PRE_DEINSTALL,
    "+POST_DEINSTALL": Phase.POST_DEINSTALL,
    "pkg-install": Phase.INSTALL,
    "pkg-pre-install": Phase.PRE_INSTALL,
    "pkg-post-install": Phase.POST_INSTALL,
    "pkg-deinstall": Phase.DEINSTALL,
    "pkg-pre-deinstall": Phase.PRE_DEINSTALL,
    "pkg-post-deinstall": Phase.POST_DEINSTALL,
}
_LUA_SCRIPTS = {
    f"pkg-{phase.value}.lua": phase
    for phase in (
        *(Phase.PRE_INSTALL, Phase.POST_INSTALL),
        *(Phase.PRE_DEINSTALL, Phase.POST_DEINSTALL),
    )
}
METADIR = ("+MANIFEST", "+DESC", "+DISPLAY", *_SCRIPTS, *_LUA_SCRIPTS)
"""The names of files in a METADIR that say something."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """A manifest before its files are known, and the files that lie beside it."""

    said: Manifest
    """What the manifest says, with an empty `abi` where it is the target's."""
    scripts: Mapping[Phase, str] = field(default_factory=dict)
    """They replace the manifest's of the same phase."""
    lua_scripts: Mapping[Phase, str] = field(default_factory=dict)
    """They follow the manifest's."""
    display: str = ""
    """+DISPLAY: plain text, or a UCL list that starts with ``[``."""


def parse_manifest(text: str, where: str, *, limits: Limits = DEFAULT) -> Metadata:
    """Return the metadata of `pkg create -M`; raises InputError for every key that is wrong."""
    return Metadata(said=manifest.parse(text, where, abi_from_arch=False, limits=limits))


def parse_metadir(files: Mapping[str, str], where: str, *, limits: Limits = DEFAULT) -> Metadata:
    """Return the metadata of `pkg create -m`; `files` are the texts of a METADIR by name.

    Description and www may be missing from +MANIFEST; +DESC has them then. Raises InputError
    for what pkg would not take.
    """
    if "+MANIFEST" not in files:
        raise InputError("there is no +MANIFEST", where=where, hint="is it a METADIR?")
    given = {"www": ""} | ({"desc": files["+DESC"]} if "+DESC" in files else {})
    said = manifest.parse(
        files["+MANIFEST"],
        f"{where}/+MANIFEST",
        given=given,
        abi_from_arch=False,
        limits=limits,
    )
    return Metadata(
        said=said,
        scripts={phase: files[name] for name, phase in _SCRIPTS.items() if name in files},
        lua_scripts={phase: files[name] for name, phase in _LUA_SCRIPTS.items() if name in files},
        display=files.get("+DISPLAY", ""),
    )
