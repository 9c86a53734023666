"""Compile the make language with mypyc where a C compiler is at hand; the rest is in setup.cfg.

The same sources run uncompiled, only slower: PORTFAKE_PURE=1 asks for that, and a compiler that is
not there or fails leaves it at that.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from setuptools import Extension, setup

LANGUAGE = Path("portfake/make")
LEFT_OUT = {"__init__.py", "evaluation.py", "outcome.py", "outside.py"}
"""What inherits from `str`, caches properties or goes from process to process stays Python."""
BUILDING = {"bdist_wheel", "build", "build_ext", "develop", "editable_wheel"}


def compiled() -> list[Extension]:
    """The extension modules, none if they are not wanted or not needed now."""
    if os.environ.get("PORTFAKE_PURE") or not BUILDING.intersection(sys.argv):
        return []
    from mypyc.build import mypycify  # noqa: PLC0415  # other commands do without mypy

    sources = [str(each) for each in LANGUAGE.rglob("*.py") if each.name not in LEFT_OUT]
    extensions = mypycify(
        ["--ignore-missing-imports", *sorted(sources)],
        opt_level="3",
        debug_level="0",
        group_name="portfake_make",
    )
    for extension in extensions:
        extension.optional = True
        extension.extra_compile_args.append("-fvisibility=hidden")  # calls need no look-up
    return extensions


setup(ext_modules=compiled())
