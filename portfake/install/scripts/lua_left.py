"""A Lua script for the running system: as a deferred trigger, which pkg-triggers(8) runs there."""

from __future__ import annotations

import re

from portfake.install.scripts.trigger_file import deferred_text, file_name
from portfake.model.manifest import Manifest

__all__ = ["lua_left"]

_ARGUMENTS = re.compile(r"\A-- args: ([^\n]*)\n")
_END = "PORTFAKE_LUA"


def lua_left(text: str, package: Manifest) -> str:
    """Return shell text that hands a script to pkg.

    With it goes what pkg sets for a script, but not for a trigger (libpkg/lua_scripts.c).
    """
    found = _ARGUMENTS.match(text)
    words = found[1].split() if found else []
    # A trigger's own arguments come in no order.
    arguments = ", ".join(map(_quoted, words))
    prelude = (
        f"arg = {{ {arguments} }}\n"
        f"pkg_name = {_quoted(package.name)}\n"
        f"pkg_prefix = {_quoted(package.prefix)}\n"
        'pkg_rootdir = "/"\n'
        "function pkg.prefixed_path(path)\n"
        '  if path:sub(1, 1) == "/" then return path end\n'
        '  return pkg_prefix .. "/" .. path\n'
        "end\n"
    )
    body = deferred_text(prelude + text, (), sandbox=False)
    path = f"/var/db/pkg/triggers/{file_name(body)}"
    end = _END
    while end in body:
        end += "_"
    return f"mkdir -p /var/db/pkg/triggers\ncat > {path} <<'{end}'\n{body}{end}\npkg triggers\n"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
