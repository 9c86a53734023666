"""manifestdigest: what a repository's catalogue tells two builds of a package apart by."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from portfake.model.manifest import Manifest
from portfake.packages.sums import base32

__all__ = ["manifest_digest"]


def manifest_digest(manifest: Manifest) -> str:
    """Return the digest in its full form, ``2$2$`` and BLAKE2b-512 in base32.

    The form `pkg repo` leads to and `pkg install` records: with a NULL or shorter one in the
    database, pkg's next solver run would write its own (libpkg/pkg_checksum.c,
    pkg_checksum_generate(); spec/pkg.md 1.6). Neither files nor scripts nor texts count.
    """
    pairs = sorted(
        (key.encode(), value.encode(errors="surrogateescape")) for key, value in _pairs(manifest)
    )
    state = hashlib.blake2b()
    for key, value in pairs:
        state.update(key + value)
    return f"2$2${base32(state.digest())}"


def _pairs(manifest: Manifest) -> Iterator[tuple[str, str]]:
    yield "name", manifest.name
    yield "origin", manifest.origin
    yield "version", manifest.version
    yield "arch", manifest.arch
    yield "vital", str(int(manifest.vital))
    yield from manifest.options.items()
    for key, values in (
        ("required_shlib", manifest.shlibs_required),
        ("provided_shlib", manifest.shlibs_provided),
        ("user", manifest.users),
        ("group", manifest.groups),
        ("depend", tuple(f"{dep.name}~{dep.origin}" for dep in manifest.deps)),
        ("provide", manifest.provides),
        ("require", manifest.requires),
    ):
        for value in values:
            yield key, value
