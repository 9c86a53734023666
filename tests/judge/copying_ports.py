"""The pure copy class of a tree: ports that build nothing and have their own way to install."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from portfake.ports.evaluation import EvaluatedPort

__all__ = ["candidates", "only_copies"]

# Only ports whose text has one of these can set NO_BUILD: the rest need no evaluation.
_MAY_BUILD_NOTHING = re.compile(
    r"NO_BUILD|MASTERDIR|\.include.*\.\./|USE_JAVA|USE_LINUX|_USES"
    r"|\b(apache|cran|drupal|linux|metaport|nextcloud|pear|php|horde)\b"
)
_FRAMEWORK = "/Mk/bsd.port.mk"


def candidates(tree: Path) -> Iterator[str]:
    """Yield the origins of ports that may be of the class, by their text alone, sorted."""
    for makefile in sorted(tree.glob("*/*/Makefile")):
        folder = makefile.parent
        texts = [makefile, *folder.glob("Makefile.*"), *folder.glob("*.mk")]
        if any(_MAY_BUILD_NOTHING.search(path.read_text(errors="replace")) for path in texts):
            yield f"{folder.parent.name}/{folder.name}"


def only_copies(evaluated: EvaluatedPort) -> bool:
    """Whether it has NO_BUILD, a do-install of its own or NO_INSTALL, and is not IGNOREd."""
    evaluation = evaluated.evaluation
    recipe = evaluation.recipe("do-install")
    own = "do-install" in evaluation.targets and not any(
        line.place.file.endswith(_FRAMEWORK) for line in recipe
    )
    installs = own or evaluation.value("NO_INSTALL") is not None
    return evaluated.port.no_build and not evaluated.port.ignore and installs
