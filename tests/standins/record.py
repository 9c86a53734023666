"""Record a package of METADIR and a packing list of plain paths in the live host's database."""

import os
import sys
from pathlib import Path

from portfake.formats import plist
from portfake.model.abi import Abi
from portfake.model.manifest import InstalledPackage
from portfake.packages.metadir import METADIR, parse_metadir
from portfake.packages.staged import StagedTree, package_of
from portfake.pkgdb.registry import database_of
from portfake.root.confined import Root
from portfake.root.ownership import Ownership

metadir, packing_list = map(Path, sys.argv[1:])
files = {name: (metadir / name).read_text() for name in METADIR if (metadir / name).exists()}
with Root("/", ownership=Ownership.APPLY) as root:
    made = package_of(
        StagedTree(root.walk("/usr/local"), root.open),
        plist.parse(packing_list.read_text(), str(packing_list)),
        parse_metadir(files, str(metadir)),
        Abi.parse(os.environ["ABI"]),
        keywords=lambda name: None,
    )
    with database_of(root).write() as records:
        records.register(InstalledPackage(manifest=made.manifest))
