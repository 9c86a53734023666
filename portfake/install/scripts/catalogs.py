"""xmlcatmgr(1): entries of SGML and XML catalogs.

The catalogs are valid and hold the same entries; their layout is portfake's own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape, unescape

from portfake.shell.command import Command, CommandFailure, Invocation, Options
from portfake.shell.view import text_of

__all__ = ["XMLCATMGR"]

_EMPTY_XML = (
    '<?xml version="1.0"?>\n'
    '<!DOCTYPE catalog PUBLIC "-//OASIS//DTD XML Catalogs V1.0//EN"\n'
    '  "http://www.oasis-open.org/committees/entity/release/1.0/catalog.dtd">\n'
    '<catalog xmlns="urn:oasis:names:tc:entity:xmlns:xml:catalog">\n'
    "</catalog>\n"
)
_XML_END = "</catalog>"
# Kind of entry -> the attributes that its operands fill (OASIS XML Catalogs 1.1, section 6).
_XML_KINDS: Mapping[str, tuple[str, ...]] = {
    "nextCatalog": ("catalog",),
    "public": ("publicId", "uri"),
    "system": ("systemId", "uri"),
    "uri": ("name", "uri"),
    "rewriteSystem": ("systemIdStartString", "rewritePrefix"),
    "rewriteURI": ("uriStartString", "rewritePrefix"),
    "delegatePublic": ("publicIdStartString", "catalog"),
    "delegateSystem": ("systemIdStartString", "catalog"),
    "delegateURI": ("uriStartString", "catalog"),
}
# The same for SGML (OASIS TR 9401): how many operands each takes.
_SGML_KINDS: Mapping[str, int] = {
    "CATALOG": 1,
    "BASE": 1,
    "DELEGATE": 2,
    "DOCTYPE": 2,
    "DTDDECL": 2,
    "ENTITY": 2,
    "PUBLIC": 2,
    "SGMLDECL": 1,
    "SYSTEM": 2,
}


def _xmlcatmgr(run: Invocation) -> int:
    catalog = run.given.get("c")
    if catalog is None:
        raise run.refuse("without -c")
    sgml = "s" in run.given
    match run.operands:
        case ["create"]:
            return _create(run, catalog, sgml=sgml)
        case ["add", kind, *operands]:
            return _add(run, catalog, _entry(kind, operands, sgml=sgml), sgml=sgml)
        case ["remove", kind, *operands] if operands:
            return _remove(run, catalog, _entry(kind, operands[:1], sgml=sgml), operands[0])
        case ["remove", key]:
            return _remove(run, catalog, "", key)
        case ["lookup", key]:
            return _look(run, catalog, key)
        case _:
            raise run.refuse(" ".join(run.operands))


def _create(run: Invocation, catalog: str, *, sgml: bool) -> int:
    if run.view.stat(catalog, follow=False) is not None:
        return run.complain(f"`{catalog}' already exists")
    _write(run, catalog, "" if sgml else _EMPTY_XML)
    return 0


def _entry(kind: str, operands: list[str], *, sgml: bool) -> str:
    """The line that stands for an entry; of one to be removed, its beginning."""
    if sgml:
        count = _SGML_KINDS.get(kind.upper())
        if count is None or len(operands) > count:
            raise CommandFailure(f"unknown entry type `{kind}'")
        return " ".join([kind.upper(), *(f'"{text}"' for text in operands)])
    names = _XML_KINDS.get(kind)
    if names is None or len(operands) > len(names):
        raise CommandFailure(f"unknown entry type `{kind}'")
    filled = zip(names, operands, strict=False)
    return f"<{kind} " + " ".join(f'{name}="{escape(text)}"' for name, text in filled)


def _add(run: Invocation, catalog: str, entry: str, *, sgml: bool) -> int:
    text = _read(run, catalog)
    if any(_is(line, entry) for line in text.splitlines()):
        return run.complain(f"entry already exists for `{entry}'")
    if sgml:
        _write(run, catalog, f"{text}{entry}\n")
        return 0
    before, end, after = text.rpartition(_XML_END)
    if not end:
        return run.complain(f"`{catalog}' is no catalog")
    _write(run, catalog, f"{before}  {entry}/>\n{end}{after}")
    return 0


def _remove(run: Invocation, catalog: str, entry: str, key: str) -> int:
    lines = _read(run, catalog).splitlines(keepends=True)
    left = [line for line in lines if not (_is(line, entry) and key in _texts(line))]
    if left == lines:
        return run.complain(f"no matching entry for `{key}'")
    _write(run, catalog, "".join(left))
    return 0


def _look(run: Invocation, catalog: str, key: str) -> int:
    found = [line for line in _read(run, catalog).splitlines() if key in _texts(line)]
    for line in found:
        run.print(line.strip())
    return 0 if found else 1


def _is(line: str, entry: str) -> bool:
    return line.strip().removesuffix("/>").rstrip().startswith(entry)


_QUOTED = re.compile(r'"([^"]*)"')


def _texts(line: str) -> list[str]:
    return [unescape(text) for text in _QUOTED.findall(line)]


def _read(run: Invocation, catalog: str) -> str:
    return text_of(run.view.read(catalog))


def _write(run: Invocation, catalog: str, text: str) -> None:
    run.view.write(catalog, [text.encode("utf-8", "surrogateescape")])


XMLCATMGR = Command("xmlcatmgr", _xmlcatmgr, Options(flags="spv", valued="c"))
