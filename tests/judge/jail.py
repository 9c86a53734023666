"""The real thing: bmake with FreeBSD's own sh and utilities, jailed with bubblewrap.

PORTFAKE_USERLAND names a folder whose bin/ holds FreeBSD's sh and utilities built for this host
(chimerautils is such a build), with bsdtar as tar, bsdcpio as cpio, NetBSD's mtree, and bmake as
make. The jail shows the tree as /usr/ports and portfake's own share/mk; nothing of it is
writable but /wrk and /tmp, and there is no network.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import portfake
from tests.bmake_judge import TARGET

__all__ = ["Jail"]

_SHARE_MK = Path(portfake.__file__).parent / "ports" / "share" / "mk"
_PATH = "/sbin:/bin:/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin"
_SETTINGS = {
    **TARGET,
    "PORTSDIR": "/usr/ports",
    "DISTDIR": "/distfiles",
    "WRKDIRPREFIX": "/wrk",
    "PORT_DBDIR": "/tmp/none",
    "BATCH": "yes",
    "NO_DEPENDS": "yes",
    "DISABLE_CONFLICTS": "yes",
}
_BASE_USERS = ("root:0:0", "daemon:1:1", "bin:3:7", "man:9:9", "www:80:80", "nobody:65534:65534")
_BASE_GROUPS = (
    *("wheel:0", "daemon:1", "kmem:2", "sys:3", "tty:4", "operator:5", "mail:6", "bin:7"),
    *("news:8", "man:9", "games:13", "staff:20", "dialer:68", "network:69", "www:80"),
    *("nogroup:65533", "nobody:65534"),
)


@dataclass(frozen=True, slots=True)
class Jail:
    """One target machine, made of a userland and a ports tree."""

    userland: Path
    tree: Path
    etc: Path
    """A folder of our own for the accounts."""

    def __post_init__(self) -> None:
        """Write the accounts of the base system and of the tree's UIDs and GIDs."""
        users = [*_base(_BASE_USERS), *_accounts(self.tree / "UIDs")]
        groups = [*_base(_BASE_GROUPS), *_accounts(self.tree / "GIDs")]
        passwd = "".join(f"{name}:*:{uid}:{rest[0]}::/:/bin/sh\n" for name, uid, *rest in users)
        (self.etc / "passwd").write_text(passwd)
        (self.etc / "group").write_text("".join(f"{n}:*:{gid}:\n" for n, gid, *_ in groups))

    def make(
        self,
        origin: str,
        *targets: str,
        work: Path,
        distfiles: Path,
        settings: Mapping[str, str],
        flavor: str = "",
        seconds: float = 120,
    ) -> subprocess.CompletedProcess[str]:
        """Run make for a port, /wrk being `work`; TimeoutExpired if it takes too long."""
        tools = str(self.userland / "bin")
        bound = [
            *((tools, folder) for folder in ("/bin", "/sbin", "/usr/bin", "/usr/sbin")),
            *((folder, folder) for folder in ("/lib", "/lib64", "/usr/lib", "/usr/share/misc")),
            (str(_SHARE_MK), "/usr/share/mk"),
            (str(self.tree), "/usr/ports"),
            (str(distfiles), "/distfiles"),
            (str(self.etc), "/etc"),
        ]
        variables = {**_SETTINGS, **settings}
        return subprocess.run(
            [
                *("bwrap", "--unshare-net", "--unshare-pid", "--unshare-ipc", "--die-with-parent"),
                # chown to the accounts above is to work, and be judged.
                *("--cap-add", "CAP_CHOWN", "--cap-add", "CAP_FOWNER", "--cap-add", "CAP_FSETID"),
                *("--cap-add", "CAP_DAC_OVERRIDE", "--clearenv"),
                *("--setenv", "PATH", _PATH, "--setenv", "HOME", "/tmp", "--setenv", "USER"),
                *("root", *_words("--ro-bind", bound), "--bind", str(work), "/wrk"),
                *("--tmpfs", "/tmp", "--dev", "/dev", "--proc", "/proc"),
                *(("--setenv", "FLAVOR", flavor) if flavor else ()),
                *("--dir", "/usr/local/bin", "make", "-C", f"/usr/ports/{origin}", *targets),
                *(f"{name}={value}" for name, value in variables.items()),
            ],
            capture_output=True,
            text=True,
            errors="surrogateescape",
            timeout=seconds,
            check=False,
        )


def _words(option: str, pairs: Iterable[tuple[str, str]]) -> Iterator[str]:
    for source, target in pairs:
        yield from (option, source, target)


def _base(accounts: Iterable[str]) -> Iterator[list[str]]:
    return (account.split(":") for account in accounts)


def _accounts(path: Path) -> Iterator[list[str]]:
    for line in path.read_text().splitlines():
        fields = line.split(":")
        if len(fields) >= 4 and not line.startswith("#"):
            yield [fields[0], fields[2], fields[3]]
