"""portfake as an ordinary installation has it: a package of its own, compiled, in an environment.

An editable one, as developers have it, adds a finder of modules to every start of Python, and
where PYTHONDONTWRITEBYTECODE is set it is compiled anew at each.
"""

from __future__ import annotations

import compileall
import shutil
import sysconfig
import venv
from pathlib import Path

import portfake

__all__ = ["install"]

_SCRIPT = """\
#!{python}
import sys
from portfake.cli.main import main
sys.exit(main())
"""


def install(folder: Path) -> Path:
    """Make an environment with portfake in it, without dependencies; return the command."""
    venv.create(folder, symlinks=True)
    scheme = {"base": str(folder), "platbase": str(folder)}
    packages = Path(sysconfig.get_path("purelib", "venv", scheme)) / "portfake"
    shutil.copytree(Path(portfake.__file__).parent, packages)
    compileall.compile_dir(packages, quiet=1)
    command = folder / "bin/portfake"
    command.write_text(_SCRIPT.format(python=folder / "bin/python"))
    command.chmod(0o755)
    return command
