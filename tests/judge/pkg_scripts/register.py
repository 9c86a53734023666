"""`pkg register` through portfake: a manifest of files that are there, recorded in a database.

usage: python -m tests.judge.pkg_scripts.register DBDIR PACKAGE [automatic]

portfake has no such verb: `install` registers what it installs. PACKAGE is what `portfake create`
made of the manifest.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from portfake.errors import PortfakeError
from portfake.formats.message import messages_to_fields
from portfake.host.zstd import unzstd
from portfake.model.manifest import InstalledPackage, MessageType
from portfake.packages.archive_reader import PackageArchive
from portfake.packages.digest import manifest_digest
from portfake.pkgdb.sqlite.database import SqliteDatabase
from portfake.pkgdb.sqlite.opening import FolderFile

__all__: list[str] = []


def register(folder: Path, path: Path, *, automatic: bool) -> None:
    with path.open("rb") as stream:
        archive = PackageArchive(stream, str(path), unzstd=unzstd)
        manifest = archive.manifest
        texts = {
            entry.path: reader.read().decode(errors="surrogateescape")
            for entry, reader in archive
            if reader is not None and entry.path in manifest.config
        }
    package = InstalledPackage(
        manifest=manifest,
        automatic=automatic,
        time=int(time.time()),
        digest=manifest_digest(manifest),
        config_texts={config: texts.get(config) for config in manifest.config},
    )
    with SqliteDatabase(FolderFile(folder)).write() as transaction:
        if transaction.find(manifest.name) is not None:
            print(f"{manifest.full_name} already installed", file=sys.stderr)
        transaction.register(package)
    print(f"Installing {manifest.full_name}...")
    shown = [m for m in manifest.messages if m.type in (None, MessageType.INSTALL)]
    for fields in messages_to_fields(shown):
        print(fields["message"])


if __name__ == "__main__":
    try:
        register(Path(sys.argv[1]), Path(sys.argv[2]), automatic="automatic" in sys.argv[3:])
    except PortfakeError as error:
        print(f"portfake: {error}", file=sys.stderr)
        sys.exit(1)
