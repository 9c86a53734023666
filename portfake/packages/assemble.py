"""Metadata of a package and its packed list, put together into a manifest."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from portfake.errors import InputError
from portfake.formats import ucl
from portfake.formats.message import message_from
from portfake.limits import LimitExceeded
from portfake.model.abi import Abi, legacy_arch
from portfake.model.manifest import Manifest, Message, Phase
from portfake.packages.metadir import Metadata
from portfake.packages.packing import PackedList
from portfake.packages.shlibs import SharedLibraries

__all__ = ["assemble", "display_messages"]

_REQUIRED = ("name", "version", "origin", "desc", "prefix", "abi")
"""What must not be empty. Comment and maintainer may be: the framework asks for neither."""


def assemble(
    metadata: Metadata,
    packed: PackedList,
    target: Abi | None,
    *,
    osversion: int = 0,
    libraries: SharedLibraries | None = None,
    display: Sequence[Message] = (),
) -> Manifest:
    """Return the manifest that `pkg create` would write (libpkg/pkg_create.c).

    A manifest that names no ABI gets the target's and the annotation FreeBSD_version, unless
    `osversion` is 0. Lists are put into byte order and lose repetitions; texts lose the blanks
    around them. `display` are the messages of +DISPLAY. Raises InputError for fields that must
    not be empty.
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
        messages=(*said.messages, *_trimmed(display), *_trimmed(packed.messages)),
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


def display_messages(metadata: Metadata) -> tuple[tuple[Message, ...], tuple[str, ...]]:
    """Return the messages of +DISPLAY, and what is wrong with it.

    ``${PREFIX}`` and its like in a list are filled in. Of a list that cannot be read `pkg create`
    keeps nothing, and of one with a message that has no text what stands before it: a package
    comes about all the same (libpkg/pkg.c, pkg_message_from_str()).
    """
    text = metadata.display
    if not text.startswith("["):
        return (Message(text.strip(_BLANKS)),) if text.strip(_BLANKS) else (), ()
    said = metadata.said
    variables = {
        "PREFIX": said.prefix,
        "PKGNAME": said.name,
        "PKGORIGIN": said.origin,
        "MAINTAINER": said.maintainer,
    }
    messages: list[Message] = []
    try:
        value = ucl.parse(text, "+DISPLAY", variables=variables)
        # What stands before a broken one is kept.
        messages.extend(message_from(item, "+DISPLAY") for item in ucl.each(value))
    except LimitExceeded:
        raise
    except InputError as error:
        return tuple(messages), (f"messages are left out, as pkg does: {error}",)
    return tuple(messages), ()


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
