"""check and audit, whole processes, against pkg(8)'s, on 20,000 files of 800 packages.

portfake runs as an ordinary, compiled installation (installed.py), pkg as its own binary.
Needs PORTFAKE_PKG, the real pkg, and PORTFAKE_TREE for the VuXML; the image is made in /dev/shm.
The status of both sides is checked: both find nothing, but for the packages that go by names of
the feed, of which both find some.
"""

from __future__ import annotations

import io
import os
import random
import re
import shutil
import sqlite3
import subprocess
import tempfile
from contextlib import closing
from functools import partial
from pathlib import Path

from benchmarks.installed import install
from benchmarks.ratio import measure
from portfake.model.manifest import InstalledPackage, Manifest, PackagedFile
from portfake.packages.sums import file_sum
from portfake.pkgdb.registry import database_of
from portfake.root.confined import Root
from portfake.root.ownership import Ownership

PACKAGES, FILES, SIZE = 800, 25, 15_000
FAMILIAR = (150, 400)
"""Packages with names of the feed: as many as a desktop or a server has, and far more."""
CLOCK = 1_700_000_000
PKG = ("-o", "ABI=FreeBSD:14:aarch64", "-o", "OSVERSION=1400097", "-C", "/dev/null", "-R", "/no")
SUMS = ("--only", "file-missing", "--only", "file-changed")


def run() -> str:
    pkg, tree = os.environ.get("PORTFAKE_PKG"), os.environ.get("PORTFAKE_TREE")
    if not pkg or not tree or os.geteuid() != 0:
        return "check, audit: not measured, PORTFAKE_PKG and PORTFAKE_TREE name no pkg and tree"
    folder = Path(tempfile.mkdtemp(prefix="portfake-", dir="/dev/shm"))
    folder.chmod(0o755)  # pkg audit reads its feed as the user nobody
    try:
        make_image(folder / "root")
        feed = folder / "vuln.xml"
        feed.write_bytes(flattened(Path(tree) / "security/vuxml"))
        root = str(folder / "root")
        audit = ("audit", "-f", str(feed))
        portfake = str(install(folder / "installed"))
        rows = {
            "sums of 20,000 files (300 MB), check / pkg check -s": (
                *(root, 0, ("check", *SUMS, root), ("check", "-s")),
            ),
            "all rules, check / pkg check -sm": (root, 0, ("check", root), ("check", "-sm")),
            "800 packages, audit / pkg audit -f": (root, 0, (*audit, "--root", root), audit),
        }
        for number in FAMILIAR:
            familiar = str(folder / f"familiar{number}")
            make_familiar(folder / "root", feed.read_text(), Path(familiar), number)
            rows[f"800 packages, {number} of names in the feed, audit / pkg audit -f"] = (
                *(familiar, 1, (*audit, "--root", familiar), audit),
            )
        return "\n".join(
            str(
                measure(
                    name,
                    partial(call, status, portfake, *ours),
                    partial(call, status, pkg, *PKG, "-r", image, *theirs),
                )
            )
            for name, (image, status, ours, theirs) in rows.items()
        )
    finally:
        shutil.rmtree(folder)


def call(status: int, *words: str) -> None:
    # A developer's variables would put sources that are not compiled before what is installed.
    plain = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    found = subprocess.run(words, check=False, capture_output=True, env=plain)
    assert found.returncode == status, (words, found)


def flattened(folder: Path) -> bytes:
    text = (folder / "vuln.xml").read_text()
    files = dict(re.findall(r'<!ENTITY (\S+) SYSTEM "([^"]+)">', text))
    body = re.sub(
        r"&([\w-]+);",
        lambda match: (folder / files[match[1]]).read_text() if match[1] in files else match[0],
        text[text.index("]>") + 2 :],
    )
    return f'<?xml version="1.0" encoding="utf-8"?>\n{body}'.encode()


def make_image(place: Path) -> None:
    chance = random.Random(1)
    place.mkdir()
    with Root(place, ownership=Ownership.APPLY) as root:
        root.make_database_folder()
        with database_of(root).write() as records:
            for number in range(PACKAGES):
                files = []
                for at in range(FILES):
                    path = f"/usr/local/share/p{number}/d{at % 5}/f{at}"
                    content = chance.randbytes(SIZE)
                    file = place / path[1:]
                    file.parent.mkdir(parents=True, exist_ok=True)
                    file.write_bytes(content)
                    file.chmod(0o644)
                    os.utime(file, (CLOCK, CLOCK))
                    sum_ = file_sum(io.BytesIO(content))
                    files.append(PackagedFile(path=path, sum=sum_, mode=0o644, mtime=CLOCK))
                manifest = Manifest(
                    name=f"p{number}", version="1.0", origin=f"misc/p{number}", comment="c",
                    desc="d", maintainer="a@b.c", www="UNKNOWN", prefix="/usr/local",
                    abi="FreeBSD:14:aarch64", files=tuple(files),
                )  # fmt: skip
                records.register(InstalledPackage(manifest=manifest, time=CLOCK))


def make_familiar(image: Path, feed: str, place: Path, number: int) -> None:
    """The same records, some under names that occur in the feed, in versions above all bounds."""
    names = sorted(set(re.findall(r"<name>([A-Za-z0-9_.+-]+)</name>", feed)))
    random.Random(1).shuffle(names)
    database = place / "var/db/pkg/local.sqlite"
    database.parent.mkdir(parents=True)
    shutil.copy(image / "var/db/pkg/local.sqlite", database)
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.executemany(
            "UPDATE packages SET name = ?, version = '999999,9' WHERE name = ?",
            [(name, f"p{at}") for at, name in enumerate(names[:number])],
        )


if __name__ == "__main__":
    print(run())
