"""``portfake VERB ...``: find the verb and hand over.

Only what every call needs is imported here, and a verb's module only when it is the one asked
for, so that ``portfake --version`` costs little more than the interpreter.
"""

from __future__ import annotations

import argparse
import atexit
import gc
import sys
from collections.abc import Sequence

from portfake import __version__
from portfake.cli.parser import Parser

__all__ = ["VERBS", "main"]

VERBS = {
    "install": "put ports and packages into an alternate root",
    "plan": "say what install would do, and do nothing",
    "create": "make packages of ports, of a staged tree, or of what is installed",
    "delete": "remove packages from an alternate root",
    "recover": "finish or undo what was interrupted in an alternate root",
    "info": "show the packages that a root records",
    "query": "print what packages that a root records say of themselves, by a format",
    "which": "say which package a path belongs to",
    "check": "compare images with what they record, and with what a system needs",
    "audit": "look packages, base and kernel up in feeds of vulnerabilities",
    "sbom": "print a bill of materials: CycloneDX or SPDX",
    "diff": "tell how two images, packages or databases differ",
    "eval": "print make variables of ports, as make -V does",
    "show": "show what a port is: name, options, dependencies, state",
    "depends": "list what ports depend on",
    "files": "list what a port installs",
    "index": "print the INDEX of a tree, as make index makes it",
}
"""Verb -> what it does; the module portfake.cli.verbs.VERB does it (see running.VerbModule)."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    # What start-up makes stays, and at the end nothing has to be looked through for garbage.
    gc.set_threshold(50_000, 20, 20)
    atexit.register(gc.freeze)
    arguments = list(sys.argv[1:] if argv is None else argv)
    verb, rest = arguments[0] if arguments else "", arguments[1:]
    if verb not in VERBS:
        words = (at for at, word in enumerate(arguments) if not word.startswith("-"))
        end = next(words, len(arguments)) + 1
        verb, rest = _parser().parse_args(arguments[:end]).verb, arguments[end:]
    from portfake.cli.running import run_verb  # noqa: PLC0415  # start-up time

    return run_verb(verb, VERBS[verb], rest)


def _parser() -> argparse.ArgumentParser:
    width = max(map(len, VERBS))
    rows = "\n".join(f"  {name:<{width}}  {summary}" for name, summary in VERBS.items())
    parser = Parser(
        prog="portfake",
        description="FreeBSD ports into alternate roots, without running anything of the target.",
        epilog=f"verbs:\n{rows}\n\n'portfake VERB --help' tells the options of one.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"portfake {__version__}")
    parser.add_argument("verb", metavar="VERB", choices=VERBS, help="what to do")
    return parser
