"""Cases of the oracles as values: what `make package` and the real pkg(8) made of a port."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

from portfake.formats import keyword, manifest, plist
from portfake.model.entry import Entry, EntryType, Listing
from portfake.model.manifest import Manifest

Case = dict[str, Any]


def cases(folder: str) -> list[Case]:
    """Every port of both oracles that ended in a package."""
    found: list[Case] = []
    for name in ("own-ports/results.jsonl.gz", "packages.jsonl.gz"):
        with gzip.open(Path(folder) / name, "rt") as lines:
            found += [json.loads(line) for line in lines]
    return [case for case in found if case.get("manifest")]


def stage(case: Case) -> Listing:
    """The staged tree; one oracle names paths below /stage, and links to later names."""
    by_path = {_plain(item["path"]): item for item in case["stage"]}
    first: dict[str, str] = {}
    entries = []
    for path, item in sorted(by_path.items()):
        linked = item.get("hardlink_of") or (item["type"] == "hardlink" and item["target"])
        inode = _plain(linked) if linked else path
        content = by_path[inode]
        target = item["target"] if item["type"] == "symlink" else None
        name = first.setdefault(inode, path)
        entries.append(
            Entry(
                path=path,
                type=_TYPES[item["type"]],
                mode=int(item["mode"], 8),
                size=content.get("size"),
                target=target,
                digest=content.get("sha256"),
                link_of=None if name == path else name,
            )
        )
    return Listing(entries)


_TYPES = {
    "dir": EntryType.DIRECTORY,
    "file": EntryType.FILE,
    "hardlink": EntryType.FILE,
    "symlink": EntryType.SYMLINK,
}


def _plain(path: str) -> str:
    return path.removeprefix("/stage")


def manifest_of(case: Case) -> Manifest:
    return manifest.parse(json.dumps(case["manifest"]), case["origin"])


def items(case: Case) -> tuple[plist.PlistItem, ...]:
    return plist.parse("\n".join(case["plist"]) + "\n", case["origin"])


def keywords(tree: str) -> dict[str, keyword.Keyword]:
    return {
        path.stem: keyword.parse(path.read_text(), path.stem, str(path))
        for path in Path(tree, "Keywords").glob("*.ucl")
    }
