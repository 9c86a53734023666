"""portfake create; the options have the letters and words of pkg-create(8)."""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Iterator
from itertools import chain

from portfake.actions.archives import Archives, Created
from portfake.actions.create import StagedRequest, create_from_ports, create_from_stage
from portfake.actions.create_installed import create_from_installed
from portfake.actions.request import TargetRequest
from portfake.actions.staging_request import StagingRequest
from portfake.cli.clock import source_date
from portfake.cli.options import (
    add_target_options,
    split_assignments,
    target_request,
)
from portfake.cli.output import Output, add_output_options, output_of
from portfake.cli.selecting import add_kind_option, add_selection_options, wanted
from portfake.cli.status import Status
from portfake.errors import UsageError
from portfake.packages.archive_writer import Format, Level
from portfake.pkgdb.selection import Match

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("words", metavar="ORIGIN | NAME | NAME=value", nargs="*")
    add_selection_options(parser)
    add_kind_option(parser)
    stage = parser.add_argument_group("a staged tree")
    stage.add_argument("-M", "--manifest", metavar="FILE", help="a manifest with everything in it")
    stage.add_argument("-m", "--metadata", metavar="DIR", help="a folder with +MANIFEST and more")
    stage.add_argument("-p", "--plist", metavar="FILE", help="its packing list")
    stage.add_argument("-r", "--root-dir", metavar="DIR", help="where its files are staged (/)")
    stage.add_argument("--keywords", metavar="DIR", help="keyword files (PORTSDIR/Keywords)")
    archive = parser.add_argument_group("the archive")
    archive.add_argument(
        "-o", "--output", "--out-dir", metavar="DIR", default=".", help="where it goes"
    )
    archive.add_argument(
        "-f", "--format", metavar="FORMAT", default="tzst", help="tzst, txz, tbz, tgz or tar"
    )
    archive.add_argument("-l", "--level", metavar="N", help="of compression; or fast, best")
    archive.add_argument("-T", "--threads", metavar="N", default="auto", help="that compress")
    archive.add_argument("-t", "--timestamp", metavar="EPOCH", help="the time of all files")
    archive.add_argument("-n", "--no-clobber", action="store_true", help="keep what is there")
    archive.add_argument(
        "-e", "--expand-manifest", action="store_true", help="a manifest laid out for people"
    )
    archive.add_argument("--hash", action="store_true", help="its sum in its name, and a link")
    parser.add_argument("--fetch", action="store_true", help="get distfiles that are not there")
    parser.add_argument("--workdir", metavar="DIR", help="where to make the work folder (TMPDIR)")
    add_target_options(parser)
    add_output_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Write the archives and tell which."""
    names, words = _names(arguments)
    origins, variables = split_assignments(words)
    output = output_of(arguments)
    target = target_request(arguments, variables)
    stamp = _timestamp(arguments.timestamp)
    archives = _archives(arguments, stamp)
    staged = _staged(arguments, target, stamp)
    if not (names or arguments.all or origins or staged):
        raise UsageError("nothing to create", hint="name ports or packages, or a tree by -M or -m")
    ports = create_from_ports(
        target,
        origins,
        archives,
        staging=StagingRequest(fetch=arguments.fetch, workdir=arguments.workdir),
        latest=stamp if stamp is not None else source_date(),
        progress=output.progress,
    )
    installed = create_from_installed(
        wanted(arguments, names, Match.EXACT),
        archives,
        abi=arguments.abi,
        note=lambda line: output.note(f"portfake: {line}"),
    )
    trees = (create_from_stage(request, archives) for request in staged)
    for created in chain(
        trees, ports if origins else (), installed if names or arguments.all else ()
    ):
        output.result(created, _lines(created))
        _notes(created, output)
    return Status.DONE


def _names(arguments: argparse.Namespace) -> tuple[list[str], list[str]]:
    """Return the words that name installed packages, and the rest: ports have a slash."""
    if arguments.all and arguments.words:
        raise UsageError("names do not go with --all")
    if arguments.match is not None:
        return arguments.words, []
    names = [word for word in arguments.words if "/" not in word and "=" not in word]
    return names, [word for word in arguments.words if word not in names]


def _archives(arguments: argparse.Namespace, stamp: int | None) -> Archives:
    formats = {kind.value: kind for kind in Format}
    name = arguments.format.removeprefix(".")
    if name not in formats:
        raise UsageError(f"{name!r} is no format", hint=f"formats: {', '.join(formats)}")
    return Archives(
        folder=arguments.output,
        format=formats[name],
        level=_level(arguments.level),
        workers=_threads(arguments.threads),
        timestamp=stamp if stamp is not None else source_date(),
        overwrite=not arguments.no_clobber,
        expanded=arguments.expand_manifest,
        hashed=arguments.hash,
    )


def _staged(
    arguments: argparse.Namespace, target: TargetRequest, stamp: int | None
) -> list[StagedRequest]:
    if arguments.manifest and arguments.metadata:
        raise UsageError("-M and -m together", hint="one of them says what the package is")
    if not arguments.manifest and not arguments.metadata:
        if arguments.plist or arguments.root_dir:
            raise UsageError("a staged tree needs a manifest", hint="name it by -M or -m")
        return []
    request = StagedRequest(
        stage=arguments.root_dir or "/",
        manifest=arguments.manifest,
        metadir=arguments.metadata,
        plist=arguments.plist,
        keywords=arguments.keywords or f"{target.ports}/Keywords",
        target=target,
        latest=source_date(),
        mtime=stamp,
    )
    return [request]


def _level(word: str | None) -> int | Level:
    if word is None:
        return Level.USUAL
    named = {Level.FAST.value: Level.FAST, Level.BEST.value: Level.BEST}
    if word.lower() in named:
        return named[word.lower()]
    if not re.fullmatch(r"-?[0-9]{1,3}", word):
        raise UsageError(f"Invalid compression level {word}", hint="a number, fast or best")
    # pkg's word for what the compressor's own library takes.
    return int(word) or Level.USUAL


def _threads(word: str) -> int:
    if word.lower() == "auto" or word == "0":
        return os.cpu_count() or 1
    if not re.fullmatch("[0-9]{1,4}", word):
        raise UsageError(f"Invalid compression threads {word}", hint="a number or auto")
    return int(word)


def _timestamp(word: str | None) -> int | None:
    if word is None:
        return None
    if not re.fullmatch("[0-9]{1,12}", word):
        raise UsageError(f"Invalid timestamp {word}", hint="seconds since the epoch")
    return int(word)


def _lines(created: Created) -> Iterator[str]:
    if created.written:
        yield f"{created.path}: {created.package}, {created.size} bytes"
    else:
        yield f"{created.package} already packaged, skipping..."


def _notes(created: Created, output: Output) -> None:
    for note in created.notes:
        output.note(f"portfake: {created.package}: {note}")
