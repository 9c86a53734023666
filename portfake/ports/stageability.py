"""Whether a port can be staged without a compiler or a language's own tools: by metadata alone."""

from __future__ import annotations

import re

from portfake.model.port import Port

__all__ = ["builds_with", "needed_tools", "why_not_native"]

# USES whose ports compile, or run a language's own installer (spec/ports.md 4.1).
_COMPILERS = frozenset(
    {"ada", "autoreconf", "bison", "cabal", "cargo", "cmake", "compiler", "fortran", "fpc"}
    | {"gmake", "go", "imake", "kmod", "lazarus", "libtool", "llvm", "meson", "mpi", "ninja"}
    | {"objc", "qmake", "scons", "waf"}
)
_INTERPRETERS = frozenset({"cran", "gem", "octave"})
# Commands of the same kind, versions and flavors in their names left out.
_TOOL = re.compile(
    r"(py(thon|test)|pip|perl|ruby|gem|rake|php|pear|lua|luajit|luac|tclsh|wish|guile|emacs|ghc|R"
    r"|ocamlfind|node|npm|yarn|sbcl|clisp|ecl|erl|escript|mono|java|javac|jar|ant|mvn|gradle"
    r"|cc|c\+\+|gcc|g\+\+|clang|clang\+\+|cpp|ar|ld|gmake|cmake|meson|ninja|go|cargo|rustc|xcaddy"
    r"|jam|scons|qmake|autoconf|automake|autoreconf|libtool|swig|octave|octave-cli|mktexlsr"
    r"|pod2man|a2x|asciidoc|asciidoctor|sphinx-build|xsltproc|xmllint|msgfmt|tex|latex|pdflatex"
    r"|m4|gm4|makeinfo|troff|groff|mandoc|yacc|lex|flex|bison)[-.0-9]*"
)


def why_not_native(port: Port) -> str | None:
    """Return why the port has to come as a package, None if nothing speaks against staging it.

    A port without NO_BUILD builds something; what NO_ARCH adds is only that the outcome is the
    same for every CPU.
    """
    tools = needed_tools(port)
    if tools is None and not port.no_build:
        return "it builds (no NO_BUILD)" if not port.no_arch else "it builds (NO_ARCH, no NO_BUILD)"
    return tools


def needed_tools(port: Port) -> str | None:
    """Return which of its USES asks for a compiler or a language's installer, None if none does."""
    uses = {word.partition(":")[0] for word in port.uses}
    compilers = sorted(uses & _COMPILERS)
    if compilers and not port.no_build:
        return f"it compiles (USES={' '.join(compilers)})"
    interpreters = sorted(uses & _INTERPRETERS)
    if interpreters:
        return f"it needs its language's own installer (USES={' '.join(interpreters)})"
    return None


def builds_with(command: str) -> bool:
    """Tell whether a command builds or interprets a language: what needs it comes as a package."""
    return _TOOL.fullmatch(command.rpartition("/")[2]) is not None
