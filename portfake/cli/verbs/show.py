"""portfake show."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from portfake.actions.describe import Description, describe
from portfake.cli.many import add_many_options, origins_of, tell
from portfake.cli.options import add_target_options, target_request
from portfake.cli.output import add_output_options, output_of
from portfake.model.port import DependencyKind, Port
from portfake.stage.forecast import Outlook

__all__ = ["add_arguments", "run"]

_STAGING = {
    Outlook.NATIVE: "native",
    Outlook.RUN: "by running its recipes",
    Outlook.TRIED: "tried without --packages",
    Outlook.PACKAGES: "needs --packages",
    Outlook.REFUSED: "refused",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_many_options(parser)
    add_target_options(parser)
    add_output_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print what each port is; status 1 if one could not be evaluated."""
    origins, variables = origins_of(arguments)
    descriptions = describe(target_request(arguments, variables), origins, jobs=arguments.jobs)
    return tell(descriptions, output_of(arguments), _lines)


def _lines(description: Description) -> Iterator[str]:
    port = description.port
    if port is None:
        return
    yield port.full_name
    rows = {
        "Origin": str(port.origin),
        "Comment": port.comment,
        "WWW": " ".join(port.www),
        "Maintainer": port.maintainer,
        "Prefix": port.prefix,
        "Categories": " ".join(port.categories),
        "Licenses": " ".join(port.licenses),
        "Flavors": " ".join(port.flavors),
        "Options": " ".join(f"{'+' if on else '-'}{name}" for name, on in port.options.items()),
        "For every CPU": "yes" if port.no_arch else "no",
        "Distfiles": " ".join(port.distfiles),
        "Needs to run": _dependencies(port, DependencyKind.RUN, DependencyKind.LIB),
        "Needs to build": _dependencies(port, DependencyKind.BUILD),
        "Deprecated": port.deprecated,
        "Staging": _staging(description),
        "Known when run": ", ".join(description.at_run_time),
    }
    yield from (f"{label:<15}: {text}" for label, text in rows.items() if text)


def _staging(description: Description) -> str:
    what = _STAGING[description.staging] if description.staging else ""
    place = f" ({description.place})" if description.place else ""
    return f"{what}: {description.reason}{place}" if description.reason else what


def _dependencies(port: Port, *kinds: DependencyKind) -> str:
    origins = {str(word.origin) for kind in kinds for word in port.dependencies.get(kind, ())}
    return " ".join(sorted(origins))
