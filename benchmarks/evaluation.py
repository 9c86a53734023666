"""CPU for each unseen port, Mk files warm, against bmake -V of the same variables.

Needs PORTFAKE_TREE, a full ports tree, and bmake; PORTFAKE_PORTS ports are drawn (400). bmake is
run as it is, and with the variables that Mk/Scripts/ports_env.sh would export, as poudriere does
it; its children count.
"""

from __future__ import annotations

import os
import random
import resource
import statistics
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import portfake.ports
from portfake.actions.garbage import without_collector
from portfake.model.abi import Abi
from portfake.model.origin import Origin
from portfake.ports.evaluation import PortsEvaluator, printed
from portfake.ports.profile import Profile
from portfake.ports.tree import PortsTree

VARIABLES = (
    "PKGNAME", "PKGBASE", "PORTNAME", "PORTVERSION", "DISTVERSION", "PORTREVISION", "PORTEPOCH",
    "CATEGORIES", "MAINTAINER", "COMMENT", "WWW", "LICENSE", "LICENSE_COMB", "PREFIX", "FLAVORS",
    "FLAVOR", "PORT_OPTIONS", "COMPLETE_OPTIONS_LIST", "FETCH_DEPENDS", "EXTRACT_DEPENDS",
    "PATCH_DEPENDS", "BUILD_DEPENDS", "LIB_DEPENDS", "RUN_DEPENDS", "TEST_DEPENDS", "DISTFILES",
    "MASTER_SITES", "ALLFILES", "DIST_SUBDIR", "PLIST_SUB", "PLIST_FILES", "SUB_FILES", "USES",
    "IGNORE", "BROKEN", "CONFIGURE_ARGS", "CONFIGURE_ENV", "MAKE_ARGS", "MAKE_ENV", "CFLAGS",
    "LDFLAGS", "WRKSRC", "USERS", "GROUPS",
)  # fmt: skip
CACHED = (
    "ARCH", "OPSYS", "OSREL", "OSVERSION", "_OSRELEASE", "UID", "_SMP_CPUS",
    "HAVE_COMPAT_IA32_KERN", "CONFIGURE_MAX_CMD_LEN",
)  # fmt: skip


def run() -> str:
    tree_path = os.environ.get("PORTFAKE_TREE")
    if not tree_path:
        return "evaluation: not measured, PORTFAKE_TREE names no tree"
    profile = Profile.compose(Abi.parse("FreeBSD:14:amd64"))
    with PortsTree(tree_path) as tree:
        origins = list(tree.origins())
        random.Random(14).shuffle(origins)
        drawn = origins[: int(os.environ.get("PORTFAKE_PORTS", "400"))]
        evaluator = PortsEvaluator(tree, profile)
        for origin in origins[-20:]:
            _ask(evaluator, origin)
        cached = _cached(evaluator, drawn[0])
        times: dict[str, list[float]] = {"ours": [], "bmake": [], "bmake, cached": []}
        with without_collector():
            for origin in drawn:
                folder = f"{tree.directory}/{origin.path}"
                times["ours"].append(_own_cpu(lambda at=origin: _ask(evaluator, at)))  # type: ignore[misc]  # a lambda's default
                times["bmake"].append(bmake_cpu(folder, tree.directory, {}, VARIABLES))
                times["bmake, cached"].append(bmake_cpu(folder, tree.directory, cached, VARIABLES))
    return _report(times)


def _ask(evaluator: PortsEvaluator, origin: Origin) -> None:
    evaluation = evaluator.evaluate(evaluator.folder(origin))
    if evaluation.error is None:
        for name in VARIABLES:
            printed(evaluation, name)


def _cached(evaluator: PortsEvaluator, origin: Origin) -> dict[str, str]:
    evaluation = evaluator.evaluate(evaluator.folder(origin))
    values = {name: evaluation.value(name) for name in CACHED}
    return {name: value for name, value in values.items() if value is not None}


def _own_cpu(call: Callable[[], object]) -> float:
    start = time.process_time()
    call()
    return time.process_time() - start


def bmake_cpu(folder: str, tree: str, cached: dict[str, str], variables: Sequence[str]) -> float:
    """The seconds that bmake and what it starts take to print the variables."""
    share = Path(portfake.ports.__file__).parent / "share/mk"
    environment = {
        "PATH": os.environ["PATH"],
        "PORTSDIR": tree,
        "BATCH": "yes",
        "MACHINE": "amd64",
        "MACHINE_ARCH": "amd64",
        "OSVERSION": "1400097",
        "OPSYS": "FreeBSD",
        "_OSRELEASE": "14.0-RELEASE",
        **cached,
    }
    words = [word for name in variables for word in ("-V", name)]
    before = children_cpu()
    subprocess.run(
        ["bmake", "-C", folder, "-m", str(share), *words],
        env=environment, capture_output=True, check=False,
    )  # fmt: skip
    return children_cpu() - before


def children_cpu() -> float:
    """The seconds that processes started here have taken, once they ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _report(times: dict[str, list[float]]) -> str:
    lines = [f"evaluation: CPU of {len(times['ours'])} unseen ports, {len(VARIABLES)} variables"]
    for side, seconds in times.items():
        median, mean = 1000 * statistics.median(seconds), 1000 * statistics.fmean(seconds)
        lines.append(f"  {side}: median {median:.1f} ms, mean {mean:.1f} ms")
    for peer, bound in (("bmake", 0.40), ("bmake, cached", 0.60)):
        ratios = [
            function(times["ours"]) / function(times[peer])
            for function in (statistics.median, statistics.fmean)
        ]
        lines.append(
            f"  ours / {peer}: median {ratios[0]:.2f}, mean {ratios[1]:.2f} (at most {bound})"
        )
    return "\n".join(lines)
