"""Recipes on request: local variables, `.USE` recipes, prefixes taken off."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from portfake.make.dependency_lines import braces_expanded
from portfake.make.machine import Machine
from portfake.make.targets import RawLine, RecipeLine, Rule
from portfake.make.words import basename, dirname

__all__ = ["expanded_sources", "local_variables", "recipe_lines"]

_NAMES = {
    "target": "@",
    "sources": ">",
    "outdated": "?",
    "implied": "<",
    "prefix": "*",
    "archive": "!",
    "member": "%",
}


def expanded_sources(machine: Machine, name: str) -> tuple[str, ...]:
    """The sources of a target as they are when it is made."""
    rule = machine.targets.rules.get(name)
    if rule is None:
        return ()
    return tuple(
        word
        for source in rule.sources
        for name in (machine.expand(source).split() if "$" in source else (source,))
        for word in braces_expanded(name)
    )


def local_variables(machine: Machine, name: str, given: Mapping[str, str]) -> dict[str, str]:
    """The values of `@ > ? *` and so on for a target, all sources counting as out of date.

    `given` may set target, sources, outdated, implied, prefix, archive and member.
    """
    targets = machine.targets
    sources = " ".join(
        source
        for source in expanded_sources(machine, name)
        if source not in targets.rules
        or not targets.rules[source].attributes & {".USE", ".USEBEFORE", ".EXEC"}
    )
    values = {
        "target": name,
        "sources": sources,
        "outdated": sources,
        "prefix": _prefix(name, targets.suffixes),
        **given,
    }
    local = {_NAMES[key]: value for key, value in values.items()}
    for short, value in list(local.items()):
        local[short + "D"] = " ".join(map(dirname, value.split() or [""]))
        local[short + "F"] = " ".join(map(basename, value.split()))
    return local


def _prefix(name: str, suffixes: list[str]) -> str:
    fitting = [suffix for suffix in suffixes if name.endswith(suffix)]
    longest = max(fitting, key=len, default="")
    return name.removesuffix(longest) or name


def recipe_lines(machine: Machine, name: str, rules: Mapping[str, Rule]) -> list[RecipeLine]:
    """The recipe's lines, those of `.USEBEFORE` sources first, of `.USE` sources last."""
    rule = rules.get(name)
    if rule is None:
        return []
    quiet = ".SILENT" in rule.attributes
    careless = ".IGNORE" in rule.attributes
    return [
        _ready(machine, line, silent=quiet, ignore=careless) for line in _used_lines(rule, rules)
    ]


def _used_lines(rule: Rule, rules: Mapping[str, Rule]) -> Iterator[RawLine]:
    sources = [rules[source] for source in rule.sources]
    for source in sources:
        if ".USEBEFORE" in source.attributes:
            yield from source.lines()
    yield from rule.lines()
    for source in sources:
        if ".USE" in source.attributes:
            yield from source.lines()


def _ready(machine: Machine, line: RawLine, *, silent: bool, ignore: bool) -> RecipeLine:
    text = machine.expand(line.text)
    always = False
    size = 0
    for char in text:
        if char not in "@-+ \t":
            break
        silent = silent or char == "@"
        ignore = ignore or char == "-"
        always = always or char == "+"
        size += 1
    return RecipeLine(text[size:], line.place, silent, ignore, always)
