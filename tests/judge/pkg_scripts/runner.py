"""Runs the cases of one of pkg(8)'s test scripts, each in a folder of its own."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Outcome", "run_script"]

_HERE = Path(__file__).parent
_PRODUCT = _HERE.parents[2]
_SECONDS = 120


@dataclass(frozen=True)
class Outcome:
    """How a case ended."""

    script: str
    case: str
    status: str
    """``passed``, ``failed``, ``skipped``, or ``worded`` where only messages read otherwise."""
    why: str = ""
    log: str = ""

    def __str__(self) -> str:
        return f"{self.script}:{self.case} {self.status}: {self.why}"


def run_script(
    name: str,
    tests: Path,
    pkg: str,
    folder: Path,
    *,
    instead: Iterable[str] = (),
    only: Iterable[str] = (),
    target: bool = False,
) -> list[Outcome]:
    """Return the outcome of each case, in the script's order.

    `tests` is pkg's own folder of tests, `pkg` the real program, `folder` an empty one to work
    in; `instead` names the commands that portfake answers, `only` the cases (all by default);
    `target` makes the real pkg take the target that portfake takes, not this machine.
    """
    source = _source(tests, folder / "source")
    script = source / f"{name}.sh"
    environment = _environment(pkg, instead, target)
    chosen = set(only)
    cases = [case for case in _cases(script, environment) if not chosen or case in chosen]

    def run(case: str) -> Outcome:
        return _run(script, case, folder / "work" / f"{name}.{case}", environment)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(run, cases))


def _source(tests: Path, top: Path) -> Path:
    """The scripts as pkg's build lays them out, with the shim where its pkg would be."""
    frontend = top / "tests" / "frontend"
    shutil.copytree(tests / "frontend", frontend)
    for path in frontend.glob("*in"):
        if path.suffix in {".binin", ".1in"}:
            path.rename(path.with_name(path.name.removesuffix("in")))
    text = (frontend / "test_environment.sh.in").read_text()
    text = re.sub(r"(?ms)^@if.*?^@endif\n", "", text).replace("@abs_top_srcdir@", str(top))
    (frontend / "test_environment.sh").write_text(text)
    (top / "src").mkdir()
    shim = top / "src" / "pkg"
    shim.write_text(f'#!/bin/sh\nexec {sys.executable} -S {_HERE / "shim.py"} "$@"\n')
    shim.chmod(0o755)
    return frontend


def _environment(pkg: str, instead: Iterable[str], target: bool) -> dict[str, str]:
    kept = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "TZ": "UTC"}
    return kept | {
        "PORTFAKE_PKG": pkg,
        "PORTFAKE_INSTEAD": " ".join(instead),
        # As portfake is told: pkg would take this machine's. Later words of a name count.
        "PORTFAKE_TARGET": "-o ABI=FreeBSD:14:amd64 -o OSVERSION=1400097" if target else "",
        "PYTHON": sys.executable,
        "PYTHONPATH": str(_PRODUCT),
    }


def _cases(script: Path, environment: dict[str, str]) -> Iterator[str]:
    command = ["sh", str(_HERE / "atf.sh"), str(script.parent), str(script)]
    listed = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    yield from listed.stdout.split()


def _run(script: Path, case: str, folder: Path, environment: dict[str, str]) -> Outcome:
    work, result = folder / "work", folder / "result"
    work.mkdir(parents=True)
    own = environment | {
        "TMPDIR": str(work),
        "HOME": str(work),
        "PORTFAKE_ANSWERED": str(folder / "answered"),
    }
    command = ["sh", str(_HERE / "atf.sh"), str(script.parent), str(script), case, str(result)]
    try:
        done = subprocess.run(
            command, cwd=work, env=own, capture_output=True, text=True, errors="replace",
            check=False, timeout=_SECONDS, stdin=subprocess.DEVNULL,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return Outcome(script.stem, case, "failed", f"more than {_SECONDS} seconds")
    told = result.read_text(errors="replace").strip() if result.exists() else "failed: no result"
    status, _, why = told.partition(": ")
    words = result.with_name(f"{result.name}.words")
    if status == "passed" and words.exists():
        status, why = "worded", words.read_text(errors="replace")
    return Outcome(script.stem, case, status, why, done.stdout + done.stderr)
