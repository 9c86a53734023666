"""Reading files: where an included one is looked for, and the variables that name it."""

from __future__ import annotations

from portfake.make.machine import Machine
from portfake.make.program import run
from portfake.make.targets import Reading

__all__ = ["include", "read_file"]

_MAXIMUM_DEPTH = 100
_LONGEST_FILE = 2 << 20
"""What is compiled of a file takes many times its size."""
_FILE = 50
"""The steps that a file costs, besides its lines."""


def include(machine: Machine, name: str, *, system: bool, optional: bool) -> None:
    """`.include`: read a file that is looked for as make(1) says.

    With quotes: beside the including file (a leading `../` removed lexically), in -I folders, in
    .PATH and the current folder, then in system folders; with angle brackets in these, and last
    in the current folder too.
    """
    for path in _candidates(machine, name, system=system):
        text = machine.outside.text(path)
        if text is not None:
            _read(machine, path, text)
            return
    if not optional:
        machine.complain(f"Could not find {name}", fatal=True)


def _candidates(machine: Machine, name: str, *, system: bool) -> list[str]:
    if name.startswith("/"):
        return [name]
    found: list[str] = []
    if not system:
        own = machine.readings[-1].path
        if "/" in own:
            found.append(machine.absolute(_beside(own.rpartition("/")[0], name)))
        folders = (*machine.include_dirs, *machine.targets.search_path, machine.curdir)
        found += [machine.absolute(f"{folder}/{name}") for folder in folders]
    found += [machine.absolute(f"{folder}/{name}") for folder in machine.system_dirs]
    found.append(machine.absolute(name))
    return list(dict.fromkeys(found))


def _beside(folder: str, name: str) -> str:
    while name.startswith("../"):
        parent, slash, last = folder.rpartition("/")
        if not slash or not parent or last == "..":
            break
        folder, name = parent, name[3:]
    return f"{folder}/{name}"


def read_file(machine: Machine, path: str) -> bool:
    """Read a top-level makefile; False if it is not there."""
    text = machine.outside.text(machine.absolute(path))
    if text is None:
        return False
    machine.internal["MAKEFILE"] = path
    _read(machine, machine.absolute(path), text, path)
    return True


def _read(machine: Machine, path: str, text: str, said: str | None = None) -> None:
    """Read a file; `said` is what make calls it, the path by default."""
    if len(machine.readings) >= _MAXIMUM_DEPTH:
        raise machine.exceeded(f"files include each other more than {_MAXIMUM_DEPTH} deep")
    if len(text) > _LONGEST_FILE:
        raise machine.exceeded(f"a makefile of more than {_LONGEST_FILE} bytes")
    machine.spend(_FILE + (len(text) >> 9))
    program = machine.compiler.programs[text]
    if program.has_zero:
        machine.complain("Zero byte read from file", fatal=True)
        return
    if path not in machine.files:
        machine.append(".MAKE.MAKEFILES", said or path)
    machine.files[path] = None
    machine.readings.append(Reading(path, machine.place()))
    slots, machine.slots = machine.slots, []
    _name_files(machine)
    run(machine, program)
    machine.slots = slots
    machine.readings.pop()
    _name_files(machine)


def _name_files(machine: Machine) -> None:
    """Set .PARSEDIR, .PARSEFILE and, in included files, .INCLUDEDFROMDIR and so on."""
    readings = machine.readings
    _name(machine, ".PARSEDIR", ".PARSEFILE", readings[-1].path if readings else None)
    outer = readings[-2].path if len(readings) > 1 else None
    _name(machine, ".INCLUDEDFROMDIR", ".INCLUDEDFROMFILE", outer)


def _name(machine: Machine, folder_name: str, file_name: str, path: str | None) -> None:
    variables = machine.variables
    if path is None:
        variables.pop(folder_name, None)
        variables.pop(file_name, None)
        return
    slash = path.rfind("/")
    variables[folder_name] = path[:slash] if slash >= 0 else machine.curdir
    variables[file_name] = path[slash + 1 :]
