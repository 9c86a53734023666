"""METALOG: the list of a tree's files with owners and modes, from which makefs(8) makes an image.

What is not in it does not get into the image; so what portfake makes, the records included, goes
in, after its parents, and what portfake removes goes out. Lines of others stay as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace

from portfake.formats.mtree import format_entry
from portfake.formats.vis import unvis
from portfake.install.plan import Plan, StepKind
from portfake.model.entry import Entry, EntryType, Listing
from portfake.model.paths import folders_above

__all__ = ["updated"]

_HEADER = "#mtree 2.0\n"
_FOLDER = Entry(path="/", type=EntryType.DIRECTORY, mode=0o755, owner="root", group="wheel")


def updated(
    text: str, plan: Plan, look: Callable[[str], Entry | None], records: Collection[str]
) -> str:
    """Return a METALOG's text after a plan was done; an empty one gets the header.

    `look` tells what lies at a path now, mode and owners as they should be. `records` are the
    paths of the database's files.
    """
    changed = {step.path for step in plan.steps}
    changed |= {step.saved_as for step in plan.steps if step.saved_as is not None}
    lines = (text or _HEADER).splitlines(keepends=True)
    known = {path for line in lines if (path := _path(line)) is not None}
    above = {folder for path in changed for folder in folders_above(path)}
    gone = {path for path in changed | above & known if look(path) is None}
    places = {step.path for step in plan.steps if step.kind is not StepKind.REMOVE_FOLDER}
    new = {path: entry for path in (places - gone) if (entry := look(path)) is not None}
    new |= {path: entry for path in records if path not in known and (entry := look(path))}
    for path in list(new):
        for folder in folders_above(path):
            if folder not in known and folder not in new:
                new[folder] = look(folder) or replace(_FOLDER, path=folder)
    kept = "".join(line for line in lines if _path(line) not in gone | new.keys())
    return kept + "".join(format_entry(_line(entry)) for entry in Listing(new.values()).values())


def _line(entry: Entry) -> Entry:
    """Only what the tree itself cannot tell whoever makes the image."""
    return replace(
        entry,
        owner=entry.owner or "root",
        group=entry.group or "wheel",
        size=None,
        mtime=None,
    )


def _path(line: str) -> str | None:
    """The path of a line, None for comments, blank lines and settings."""
    word = line.split(maxsplit=1)[0] if line.strip() else ""
    if not word.startswith("."):
        return None
    return unvis(word[1:]).rstrip("/") or "/"
