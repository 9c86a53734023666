"""portfake info."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from portfake.actions.records import installed
from portfake.cli.output import add_output_options, output_of
from portfake.cli.status import Status
from portfake.model.manifest import InstalledPackage

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--root", metavar="DIR", default="/", help="the root whose records to read")
    parser.add_argument("-l", "--list-files", action="store_true", help="list the files too")
    parser.add_argument("names", metavar="NAME", nargs="*", help="packages; all without names")
    add_output_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print the records; status 1 if a name is not there."""
    output = output_of(arguments)
    status = Status.DONE
    for name, package in installed(arguments.root, arguments.names):
        if package is None:
            output.note(f"portfake: no package {name} is installed in {arguments.root}")
            status = Status.NO
        elif arguments.names and not arguments.list_files:
            output.result(package, _whole(package))
        else:
            output.result(package, _brief(package, files=arguments.list_files))
    return status


def _brief(package: InstalledPackage, *, files: bool) -> Iterator[str]:
    yield f"{package.manifest.full_name:<30} {package.manifest.comment}"
    if files:
        yield from (f"\t{file.path}" for file in package.manifest.files)


def _whole(package: InstalledPackage) -> Iterator[str]:
    manifest = package.manifest
    rows = {
        "Name": manifest.name,
        "Version": manifest.version,
        "Origin": manifest.origin,
        "Architecture": manifest.abi,
        "Prefix": manifest.prefix,
        "Categories": " ".join(manifest.categories),
        "Licenses": f" {manifest.licenselogic.value if manifest.licenselogic else 'and'} ".join(
            manifest.licenses
        ),
        "Maintainer": manifest.maintainer,
        "WWW": manifest.www,
        "Comment": manifest.comment,
        "Options": " ".join(f"{name}={value}" for name, value in manifest.options.items()),
        "Annotations": " ".join(f"{tag}={text}" for tag, text in manifest.annotations.items()),
        "Depends on": " ".join(f"{dep.name}-{dep.version}" for dep in manifest.deps),
        "Flat size": f"{manifest.flatsize} bytes",
        "Automatic": "yes" if package.automatic else "no",
        "Locked": "yes" if package.locked else "no",
    }
    yield manifest.full_name
    yield from (f"{label:<15}: {text}" for label, text in rows.items() if text)
    yield f"{'Description':<15}:"
    yield from manifest.desc.splitlines()
