"""`create` of 20,000 small files (300 MB) against the real pkg: at most 0.5 of its wall time.

The files are what documentation generators leave: pages of a few kinds, each mostly its kind's
own frame. Both sides write zstd at level 19 on a file system in memory. PORTFAKE_PKG names the
real pkg; `python -m benchmarks.create [FILES]` takes fewer files for a quick look.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.ratio import Ratio, measure

BOUND = 0.5
FILES = 20_000
_SIZE = 15_000
_KINDS = 40
_ROUNDS = 7
_MEMORY = Path("/dev/shm")
_MANIFEST = """\
name: many
version: "1"
origin: misc/many
comment: many small files
maintainer: me@example.org
www: https://example.org/
prefix: /usr/local
abi: "FreeBSD:14:*"
desc: many small files
"""


def _pages(folder: Path, count: int) -> None:
    """Write stage, list and manifest into a folder."""
    chance = random.Random(4)
    letters = "etaoinshrdlucmfwypvbgkqjxz"
    words = ["".join(chance.choices(letters, k=chance.randint(2, 10))) for _ in range(4000)]

    def text(size: int) -> str:
        return " ".join(chance.choices(words, k=size // 6))[:size]

    frames = [text(_SIZE * 9 // 10) for _ in range(_KINDS)]
    lines = []
    for number in range(count):
        name = f"share/doc/many/{number % 200:03}/page{number:05}.html"
        path = folder / "stage/usr/local" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        frame = chance.choice(frames)
        cut = chance.randrange(len(frame))
        path.write_text(frame[:cut] + text(_SIZE // 10) + frame[cut:])
        lines.append(f"{name}\n")
    (folder / "plist").write_text("".join(lines))
    (folder / "manifest").write_text(_MANIFEST)


def run(count: int = FILES) -> Ratio | str:
    pkg = os.environ.get("PORTFAKE_PKG")
    if not pkg:
        return "create: PORTFAKE_PKG names no pkg to measure against"
    memory = _MEMORY if _MEMORY.is_dir() else None
    folder = Path(tempfile.mkdtemp(prefix="portfake.", dir=memory))
    try:
        _pages(folder, count)

        def create(side: str, *program: str) -> None:
            words = ["create", "-M", "manifest", "-p", "plist", "-r", "stage", "-o", side]
            subprocess.run([*program, *words], cwd=folder, check=True, capture_output=True)

        here = str(Path(__file__).parents[1])
        os.environ["PYTHONPATH"] = here
        ratio = measure(
            f"create of {count} files / pkg create (at most {BOUND})",
            lambda: create("ours", sys.executable, "-m", "portfake"),
            lambda: create("theirs", pkg),
            rounds=_ROUNDS,
        )
        sizes = [(folder / side / "many-1.pkg").stat().st_size for side in ("ours", "theirs")]
        print(f"archives: ours {sizes[0]}, pkg's {sizes[1]} bytes")
    finally:
        shutil.rmtree(folder)
    return ratio


if __name__ == "__main__":
    print(run(*map(int, sys.argv[1:])))
