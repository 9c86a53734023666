"""awk: no language here, only the programs that the framework itself is written with.

A program is known by its words, however they are laid out; any other is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from portfake.patterns import ere
from portfake.shell.command import Command, Invocation, Options, UnknownCommand
from portfake.shell.commands.cargo_sources import gitlab_hosts, source_lines
from portfake.shell.view import text_of

__all__ = ["COMMANDS"]

_PRINT_FIELD = re.compile(r"\{\s*print \$(\d+)\s*;?\s*\}")


def _awk(run: Invocation) -> int:
    scripts = [name for _, name in run.given.all("f")]
    if scripts:
        known = _SCRIPTS.get(scripts[-1].rpartition("/")[2])
        if known is None:
            raise UnknownCommand(f"awk: {scripts[-1]} is not known", where=run.place)
        return known(run, _values(run, ()), scripts)
    program, *rest = run.operands or ("",)
    words = _words(program)
    field = _PRINT_FIELD.fullmatch(words)
    if field is not None and not any("=" in name for name in rest):
        for line in _lines(run, rest):
            run.print(_field(line, int(field[1]), run.given.get("F")))
        return 0
    known = _PROGRAMS.get(words)
    if known is None:
        raise UnknownCommand(f"awk: this program is not known: {words[:60]!r}", where=run.place)
    return known(run, _values(run, rest), [name for name in rest if "=" not in name])


def _values(run: Invocation, operands: Sequence[str]) -> dict[str, str]:
    given = [value for _, value in run.given.all("v")]
    return dict(word.split("=", 1) for word in (*given, *operands) if "=" in word)


def _words(program: str) -> str:
    """A program's words, however its lines are laid out and continued."""
    return " ".join(program.replace("\\\n", " ").split())


def _lines(run: Invocation, files: Sequence[str]) -> Iterator[str]:
    for _, content in run.inputs(files or ["-"]):
        yield from text_of(content).removesuffix("\n").split("\n")


def _field(line: str, number: int, separator: str | None) -> str:
    if number == 0:
        return line
    fields = line.split() if separator in {None, " "} else line.split(separator)
    return fields[number - 1] if number <= len(fields) else ""


def _fail_at_globs(run: Invocation, values: Mapping[str, str], files: Sequence[str]) -> int:
    lines = _lines(run, files)
    return int(any(re.search(r"[*|\[\]?{}$]", _field(line, 1, None)) for line in lines))


def _insert_after(run: Invocation, values: Mapping[str, str], files: Sequence[str]) -> int:
    for line in _lines(run, files):
        run.print(line)
        if ere(values.get("pe", "")).search(line):
            run.print(values.get("ne", ""))
    return 0


def _group_of_id(run: Invocation, values: Mapping[str, str], files: Sequence[str]) -> int:
    for line in _lines(run, files):
        if not _field(line, 1, ":").startswith("#") and _field(line, 3, ":") == values.get("gid"):
            run.print(_field(line, 1, ":"))
    return 0


def _cargo_sources(run: Invocation, values: Mapping[str, str], scripts: Sequence[str]) -> int:
    common = next(name for name in scripts if name.endswith("/cargo-crates-git-common.awk"))
    hosts = gitlab_hosts(text_of(run.read(common)))
    for line in source_lines(values.get("GIT_SOURCES", ""), hosts, run.complain):
        run.print(line)
    return 0


def _into_pycache(run: Invocation, values: Mapping[str, str], files: Sequence[str]) -> int:
    """Put compiled files of a packing list where PEP 3147 wants them."""
    cache, tag, optimised = (values.get(name, "") for name in ("pc", "mt", "pyo"))
    folders = set()
    for line in _lines(run, files):
        compiled = re.fullmatch(r"(.*/)?([^/]+)\.py([co])", line)
        if compiled is not None and f"/{cache}/" not in line:
            folder, name, kind = compiled.groups(default="")
            folders.add(folder.removesuffix("/"))
            suffix = "pyc" if kind == "c" else optimised
            line = f"{folder}{cache}/{name}.{tag}.{suffix}"
        removed = re.match(r"@dirrm(?:try)? (.*)", line)
        if removed is not None and removed[1] in folders:
            run.print(f"{line}/{cache}")
        run.print(line)
    return 0


_PYCACHE = r"""
/\.py[co]$/ && !($0 ~ "/" pc "/") {id = match($0, /\/[^\/]+\.py[co]$/);
if (id != 0) {d = substr($0, 1, RSTART - 1); dirs[d] = 1}; sub(/\.pyc$/, "." mt "&");
sub(/\.pyo$/, "." mt "." pyo); sub(/[^\/]+\.py[co]$/, pc "/&"); print; next}
/^@dirrm / {d = substr($0, 8); if (d in dirs) {print $0 "/" pc}; print $0; next}
/^@dirrmtry / {d = substr($0, 11); if (d in dirs) {print $0 "/" pc}; print $0; next} {print}
"""

_Program = Callable[[Invocation, Mapping[str, str], Sequence[str]], int]
_PROGRAMS: Mapping[str, _Program] = {
    # Mk/bsd.port.mk, add-plist-docs and its like
    r"$1 ~ /(\*|\||\[|\]|\?|\{|\}|\$)/ { exit 1};": _fail_at_globs,
    # Mk/Uses/uniquefiles.mk
    "$0 ~ pe { print; print ne ;next }1": _insert_after,
    # Mk/Scripts/do-users-groups.sh
    "$1 !~ /^#/ && $3 == gid { print $1 }": _group_of_id,
    # Mk/Uses/python.mk, add-plist-python
    " ".join(_PYCACHE.split()): _into_pycache,
}

_SCRIPTS: Mapping[str, _Program] = {
    # Mk/Uses/cargo.mk
    "cargo-crates-git-fetch.awk": _cargo_sources,
}


def _check(arguments: Sequence[str | None]) -> str | None:
    words = [word for word in arguments if word is None or not word.startswith("-")]
    program = words[0] if words else None
    if program is None:
        return None
    known = _words(program)
    if known in _PROGRAMS or _PRINT_FIELD.fullmatch(known):
        return None
    return "awk: this program is not known"


COMMANDS = (Command("awk", _awk, Options(valued="Ffv"), _check),)
