"""Whether a port can be staged without a compiler or a language's own tools: by metadata alone."""

from __future__ import annotations

from portfake.model.port import Port

__all__ = ["why_not_native"]

# USES whose ports compile, or run a language's own installer (spec/ports.md 4.1).
_COMPILERS = frozenset(
    {"ada", "autoreconf", "bison", "cabal", "cargo", "cmake", "compiler", "fortran", "fpc"}
    | {"gmake", "go", "imake", "kmod", "lazarus", "libtool", "llvm", "meson", "mpi", "ninja"}
    | {"objc", "qmake", "scons", "waf"}
)
_INTERPRETERS = frozenset({"cran", "gem", "octave", "pear"})


def why_not_native(port: Port) -> str | None:
    """Return why the port has to come as a package, None if nothing speaks against staging it.

    A port without NO_BUILD builds something; what NO_ARCH adds is only that the outcome is the
    same for every CPU.
    """
    uses = {word.partition(":")[0] for word in port.uses}
    compilers = sorted(uses & _COMPILERS)
    if compilers and not port.no_build:
        return f"it compiles (USES={' '.join(compilers)})"
    interpreters = sorted(uses & _INTERPRETERS)
    if interpreters:
        return f"it needs its language's own installer (USES={' '.join(interpreters)})"
    if not port.no_build:
        return "it builds (no NO_BUILD)" if not port.no_arch else "it builds (NO_ARCH, no NO_BUILD)"
    return None
