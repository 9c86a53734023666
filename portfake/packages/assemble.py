"""Metadata of a package and its packed list, put together into a manifest."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from portfake.errors import InputError
from portfake.formats import ucl
from portfake.formats.message import message_from
from portfake.model.abi import Abi, legacy_arch
from portfake.model.manifest import Manifest, Message, Phase
from portfake.packages.metadir import Metadata
from portfake.packages.packing import PackedList
from portfake.packages.shlibs import SharedLibraries

__all__ = ["assemble", "display_messages"]

_REQUIRED = ("name", "version", "origin", "comment", "desc", "maintainer", "prefix", "abi")


def assemble(
    metadata: Metadata,
    packed: PackedList,
    target: Abi | None,
    *,
    osversion: int = 0,
    libraries: SharedLibraries | None = None,
) -> Manifest:
    """Return the manifest that `pkg create` would write (libpkg/pkg_create.c).

    A manifest that names no ABI gets the target's and the annotation FreeBSD_version, unless
    `osversion` is 0. Lists are put into byte order and lose repetitions; texts lose the blanks
    around them. Raises InputError for messages that cannot be read and for fields that must not
    be empty.
    """
    said = metadata.said
    libraries = libraries or SharedLibraries()
    annotations = dict(said.annotations)
    if not said.abi and osversion:
        annotations["FreeBSD_version"] = str(osversion)
    abi = said.abi or str(target or "")
    desc = said.desc.strip(_BLANKS)
    manifest = replace(
        said,
        name=said.name or packed.name or "",
        version=said.version or packed.version or "",
        desc=desc,
        www=said.www or _www(desc),
        abi=abi,
        arch=legacy_arch(abi),
        flatsize=packed.flatsize,
        licenses=_ordered(said.licenses),
        categories=_ordered(said.categories),
        users=_ordered(said.users),
        groups=_ordered(said.groups),
        options=_by_key(said.options),
        annotations=_by_key(annotations),
        deps=tuple(sorted(set(said.deps), key=lambda dep: _bytes(dep.name))),
        conflicts=_ordered(said.conflicts),
        provides=_ordered(said.provides),
        requires=_ordered(said.requires),
        shlibs_required=libraries.required,
        shlibs_provided=() if "no_provide_shlib" in annotations else libraries.provided,
        files=packed.files,
        directories=packed.directories,
        config=packed.config,
        scripts=_scripts({**said.scripts, **metadata.scripts}, packed.scripts),
        lua_scripts=_lua_scripts(metadata, packed.lua_scripts),
        messages=said.messages + display_messages(metadata) + _trimmed(packed.messages),
    )
    for key in _REQUIRED:
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
    said = metadata.said
    variables = {
        "PREFIX": said.prefix,
        "PKGNAME": said.name,
        "PKGORIGIN": said.origin,
        "MAINTAINER": said.maintainer,
    }
    value = ucl.parse(text, "+DISPLAY", variables=variables)
    return _trimmed(message_from(item, "+DISPLAY") for item in ucl.each(value))


def _trimmed(messages: Iterable[Message]) -> tuple[Message, ...]:
    return tuple(replace(message, text=message.text.strip(_BLANKS)) for message in messages)


def _scripts(files: Mapping[Phase, str], listed: Mapping[Phase, str]) -> dict[Phase, str]:
    texts = {phase: files.get(phase, "") + listed.get(phase, "") for phase in Phase}
    return {phase: text.strip(_BLANKS) for phase, text in texts.items() if text.strip(_BLANKS)}


def _lua_scripts(
    metadata: Metadata, listed: Mapping[Phase, tuple[str, ...]]
) -> dict[Phase, tuple[str, ...]]:
    beside = metadata.lua_scripts
    texts = {
        phase: (
            *metadata.said.lua_scripts.get(phase, ()),
            *((beside[phase],) if phase in beside else ()),
            *listed.get(phase, ()),
        )
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
