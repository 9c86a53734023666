"""Random ports that only copy, staged from made-up sources by portfake and by the real framework.

A port counts where the real framework can stage it at all from what was made up; a tree that
differs is worse than a refusal, and is listed with its first difference.
"""

from __future__ import annotations

import io
import os
import random
import shutil
import stat
import tarfile
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from portfake.actions.request import TargetRequest
from portfake.errors import PortfakeError
from portfake.model.entry import EntryType
from portfake.ports.evaluation import EvaluatedPort, PortsEvaluator
from portfake.stage.forecast import Outlook, judge_recipes
from portfake.stage.native import GOALS, STAGE_ENVIRONMENT, NativeStager, Staged
from portfake.stage.targets import TargetWalk
from portfake.stage.workspace import PORTS, open_workspace
from tests.judge.copying_ports import candidates, only_copies
from tests.judge.jail import Jail
from tests.judge.made_up import ARCHIVE, SETTINGS, Sources, missing_names, sources

pytestmark = pytest.mark.judge

SAMPLE = int(os.environ.get("PORTFAKE_SAMPLE", "100"))
SEED = int(os.environ.get("PORTFAKE_SEED", "2023"))
ROUNDS = 15
MOST_FILES = 10_000
Tree = dict[str, tuple[object, ...]]


@pytest.fixture
def jail(judged: Callable[[str], str], tool: Callable[[str], str], tmp_path: Path) -> Jail:
    tool("bwrap")
    (tmp_path / "etc").mkdir()
    return Jail(Path(judged("PORTFAKE_USERLAND")), Path(judged("PORTFAKE_TREE")), tmp_path / "etc")


def test_random_ports(jail: Jail) -> None:
    names = list(candidates(jail.tree))
    random.Random(SEED).shuffle(names)  # a sample, no secret
    outcomes: Counter[str] = Counter()
    for origin in names:
        if sum(outcomes[kind] for kind in ("equal", "refused", "wrong")) == SAMPLE:
            break
        outcome, told = compare(jail, origin)
        outcomes[outcome] += 1
        print(f"{origin}: {outcome} {told:.400}", flush=True)
    print(f"\n{dict(outcomes)}")
    assert not outcomes["wrong"]
    assert outcomes["equal"] >= 0.92 * SAMPLE


def compare(jail: Jail, origin: str) -> tuple[str, str]:
    """One port: equal, wrong, refused; not native, or undecided where the real one fails too."""
    request = TargetRequest(
        ports=str(jail.tree), abi="FreeBSD:14:amd64", osversion=1400097, variables=SETTINGS
    )
    profile = request.profile()
    with (
        tempfile.TemporaryDirectory() as folder,
        request.open_tree(seen_as=PORTS) as tree,
        open_workspace(folder) as workspace,
    ):
        evaluator = request.evaluator(
            tree, profile, mounts=workspace.mounts, environment=STAGE_ENVIRONMENT
        )
        evaluated = evaluator.evaluated(tree.find(origin))
        if not only_copies(evaluated):
            return "not of the class", ""
        if judge_recipes(evaluated, profile).outlook is not Outlook.NATIVE:
            return "not native", ""
        real = real_stage(jail, evaluated, evaluator, Path(folder))
        if isinstance(real, str):
            return "undecided", real
        try:
            staged = NativeStager(evaluator, workspace, clock=1_700_000_000).stage(
                tree.find(origin)
            )
        except PortfakeError as error:
            return "refused", str(error)
        difference = differing(native_tree(staged), real)
        return ("wrong", difference) if difference else ("equal", f"{len(real)} files and folders")


def real_stage(
    jail: Jail, evaluated: EvaluatedPort, evaluator: PortsEvaluator, distfiles: Path
) -> Tree | str:
    """Stage with the framework, adding what it misses; what it said last where that fails."""
    value = evaluated.evaluation.value
    wrkdir, stagedir = value("WRKDIR") or "", value("STAGEDIR") or ""
    made = guessed(evaluated, evaluator)
    if len(made.names) > MOST_FILES:
        return "its packing list is too long to be made up"
    extracted = os.path.relpath(value("EXTRACT_WRKDIR") or wrkdir, wrkdir).removeprefix(".")
    subfolder = distfiles / (value("DIST_SUBDIR") or "")
    subfolder.mkdir(parents=True, exist_ok=True)
    said = ""
    for _ in range(ROUNDS):
        (subfolder / ARCHIVE).write_bytes(made.archive(extracted))
        work = Path(tempfile.mkdtemp())
        try:
            origin = evaluated.port.origin
            run = jail.make(
                origin.path,
                "stage",
                work=work,
                distfiles=distfiles,
                settings=SETTINGS,
                flavor=origin.flavor,
            )
            if run.returncode == 0:
                plist = work / (value("TMPPLIST") or "").removeprefix("/wrk/")
                return {
                    **real_tree(work / stagedir.removeprefix("/wrk/")),
                    "packing list": listed_lines(plist.read_text(errors="surrogateescape")),
                }
        finally:
            shutil.rmtree(work)
        said = run.stdout[-300:] + run.stderr[-300:]
        missed = list(missing_names(run.stdout + run.stderr, wrkdir, made.folders))
        if not [name for name in missed if add(made, name, distfiles)]:
            break
    return said.replace("\n", " | ")


