"""What a root has already of what packages need: records, and the base system's libraries."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from portfake.model.manifest import Manifest
from portfake.packages.pool import Capability, Choice, Kind, Need, provided_by
from portfake.pkgdb.interface import Records
from portfake.root.confined import Root

__all__ = ["Present", "present_in"]

# Suffix of a library -> where the base system keeps such ones (pkg's scan_system_shlibs()).
_LIBRARIES = {"": ("/lib", "/usr/lib"), ":32": ("/usr/lib32",)}
_LOADER = "/libexec/ld-elf.so.1"


@dataclass(frozen=True, slots=True)
class Present:
    """Answers for every need whether the root meets it."""

    root: Root
    manifests: Collection[Manifest]
    """Of the installed packages; without files."""
    names: frozenset[str]
    _provided: frozenset[Capability] = field(repr=False)

    def meets(self, need: Need) -> bool:
        """Whether nothing has to be installed for it."""
        if isinstance(need, Capability):
            return need in self._provided or self._in_base(need)
        if isinstance(need, Choice):
            return any(
                alternative.matches(manifest.name, manifest.version, manifest.options)
                for manifest in self.manifests
                for alternative in need.alternatives
            )
        return need.name in self.names

    @property
    def has_base(self) -> bool:
        """Whether the root holds a base system, so that its libraries can be asked for."""
        return self.root.stat(_LOADER) is not None

    def _in_base(self, need: Capability) -> bool:
        name, colon, suffix = need.name.partition(":")
        folders = _LIBRARIES.get(colon + suffix, ()) if need.kind is Kind.LIBRARY else ()
        return "/" not in name and any(
            self.root.stat(f"{folder}/{name}") is not None for folder in folders
        )


def present_in(root: Root, records: Records) -> Present:
    """Look at a root's records."""
    manifests = [package.manifest for package in records.outlines()]
    return Present(
        root,
        manifests,
        frozenset(manifest.name for manifest in manifests),
        frozenset(item for manifest in manifests for item in provided_by(manifest)),
    )
