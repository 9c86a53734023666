"""What a root has already of what packages need: records, and the base system's libraries."""

from __future__ import annotations

from collections.abc import Collection
from functools import cached_property

from portfake.model.manifest import Manifest
from portfake.packages.pool import Capability, Choice, Kind, Need, provided_by
from portfake.pkgdb.interface import PackageDatabase
from portfake.root.confined import Root

__all__ = ["Present"]

# Suffix of a library -> where the base system keeps such ones (pkg's scan_system_shlibs()).
_LIBRARIES = {"": ("/lib", "/usr/lib"), ":32": ("/usr/lib32",)}
_LOADER = "/libexec/ld-elf.so.1"


class Present:
    """Answers for every need whether the root meets it.

    A root may record thousands of packages: each thing is read when it is first asked for.
    """

    def __init__(self, root: Root, database: PackageDatabase) -> None:
        self.root = root
        self._database = database

    @cached_property
    def names(self) -> frozenset[str]:
        """Of the installed packages."""
        with self._database.read() as records:
            return frozenset(records.names())

    @cached_property
    def _manifests(self) -> Collection[Manifest]:
        """Of the installed packages; without files."""
        with self._database.read() as records:
            return [package.manifest for package in records.outlines()]

    @cached_property
    def _provided(self) -> frozenset[Capability]:
        return frozenset(item for manifest in self._manifests for item in provided_by(manifest))

    def meets(self, need: Need) -> bool:
        """Whether nothing has to be installed for it."""
        if isinstance(need, Capability):
            return need in self._provided or self._in_base(need)
        if isinstance(need, Choice):
            return any(
                alternative.matches(manifest.name, manifest.version, manifest.options)
                for manifest in self._manifests
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
