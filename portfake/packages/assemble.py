"""Metadata of a port and its packed list, put together into a manifest."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from portfake.errors import InputError
from portfake.formats import ucl
from portfake.formats.message import message_from
from portfake.model.abi import Abi
from portfake.model.manifest import (
    Dependency,
    LicenseLogic,
    Manifest,
    Message,
    Phase,
)
from portfake.packages.packing import PackedList
from portfake.packages.shlibs import SharedLibraries

__all__ = ["Metadata", "assemble", "display_messages"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """What Mk/Scripts/create-manifest.sh writes into METADIR (spec/ports.md 3), as values."""

    name: str
    """PKGBASE."""
    version: str
    """PKGVERSION."""
    origin: str
    comment: str
    desc: str
    """+DESC, with its ``WWW:`` lines."""
    maintainer: str
    www: str = ""
    """The first word of WWW; empty to take it from `desc`."""
    prefix: str = "/usr/local"
    categories: tuple[str, ...] = ()
    licenses: tuple[str, ...] = ()
    licenselogic: LicenseLogic = LicenseLogic.SINGLE
    users: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    options: Mapping[str, str] = field(default_factory=dict)
    """Option -> ``on`` or ``off``."""
    annotations: Mapping[str, str] = field(default_factory=dict)
    """PKG_NOTES."""
    deps: tuple[Dependency, ...] = ()
    conflicts: tuple[str, ...] = ()
    provides: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()
    vital: bool = False
    scripts: Mapping[Phase, str] = field(default_factory=dict)
    """PKGINSTALL, PKGDEINSTALL and the split ones."""
    lua_scripts: Mapping[Phase, str] = field(default_factory=dict)
    """pkg-post-install.lua and its like; INSTALL and DEINSTALL have none."""
    display: str = ""
    """+DISPLAY: plain text, or a UCL list that starts with ``[``."""
    abi: Abi
    """Of the target."""
    osversion: int = 0
    """__FreeBSD_version of the target; 0 leaves the annotation out."""
    no_arch: bool = False
    """NO_ARCH: the package is for every CPU."""


def assemble(
    metadata: Metadata, packed: PackedList, libraries: SharedLibraries | None = None
) -> Manifest:
    """Return the manifest that `pkg create` would write (libpkg/pkg_create.c).

    Lists are put into byte order and lose repetitions; texts lose the blanks around them.
    Raises InputError for messages that cannot be read and for fields that must not be empty.
    """
    libraries = libraries or SharedLibraries()
    annotations = dict(metadata.annotations)
    if not metadata.no_arch and metadata.osversion:
        annotations["FreeBSD_version"] = str(metadata.osversion)
    abi = metadata.abi.any_cpu if metadata.no_arch else metadata.abi
    desc = metadata.desc.strip(_BLANKS)
    manifest = Manifest(
        name=metadata.name or packed.name or "",
        version=metadata.version or packed.version or "",
        origin=metadata.origin,
        comment=metadata.comment,
        desc=desc,
        maintainer=metadata.maintainer,
        www=metadata.www or _www(desc),
        prefix=metadata.prefix,
        abi=str(abi),
        arch=abi.legacy,
        flatsize=packed.flatsize,
        licenselogic=metadata.licenselogic,
        licenses=_ordered(metadata.licenses),
        categories=_ordered(metadata.categories),
        vital=metadata.vital,
        users=_ordered(metadata.users),
        groups=_ordered(metadata.groups),
        options=_by_key(metadata.options),
        annotations=_by_key(annotations),
        deps=tuple(sorted(set(metadata.deps), key=lambda dep: _bytes(dep.name))),
        conflicts=_ordered(metadata.conflicts),
        provides=_ordered(metadata.provides),
        requires=_ordered(metadata.requires),
        shlibs_required=libraries.required,
        shlibs_provided=() if "no_provide_shlib" in annotations else libraries.provided,
        files=packed.files,
        directories=packed.directories,
        config=packed.config,
        scripts=_scripts(metadata.scripts, packed.scripts),
        lua_scripts=_lua_scripts(metadata.lua_scripts, packed.lua_scripts),
        messages=display_messages(metadata) + _trimmed(packed.messages),
    )
    for key in ("name", "version", "origin", "comment", "desc", "maintainer", "prefix"):
        if not getattr(manifest, key):
            raise InputError(f"the package {manifest.full_name} has no {key}")
    return manifest


_BLANKS = " \t\n\v\f\r"
_WWW = re.compile(r"^WWW:\s*(.*)$", re.MULTILINE | re.IGNORECASE)


def _www(desc: str) -> str:
    match = _WWW.search(desc)
    return match[1] if match else "UNKNOWN"


def display_messages(metadata: Metadata) -> tuple[Message, ...]:
    """Return the messages of +DISPLAY; ``${PREFIX}`` and its like in a list are filled in."""
    text = metadata.display
    if not text.startswith("["):
        return (Message(text.strip(_BLANKS)),) if text.strip(_BLANKS) else ()
    variables = {
        "PREFIX": metadata.prefix,
        "PKGNAME": metadata.name,
        "PKGORIGIN": metadata.origin,
        "MAINTAINER": metadata.maintainer,
    }
    value = ucl.parse(text, "+DISPLAY", variables=variables)
    return _trimmed(message_from(item, "+DISPLAY") for item in ucl.each(value))


def _trimmed(messages: Iterable[Message]) -> tuple[Message, ...]:
    return tuple(replace(message, text=message.text.strip(_BLANKS)) for message in messages)


def _scripts(files: Mapping[Phase, str], listed: Mapping[Phase, str]) -> dict[Phase, str]:
    texts = {phase: files.get(phase, "") + listed.get(phase, "") for phase in Phase}
    return {phase: text.strip(_BLANKS) for phase, text in texts.items() if text.strip(_BLANKS)}


def _lua_scripts(
    files: Mapping[Phase, str], listed: Mapping[Phase, tuple[str, ...]]
) -> dict[Phase, tuple[str, ...]]:
    texts = {
        phase: ((files[phase],) if phase in files else ()) + listed.get(phase, ())
        for phase in Phase
    }
    return {
        phase: tuple(text.strip(_BLANKS) for text in scripts)
        for phase, scripts in texts.items()
        if scripts
    }


def _bytes(text: str) -> bytes:
    return text.encode(errors="surrogateescape")


def _ordered(texts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted(set(texts), key=_bytes))


def _by_key(pairs: Mapping[str, str]) -> dict[str, str]:
    return {key: pairs[key] for key in sorted(pairs, key=_bytes)}
