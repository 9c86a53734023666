"""portfake info."""

from __future__ import annotations

import argparse

from portfake.actions.ledger import ledger_of
from portfake.actions.records import in_file, installed
from portfake.cli.output import Output, add_output_options, output_of
from portfake.cli.package_text import FULL, View, package_lines, raw_text
from portfake.cli.scripts import ledger_lines
from portfake.cli.selecting import add_root_options, add_selection_options, wanted
from portfake.cli.status import Status
from portfake.errors import UsageError
from portfake.formats.ucl_writer import Layout
from portfake.pkgdb.selection import Match

__all__ = ["add_arguments", "run"]

_VIEWS = {
    ("-A", "--annotations"): (View.ANNOTATIONS, "their annotations"),
    ("-b", "--provided-shlibs"): (View.SHLIBS_PROVIDED, "shared libraries they provide"),
    ("-B", "--required-shlibs"): (View.SHLIBS_REQUIRED, "shared libraries they use"),
    ("-d", "--dependencies"): (View.DEPS, "what they depend on"),
    ("-D", "--pkg-message"): (View.MESSAGE, "their messages"),
    ("-I", "--comment"): (View.COMMENT, "their comments"),
    ("-k", "--locked"): (View.LOCKED, "whether they are locked"),
    ("-l", "--list-files"): (View.FILES, "their files"),
    ("-o", "--origin"): (View.ORIGIN, "their origins"),
    ("-p", "--prefix"): (View.PREFIX, "their prefixes"),
    ("-r", "--required-by"): (View.REQUIRED_BY, "what depends on them"),
    ("-s", "--size"): (View.FLATSIZE, "their sizes"),
}
_GLOB_MARKS = frozenset("*[]{}()")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options, with pkg-info(8)'s letters."""
    add_root_options(parser)
    add_selection_options(parser)
    for names, (view, text) in _VIEWS.items():
        parser.add_argument(
            *names, dest="views", action="append_const", const=view, default=[], help=f"show {text}"
        )
    parser.add_argument("-f", "--full", action="store_true", help="show all about them")
    parser.add_argument("-R", "--raw", action="store_true", help="show their manifests")
    parser.add_argument(
        "--raw-format",
        type=str.lower,
        choices=[layout.value for layout in Layout],
        help="how to write manifests (yaml)",
    )
    parser.add_argument("-e", "--exists", action="store_true", help="only whether they are there")
    parser.add_argument("-E", "--show-name-only", action="store_true", help="show full names")
    parser.add_argument("-O", "--by-origin", action="store_true", help="as ports(7) asks")
    parser.add_argument("-F", "--file", metavar="FILE", help="of the package in a file")
    parser.add_argument(
        "--ledger", action="store_true", help="what became of their scripts and triggers"
    )
    parser.add_argument("--state-dir", metavar="DIR", help="where the ledger lies, not in the root")
    parser.add_argument("names", metavar="NAME", nargs="*", help="packages; all without names")
    add_output_options(parser)


def _show_ledger(arguments: argparse.Namespace, output: Output) -> int:
    """Print the ledger; with -f the texts too. Status 1 if a name is not in it."""
    entries = ledger_of(arguments.root, arguments.state_dir)
    shown = [
        entry
        for entry in entries
        if not arguments.names or {entry.subject, entry.package} & set(arguments.names)
    ]
    for entry in shown:
        output.result(entry, ledger_lines(entry, full=arguments.full))
    found = {name for entry in shown for name in (entry.subject, entry.package)}
    return Status.DONE if set(arguments.names) <= found else Status.NO


def run(arguments: argparse.Namespace) -> int:
    """Print what was asked for; status 1 if a name is not there."""
    output = output_of(arguments)
    if arguments.ledger:
        return _show_ledger(arguments, output)
    views = _views(arguments)
    raw = _layout(arguments)
    if arguments.file:
        _show_file(arguments, views or FULL, raw, output)
        return Status.DONE
    status = Status.DONE
    everything = arguments.all or not arguments.names
    # The framework asks by folder: audio/sox/.
    names = [name.removesuffix("/") for name in arguments.names]
    selection = wanted(arguments, names, Match.GLOB)
    contents = output.json or raw is not None or View.FILES in views
    texts: list[str] = []
    for name, subject, neighbours in installed(selection, contents=contents):
        if subject is None:
            # The framework asks -O of what may not be there, and expects no complaint.
            if not arguments.by_origin:
                status = Status.NO
                if not arguments.exists:
                    output.note(f"portfake: No package(s) matching {name}")
        elif arguments.exists:
            continue
        elif raw is not None and not output.json:
            texts.append(raw_text(subject, raw))
        else:
            quiet = arguments.quiet and not arguments.by_origin and bool(views or not everything)
            output.result(subject.package, package_lines(subject, views, neighbours, quiet=quiet))
    if raw is not None and not output.json:
        output.result(texts, [_together(texts, raw)])
    return status


def _views(arguments: argparse.Namespace) -> tuple[View, ...]:
    """As pkg chooses them: one plain name shows all, and all packages show their comments."""
    if arguments.by_origin:
        return () if arguments.quiet else (View.COMMENT,)
    chosen = {*arguments.views, *(FULL if arguments.full else ())}
    everything = arguments.all or not (arguments.names or arguments.file)
    plain = len(arguments.names) == 1 and not _GLOB_MARKS.intersection(arguments.names[0])
    if not chosen and everything and not arguments.quiet:
        chosen = {View.COMMENT}
    elif (
        not chosen
        and plain
        and arguments.match is not Match.REGEX
        and not (everything or arguments.quiet or arguments.show_name_only)
    ):
        chosen = set(FULL)
    return tuple(view for view in View if view in chosen)


def _layout(arguments: argparse.Namespace) -> Layout | None:
    if arguments.raw_format:
        return Layout(arguments.raw_format)
    return Layout.YAML if arguments.raw else None


def _show_file(
    arguments: argparse.Namespace, views: tuple[View, ...], raw: Layout | None, output: Output
) -> None:
    if arguments.names:
        raise UsageError("--file is about one package, and no names go with it")
    subject = in_file(arguments.file)
    if raw is not None:
        output.result(subject.manifest, [raw_text(subject, raw).rstrip("\n")])
    else:
        output.result(subject.manifest, package_lines(subject, views, None, quiet=arguments.quiet))


def _together(texts: list[str], layout: Layout) -> str:
    """Manifests one after the other; as JSON they are an array, as pkg has it."""
    if layout in (Layout.JSON, Layout.COMPACT):
        return f"[{','.join(texts)}]"
    return "\n".join(text.rstrip("\n") for text in texts)
