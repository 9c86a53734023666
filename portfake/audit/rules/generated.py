"""Caches that programs of the system write anew, so that a change of them tells nothing."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["is_generated"]

# What programs rebuild from other files, so that a change tells nothing: name of the file,
# or end of its path.
_GENERATED: Final = re.compile(
    r".*/(icon-theme\.cache|mimeinfo\.cache|mime\.cache|gschemas\.compiled|giomodule\.cache"
    r"|loaders\.cache|immodules\.cache|fonts\.dir|fonts\.scale|fonts\.cache-\d|ls-R|info/dir"
    r"|linker\.hints|mandoc\.db|whatis|perllocal\.pod|gconv-modules\.cache)"
    r"|.*/share/mime/(aliases|generic-icons|globs2?|icons|magic|subclasses|treemagic|types"
    r"|version|XMLnamespaces)"
    r"|.*/share/mime/[^/]+/[^/]+\.xml"
    r"|.*/__pycache__/[^/]+\.pyc"
    r"|.*/share/xml/catalog(\.ports)?|.*/share/sgml/catalog(\.ports)?"
    r"|.*/var/cache/fontconfig/.*"
)


def is_generated(path: str) -> bool:
    """Whether this is a cache that programs of the system write anew."""
    return _GENERATED.fullmatch(path) is not None
