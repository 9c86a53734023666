"""Whether links lead anywhere inside the root."""

from __future__ import annotations

from collections.abc import Iterator

from portfake.audit.finding import Severity
from portfake.audit.inventory import Inventory
from portfake.audit.rule import Needs, Observation, rule
from portfake.model.entry import EntryType

__all__ = ["RULES"]


@rule(
    "link-dangling",
    Severity.WARNING,
    "Recorded links, and links under the prefix, lead to something that is there.",
    needs=Needs.WHOLE,
    fix="install what it leads to, or remove it",
)
def _dangling(inventory: Inventory) -> Iterator[Observation]:
    links = {
        entry.path: entry for entry in inventory.below_prefix() if entry.type is EntryType.SYMLINK
    }
    for path in inventory.owners:
        entry = inventory.entries.get(path)
        if entry is not None and entry.type is EntryType.SYMLINK:
            links[path] = entry
    for path, entry in links.items():
        if inventory.real(path) is None:
            base = inventory.has_base or (entry.target or "").startswith(inventory.prefixes)
            if base or not (entry.target or "").startswith("/"):
                yield Observation(
                    message=f"leads to {entry.target}, which is not there",
                    package=inventory.owners.get(path),
                    path=path,
                    evidence={"target": entry.target or ""},
                )


RULES = (_dangling,)
