"""Where the sources of crates from git repositories are: Mk/Scripts/cargo-crates-git-fetch.awk."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

__all__ = ["gitlab_hosts", "source_lines"]

_HOST = re.compile(r'^\s*gitlab_hosts\["([^"]+)"\]', re.MULTILINE)
_GIT = re.compile(r"git(\+https?)?")
_SUFFIX = re.compile(r"\.git$", re.IGNORECASE)


def gitlab_hosts(script: str) -> frozenset[str]:
    """Return the hosts that the tree's cargo-crates-git-common.awk takes for GitLab's."""
    return frozenset(_HOST.findall(script))


def source_lines(
    sources: str, gitlab: Collection[str], warn: Callable[[str], object]
) -> Iterator[str]:
    """Yield ``index site filename folder crates`` for each ``crates@url#commit``.

    What is neither GitHub's nor GitLab's is warned of and gets no line.
    """
    index = 0
    for source in sources.split():
        crates, sign, url = source.partition("@")
        place = _place(urlsplit(url), gitlab) if sign else None
        if place is None:
            warn(f"WARNING: Do not know how to handle {url or source}")
            continue
        yield f"{index} {place.site} {place.filename} {place.folder} {crates}"
        index += 1


@dataclass(frozen=True, slots=True)
class _Place:
    site: str
    """With ``?dummy=/`` at its end, so that a file name can follow."""
    filename: str
    folder: str
    """What the archive unpacks into."""


def _place(url: SplitResult, gitlab: Collection[str]) -> _Place | None:
    host = url.netloc.rpartition("@")[2].partition(":")[0].lower()
    if not _GIT.fullmatch(url.scheme.lower()):
        return None
    tag = next((word[4:] for word in url.query.split("&") if word.startswith("tag=")), "")
    commit = tag or url.fragment
    parts = url.path.split("/")[1:]
    if host == "github.com" and len(parts) > 1:
        return _github(parts[0], _SUFFIX.sub("", parts[1]), commit)
    if host in gitlab and len(parts) > 1:
        project = _SUFFIX.sub("", parts[-1])
        folder = f"{project}-{tag}-{url.fragment}" if tag else f"{project}-{commit}"
        return _gitlab(host, parts[:-1], project, commit, folder)
    return None


def _github(account: str, project: str, commit: str) -> _Place:
    # GitHub drops a leading v of tags in names, and writes a plus as a dash (Mk/bsd.sites.mk).
    version = re.sub(r"^[vV]", "", commit).replace("+", "-").replace("--", "-")
    return _Place(
        f"https://codeload.github.com/{account}/{project}/tar.gz/{commit}?dummy=/",
        f"{account}-{project}-{commit}_GH0.tar.gz",
        f"{project}-{version}",
    )


def _gitlab(host: str, groups: list[str], project: str, commit: str, folder: str) -> _Place:
    return _Place(
        f"https://{host}/{'/'.join(groups)}/{project}/-/archive/{commit}.tar.gz?dummy=/",
        f"{'-'.join(groups)}-{project}-{commit}_GL0.tar.gz",
        folder,
    )
