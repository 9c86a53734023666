"""Evaluation of a makefile: files in, a table of variables and targets out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from portfake.errors import InputError
from portfake.limits import DEFAULT, LimitExceeded, Limits
from portfake.make.arguments import apply_arguments, apply_makeflags
from portfake.make.compiler import Compiler
from portfake.make.evaluation import Evaluation
from portfake.make.machine import Machine
from portfake.make.outcome import MakeStopped
from portfake.make.outside import Outside
from portfake.make.reading import read_file

__all__ = ["Evaluator"]

_DEFAULTS: Mapping[str, str] = {
    ".INCLUDES": "",
    ".LIBS": "",
    ".MAKE.JOB.PREFIX": "---",
    ".MAKE.LEVEL": "0",
    ".MAKE.LEVEL.ENV": "MAKELEVEL",
    ".MAKE.MAKEFILE_PREFERENCE": "makefile Makefile",
    ".MAKE.OS": "FreeBSD",
    ".MAKE.PID": "1",
    ".MAKE.PPID": "0",
    ".MAKE.UID": "0",
    ".MAKE.GID": "0",
    ".MAKEFLAGS": "",
    ".SHELL": "/bin/sh",
    ".newline": "\n",
    "MACHINE": "amd64",
    "MACHINE_ARCH": "amd64",
    "MAKE_VERSION": "20240625",
    "MFLAGS": "",
}
"""What make knows before it reads anything; environment and command line come above it."""


class Evaluator:
    """Evaluates makefiles; remembers what it compiled, so it is worth keeping.

    It is bound to no file system and no process: all that is outside comes from an Outside.
    """

    def __init__(self, limits: Limits = DEFAULT) -> None:
        self.limits = limits
        self._compiler = Compiler(limits)

    def evaluate(
        self,
        makefile: str,
        outside: Outside,
        *,
        curdir: str,
        environment: Mapping[str, str] | None = None,
        overrides: Mapping[str, str] | None = None,
        defines: Sequence[str] = (),
        include_dirs: Sequence[str] = (),
        system_dirs: Sequence[str] = (),
        targets: Sequence[str] = (),
        options: str = "",
        prelude: Sequence[str] = (),
        make: str = "make",
        now: int = 0,
    ) -> Evaluation:
        """Read `prelude` (such as sys.mk) and the makefile as `make -C curdir -f makefile` would.

        `overrides` are `NAME=value` of the command line, `defines` are -D, `include_dirs` -I,
        `system_dirs` -m, `options` any others
        (such as `-dL`), `make` is the value of MAKE, `now` what every clock shows (seconds since
        1970). Whatever goes wrong, limits included, is the evaluation's `error`; nothing is
        raised.
        """
        machine = Machine(self._compiler, outside, self.limits, curdir)
        machine.include_dirs = tuple(include_dirs)
        machine.system_dirs = tuple(system_dirs)
        machine.targets.wanted = list(targets)
        machine.now = now
        machine.environment = dict(environment or {})
        machine.variables = {
            **_DEFAULTS,
            "MAKE": make,
            ".MAKE": make,
            ".CURDIR": curdir,
            ".OBJDIR": curdir,
            ".PATH": f". {curdir}",
            **machine.environment,
        }
        error: InputError | None = None
        try:
            self._begin(machine, overrides or {}, defines)
            apply_arguments(machine, options)
            for path in prelude:
                if not read_file(machine, path):
                    raise machine.stop(f"cannot open {path}", status=2)
            if not read_file(machine, makefile):
                raise machine.stop(f"cannot open {makefile}", status=2)
            for path in machine.more_makefiles:  # grows while they are read
                if not read_file(machine, path):
                    raise machine.stop(f"cannot open {path}", status=2)
            machine.targets.end_group()
        except (MakeStopped, LimitExceeded) as stopped:
            stopped.where = stopped.where or machine.place()
            error = stopped
        except RecursionError:
            error = machine.exceeded("texts nest too deeply")
        if error is None:
            error = machine.fatal
        return Evaluation(machine, error)

    def _begin(
        self, machine: Machine, overrides: Mapping[str, str], defines: Sequence[str]
    ) -> None:
        for name in defines:
            machine.variables[name] = "1"
        for name, value in overrides.items():
            machine.variables[name] = value
            machine.frozen.add(name)
        machine.variables[".MAKEOVERRIDES"] = "".join(f" {name}" for name in overrides)
        if flags := machine.environment.get("MAKEFLAGS"):
            apply_makeflags(machine, flags)
        machine.variables[".TARGETS"] = "".join(f" {name}" for name in machine.targets.wanted)
