"""What becomes of configuration files (@config), edited or not: pkg(8)'s rules.

libpkg/pkg_add.c, attempt_to_merge() and pkg_extract_finalize(); spec/pkg.md 3.4.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from portfake.install.merge import merge
from portfake.model.manifest import InstalledPackage
from portfake.packages.sums import Hasher, is_sum

__all__ = ["ConfigFile", "Outcome", "decide"]


class Outcome(Enum):
    """Where the packaged text goes."""

    REPLACE = "replace"
    """To the file's own name."""
    SAVE = "save"
    """To the file's own name; what was there, of no package, is kept as NAME.pkgsave."""
    MERGE = "merge"
    """Into what is there."""
    BESIDE = "beside"
    """To NAME.pkgnew; what is there stays."""


@dataclass(frozen=True, slots=True)
class ConfigFile:
    """A configuration file that exists in the root and is in a package of the set."""

    path: str
    live: bytes
    """What is there."""
    packaged: bytes
    """What the new package brings."""


def decide(file: ConfigFile, installed: InstalledPackage | None) -> tuple[Outcome, bytes | None]:
    """Return what happens to the file, and for MERGE its new content.

    `installed` is the record of the package's version that is in the root, if any.
    """
    if installed is None:
        return (Outcome.REPLACE if file.live == file.packaged else Outcome.SAVE), None
    if file.path not in installed.config_texts:
        return Outcome.BESIDE, None
    base = installed.config_texts[file.path]
    if base is None or _is_as_packaged(file, installed):
        return Outcome.REPLACE, None
    merged = _merged(base, file)
    return (Outcome.MERGE, merged) if merged is not None else (Outcome.BESIDE, None)


def _is_as_packaged(file: ConfigFile, installed: InstalledPackage) -> bool:
    sums = (old.sum for old in installed.manifest.files if old.path == file.path)
    sum_ = next(sums, None)
    if sum_ is None or not is_sum(sum_):
        return False
    hasher = Hasher(sum_)
    hasher.update(file.live)
    return hasher.matches()


def _merged(base: str, file: ConfigFile) -> bytes | None:
    if b"\0" in file.live or b"\0" in file.packaged:
        return None
    texts = (data.decode("utf-8", "surrogateescape") for data in (file.live, file.packaged))
    merged = merge(base, *texts)
    return None if merged is None else merged.encode("utf-8", "surrogateescape")