def add(made: Sources, name: str, distfiles: Path) -> bool:
    """Make up one more file, a distfile or one of the archive's."""
    if not name.startswith("/distfiles/"):
        return made.add(name)
    path = distfiles / name.removeprefix("/distfiles/")
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists():
        return False
    path.write_text(f"the distfile {path.name}\n")
    return True


def guessed(evaluated: EvaluatedPort, evaluator: PortsEvaluator) -> Sources:
    value = evaluated.evaluation.value
    walk = TargetWalk(evaluated.evaluation, lambda path: False, lambda line: None)
    lines = [line for goal in GOALS for line in walk.foreseen(goal)]
    return sources(
        value("WRKDIR") or "",
        value("WRKSRC") or "",
        value("STAGEDIR") or "",
        listed(evaluated, evaluator),
        [line.text for line in lines if "/Mk/" not in line.place.file],
    )


def listed(evaluated: EvaluatedPort, evaluator: PortsEvaluator) -> Iterator[str]:
    """Files of the packing list, relative to PREFIX, with PLIST_SUB put in."""
    value = evaluated.evaluation.value
    lines = (value("PLIST_FILES") or "").split()
    for name in (value("PLIST") or "").split():
        if evaluator.view.stat(name) is not None:
            lines += evaluator.view.read(name).decode("utf-8", "surrogateescape").splitlines()
    pairs = [word.partition("=") for word in (value("PLIST_SUB") or "").split()]
    for line in lines:
        for key, _, text in pairs:
            line = line.replace(f"%%{key}%%", text.strip('"'))  # as sed would
        path = line.split(" ")[-1] if line.startswith("@") else line
        if path and not path.startswith(("/", "@", "%")):
            yield path


def real_tree(stage: Path) -> Tree:
    found: Tree = {}
    inodes: dict[int, str] = {}
    for path in sorted(stage.rglob("*")):
        name, state = f"/{path.relative_to(stage)}", path.lstat()
        mode = f"{stat.S_IMODE(state.st_mode):04o}"
        if path.is_symlink():
            found[name] = ("link", os.readlink(path))  # noqa: PTH115  # a Path would lose "./"
        elif path.is_dir():
            found[name] = ("folder", mode)
        else:
            first = inodes.setdefault(state.st_ino, name)
            found[name] = ("file", mode, held(path.read_bytes()), first)
    return found


def native_tree(staged: Staged) -> Tree:
    found: Tree = {}
    firsts: dict[str, str] = {}
    for path, entry in sorted(staged.listing.items()):
        if entry.type is EntryType.DIRECTORY:
            found[path] = ("folder", f"{entry.mode:04o}")
        elif entry.type is EntryType.SYMLINK:
            found[path] = ("link", entry.target)
        else:
            first = firsts.setdefault(entry.link_of or path, path)
            content = staged.view.read(f"{staged.stagedir}{path}")
            found[path] = ("file", f"{entry.mode:04o}", held(content), first)
    found.pop("/", None)
    found["packing list"] = listed_lines(staged.plist)
    return found


def held(content: bytes) -> object:
    """A file's content; of an archive that a recipe packed what is in it, without the clock."""
    try:
        with tarfile.open(fileobj=io.BytesIO(content)) as packed:
            members = [
                (
                    each.name,
                    each.type,
                    each.mode,
                    ((packed.extractfile(each) if each.isreg() else None) or io.BytesIO()).read(),
                )
                for each in packed
            ]
    except tarfile.TarError:
        return content
    return sorted(members) or content


def listed_lines(plist: str) -> tuple[object, ...]:
    """The lines of a packing list, sorted: find's order is the file system's own."""
    return tuple(sorted(plist.split("\n")))


def differing(ours: Tree, theirs: Tree) -> str:
    """The paths that differ, with the first difference; empty if none does."""
    paths = [
        path for path in sorted(ours.keys() | theirs.keys()) if ours.get(path) != theirs.get(path)
    ]
    if not paths:
        return ""
    first = paths[0]
    pair = f"ours {ours.get(first)!s:.150}, real {theirs.get(first)!s:.150}"
    return f"{len(paths)} differ, {first}: {pair}"
