"""One of bmake's own unit tests, run by the real bmake and by portfake's language.

    python -m tests.judge.unit_tests NAME...      what differs, side by side

Three things are compared: what is written to stdout, whether the status is zero, and the file and
line of every message that has them. Words of messages differ among the versions of make.
"""

from __future__ import annotations

import difflib
import os
import re
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from portfake.make import Evaluation, Evaluator, FailedOutput, MessageKind, RecipeLine, Target

__all__ = ["Outcome", "differences", "names", "run_bmake", "run_here"]

_FLAGS = "-r -k"
_ARGUMENTS = {
    "cond-func-make": ["via-cmdline"],
    "directive-ifmake": ["first", "second"],
    "varname-empty": ["${:U}=cmdline-u", "=cmdline-plain"],
}
"""Words of the command line that some tests are run with."""
_ENVIRONMENTS = {
    "envfirst": {"FROM_ENV": "value-from-env"},
    "varmisc": {"FROM_ENV": "env", "FROM_ENV_BEFORE": "env", "FROM_ENV_AFTER": "env"},
    "varmod-localtime": {"TZ": "Europe/Berlin"},
}
_PLACE = re.compile(r'^[^\s"]*make: "([^"]*)" line (\d+):', re.MULTILINE)
_SUMMARY = re.compile(
    r"$|`.* (is up to date|not remade)|.*: stopped in |\*\*\* Error code|Stop\.$|"
    r".*don't know how to make"
)
"""What make says of targets that it made or could not make."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run showed."""

    output: tuple[str, ...]
    """Lines of stdout, but for what make says of its targets."""
    failed: bool
    places: tuple[tuple[str, int], ...]
    """File and line of each message."""


def names() -> list[str]:
    """The tests to judge by."""
    lines = Path(__file__).with_name("unit_tests.txt").read_text("utf-8").splitlines()
    return [name for line in lines if not line.startswith("#") for name in line.split()]


def differences(real: Outcome, here: Outcome) -> list[str]:
    """Lines that tell what differs; none if nothing does."""
    told = list(difflib.unified_diff(real.output, here.output, "make", "portfake", lineterm=""))
    if real.failed != here.failed:
        told.append(f"failed: {real.failed}, here {here.failed}")
    if real.places != here.places:
        told.append(f"places: {real.places}, here {here.places}")
    return told


def run_bmake(bmake: str, folder: Path, name: str) -> Outcome:
    """What the real one says."""
    ran = subprocess.run(
        [bmake, *_FLAGS.split(), "-f", f"{name}.mk", *_ARGUMENTS.get(name, [])],
        cwd=folder,
        env=_environment(name),
        capture_output=True,
        text=True,
        errors="surrogateescape",
        timeout=60,
        check=False,
    )
    places = tuple((Path(file).name, int(line)) for file, line in _PLACE.findall(ran.stderr))
    return Outcome(_lines(ran.stdout), ran.returncode != 0, places)


def run_here(bmake: str, folder: Path, name: str) -> Outcome:
    """What portfake says; recipes are run by sh, sub-makes by the real bmake."""
    arguments = _ARGUMENTS.get(name, [])
    here = _Folder(folder)
    evaluation = Evaluator().evaluate(
        f"{folder}/{name}.mk",
        here,
        curdir=str(folder),
        environment={**_environment(name), "PWD": str(folder)},
        targets=[word for word in arguments if "=" not in word],
        options=_FLAGS,
        make=bmake,
        now=int(time.time()),
        system_dirs=("/usr/share/mk",),
    )
    maker = _Maker(evaluation, here)
    maker.run()
    places = tuple(
        (Path(message.place.file).name, message.place.line)
        for message in evaluation.messages
        if message.place is not None and message.kind is not MessageKind.DIAGNOSTIC
    )
    return Outcome(_lines("\n".join(maker.output)), maker.failed, places)


def _environment(name: str) -> dict[str, str]:
    common = {"PATH": os.environ["PATH"], "TMPDIR": "/tmp", "LANG": "C"}
    return common | _ENVIRONMENTS.get(name, {})


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line for line in text.splitlines() if not _SUMMARY.match(line))


