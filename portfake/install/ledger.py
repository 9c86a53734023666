"""What becomes of a package's scripts: nothing of them ever runs on the host."""

from __future__ import annotations

from collections.abc import Iterator

from portfake.install.plan import LedgerEntry, LedgerState
from portfake.model.manifest import Manifest, Phase

__all__ = ["scripts_ledger"]

_AT_INSTALL = (Phase.PRE_INSTALL, Phase.INSTALL, Phase.POST_INSTALL)
_REASON = "scripts are not run; do what it says inside the running system"


def scripts_ledger(manifest: Manifest) -> Iterator[LedgerEntry]:
    """Yield an entry for each script that an ordinary install would have run, in pkg's order."""
    for phase in _AT_INSTALL:
        texts = [*manifest.lua_scripts.get(phase, ())]
        if phase in manifest.scripts:
            texts.append(manifest.scripts[phase])
        for text in texts:
            yield LedgerEntry(manifest.full_name, phase, LedgerState.DEFERRED, _REASON, text)
