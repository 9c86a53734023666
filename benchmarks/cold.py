"""`portfake eval -V PKGNAME` of one simple port against bmake, whole processes: at most 6 times.

Needs PORTFAKE_TREE, a full ports tree, and bmake, which is told the release as in
`benchmarks.evaluation`. CPU, children included. portfake's own modules are compiled beforehand.
"""

from __future__ import annotations

import compileall
import os
import subprocess
import sys
from pathlib import Path

import portfake
from benchmarks.evaluation import bmake_cpu, children_cpu
from benchmarks.ratio import ROUNDS, Ratio

BOUND = 6
PORT = "sysutils/ec2-scripts"


def run() -> Ratio | str:
    tree = os.environ.get("PORTFAKE_TREE")
    if not tree:
        return "cold: not measured, PORTFAKE_TREE names no tree"
    compileall.compile_dir(Path(portfake.__file__).parent, quiet=1)
    ours, peer = [], []
    for _ in range(ROUNDS):
        ours.append(_portfake(tree))
        peer.append(bmake_cpu(f"{tree}/{PORT}", tree, {}, ["PKGNAME"]))
    name = f"portfake eval -V PKGNAME {PORT} / bmake, CPU (at most {BOUND})"
    return Ratio(name, tuple(ours), tuple(peer))


def _portfake(tree: str) -> float:
    before = children_cpu()
    subprocess.run(
        [sys.executable, "-m", "portfake", "eval", "--ports", tree, "--abi", "FreeBSD:14:amd64",
         "-V", "PKGNAME", PORT],
        check=True, capture_output=True,
    )  # fmt: skip
    return children_cpu() - before
