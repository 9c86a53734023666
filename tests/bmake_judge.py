"""Real bmake and dash as judges: how they evaluate and stage a port of the sample tree.

The target is FreeBSD 14.0 on amd64 whatever the host is: what evaluation would ask a machine for
stands on the command line.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

import portfake

__all__ = ["evaluate_with_bmake", "run_bmake", "stage_with_bmake"]

FIXTURES = Path(__file__).parent / "fixtures"
TREE = FIXTURES / "ports"
SHARE_MK = Path(portfake.__file__).parent / "ports" / "share" / "mk"

TARGET = {
    "ARCH": "amd64",
    "MACHINE": "amd64",
    "MACHINE_ARCH": "amd64",
    "OPSYS": "FreeBSD",
    "_OSRELEASE": "14.0-RELEASE",
    "OSVERSION": "1400097",
}


def run_bmake(
    origin: str,
    tmp_path: Path,
    arguments: Iterable[str],
    *,
    flavor: str = "",
    settings: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run bmake in the port's folder with WRKDIRPREFIX below `tmp_path`.

    `settings` are variables of the command line, such as {"TRYBROKEN": "yes"}.
    """
    shell = shutil.which("dash") or "dash"
    variables = TARGET | {
        "PORTSDIR": str(TREE),
        "DISTDIR": str(FIXTURES / "distfiles"),
        "WRKDIRPREFIX": str(tmp_path / "wrkdirs"),
        "PORT_DBDIR": str(tmp_path / "options"),
        "BATCH": "yes",
        "SH": shell,
        "__MAKE_SHELL": shell,
        "__MAKE_CONF": str(tmp_path / "make.conf"),
        **(settings or {}),
    }
    # An empty FLAVOR is not the same as none: ports set theirs with "?=".
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "LC_ALL": "C"}
    if flavor:
        environment["FLAVOR"] = flavor
    return subprocess.run(
        [
            *("bmake", "-m", str(SHARE_MK), "-C", str(TREE / origin)),
            *(f"{name}={value}" for name, value in variables.items()),
            *arguments,
        ],
        env=environment,
        capture_output=True,
        text=True,
        errors="surrogateescape",
        check=False,
    )


def evaluate_with_bmake(
    origin: str,
    tmp_path: Path,
    names: Iterable[str],
    *,
    flavor: str = "",
    settings: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """Return the variables of a port, each as ``make -V`` prints it."""
    names = list(names)
    wanted = [word for name in names for word in ("-V", name)]
    result = run_bmake(origin, tmp_path, wanted, flavor=flavor, settings=settings)
    assert result.returncode == 0, result.stderr
    return dict(zip(names, result.stdout.split("\n"), strict=False))


def stage_with_bmake(
    origin: str,
    tmp_path: Path,
    *,
    flavor: str = "",
    settings: Mapping[str, str] | None = None,
) -> tuple[Path, list[str]]:
    """Stage a port; return its STAGEDIR and the lines of its final packing list (TMPPLIST)."""
    result = run_bmake(origin, tmp_path, ["stage"], flavor=flavor, settings=settings)
    assert result.returncode == 0, result.stdout + result.stderr
    values = evaluate_with_bmake(
        origin, tmp_path, ["STAGEDIR", "TMPPLIST"], flavor=flavor, settings=settings
    )
    plist = Path(values["TMPPLIST"]).read_text("utf-8", errors="surrogateescape")
    return Path(values["STAGEDIR"]), plist.splitlines()