class _Folder:
    """The real folder of the tests as a world that make may ask."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._listing = cache(self._list)

    def text(self, path: str) -> str | None:
        try:
            return Path(path).read_bytes().decode("utf-8", "surrogateescape")
        except OSError:
            return None

    def exists(self, path: str) -> bool:
        head, _, tail = path.rstrip("/").rpartition("/")
        return tail in {".", ".."} or tail in self._listing(head)

    def _list(self, path: str) -> frozenset[str]:
        """The names in a folder, read once as make does it."""
        folder = Path(path or "/")
        return frozenset(each.name for each in folder.iterdir()) if folder.is_dir() else frozenset()

    def realpath(self, path: str) -> str | None:
        return str(Path(path).resolve()) if Path(path).exists() else None

    def output(self, command: str, environ: Mapping[str, str]) -> str | None:
        status, output = self.run(command, environ)
        return FailedOutput(output) if status else output

    def run(self, command: str, environ: Mapping[str, str]) -> tuple[int, str]:
        ran = subprocess.run(
            ["sh", "-c", command],
            cwd=self.folder,
            env=dict(environ),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=30,
            check=False,
        )
        return ran.returncode, ran.stdout.decode("utf-8", "surrogateescape")


class _Maker:
    """Makes targets one after the other, as far as the tests need it."""

    def __init__(self, evaluation: Evaluation, folder: _Folder) -> None:
        self.evaluation = evaluation
        self.folder = folder
        self.output: list[str] = []
        self.failed = evaluation.status != 0
        self._made: dict[str, bool] = {}

    def run(self) -> None:
        evaluation = self.evaluation
        if evaluation.error is not None:
            return
        if evaluation.requests:
            for name, expanded in evaluation.requests:
                self.output += self.printed(name, expanded=expanded).split("\n")
            return
        main = evaluation.main_target
        goals = evaluation.wanted or ((main,) if main else ())
        done = [self.make(name) for name in (".BEGIN", *goals) if name in evaluation.targets]
        if all(done) and ".END" in evaluation.targets:
            done.append(self.make(".END"))
        self.failed = not goals or not all(done) or evaluation.status != 0

    def printed(self, name: str, *, expanded: bool) -> str:
        if "$" in name:
            return self.evaluation.expand(name)
        value = self.evaluation.value(name) if expanded else self.evaluation.raw(name)
        return value or ""

    def make(self, name: str) -> bool:
        """Make a target after its sources; tells whether that went well."""
        if name not in self._made:
            self._made[name] = True
            self._made[name] = self._make(name)
        return self._made[name]

    def _make(self, name: str) -> bool:
        evaluation = self.evaluation
        target = evaluation.targets.get(name)
        sources = [each for each in evaluation.sources(name) if not self._is_used(each)]
        rule, local = name, {}
        if (target is None or not target.recipes) and (implied := self._implied(name)) is not None:
            rule, source, prefix = implied
            sources.append(source)
            listed = " ".join(sources)
            local = {"target": name, "sources": listed, "outdated": listed}
            local |= {"implied": source, "prefix": prefix}
        elif (target is None or target.operator is None) and not self._is_there(name):
            return False
        done = [self.make(source) for source in sources if not self._counts_as_made(target)]
        return all(done) and self._run(evaluation.recipe(rule, **local))

    def _is_there(self, name: str) -> bool:
        folder = Path("/") if name.startswith("/") else self.folder.folder
        return any(True for _ in folder.glob(name.lstrip("/")))

    def _attributes(self, name: str) -> frozenset[str]:
        target = self.evaluation.targets.get(name)
        return frozenset() if target is None else target.attributes

    def _is_used(self, name: str) -> bool:
        return bool(self._attributes(name) & {".USE", ".USEBEFORE"})

    def _counts_as_made(self, target: Target | None) -> bool:
        """Whether the sources need not be made: `.MADE`, of the target or what it uses."""
        used = [] if target is None else [target.name, *filter(self._is_used, target.sources)]
        return any(".MADE" in self._attributes(name) for name in used)

    def _implied(self, name: str) -> tuple[str, str, str] | None:
        """The suffix rule that makes a target, what from, and the name without suffix."""
        suffixes = (self.evaluation.value(".SUFFIXES") or "").split()
        for suffix in filter(name.endswith, suffixes):
            stem = name.removesuffix(suffix)
            for other in suffixes:
                source = stem + other
                known = source in self.evaluation.targets or self._is_there(source)
                if other + suffix in self.evaluation.targets and known:
                    return other + suffix, source, stem
        return None

    def _run(self, lines: list[RecipeLine]) -> bool:
        for line in lines:
            if not line.text.strip():
                continue
            if not line.silent:
                self.output.append(line.text)
            status, output = self.folder.run(line.text, self.evaluation.exported)
            self.output += output.splitlines()
            if status and not line.ignore:
                return False
        return True


def main(arguments: list[str]) -> int:
    """The command; gives its exit status."""
    bmake, folder = os.environ["PORTFAKE_BMAKE"], Path(os.environ["PORTFAKE_BMAKE_TESTS"])
    differing = 0
    chosen = arguments or names()
    for name in chosen:
        told = differences(run_bmake(bmake, folder, name), run_here(bmake, folder, name))
        differing += bool(told)
        if told:
            print(name, *(told if arguments else []), sep="\n    ")
    print(f"{len(chosen) - differing} of {len(chosen)} tests are equal")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
