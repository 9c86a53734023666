"""What is left to the running system, as pieces of shell, and as one script for its first boot."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from portfake.install.ledger import LedgerEntry

__all__ = ["FIRSTBOOT", "RC_CONF", "SENTINEL", "Piece", "first_boot_script", "pieces"]

FIRSTBOOT = "/usr/local/etc/rc.d/portfake_firstboot"
RC_CONF = "/etc/rc.conf.d/portfake_firstboot"
"""Read for the script alone (rc.conf(5)), so that rc.conf itself stays as it is."""
SENTINEL = "/firstboot"
"""rc(8) runs scripts of the firstboot kind only where it exists, and removes it."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One thing to do, in shell; the same text is one piece, whoever asks for it."""

    text: str
    whose: tuple[str, ...]
    """The packages and moments that left it."""

    @property
    def number(self) -> str:
        """Twelve hex digits that belong to the text."""
        return hashlib.sha256(self.text.encode("utf-8", "surrogateescape")).hexdigest()[:12]

    @property
    def file_name(self) -> str:
        """A name that tells what it is."""
        return f"{self.number}.sh"


def pieces(ledger: Iterable[LedgerEntry]) -> list[Piece]:
    """Return what the entries left, each text where it was left last, commands line by line.

    Caches are made anew from everything that lies there, so one run after the last package
    comes to the same as one after each.
    """
    found: dict[str, list[str]] = {}
    for entry in ledger:
        for text in _parts(entry):
            whose = [*found.pop(text, []), f"{entry.package} {entry.phase.value}"]
            found[text] = list(dict.fromkeys(whose))
    return [Piece(text, tuple(whose)) for text, whose in found.items()]


def _parts(entry: LedgerEntry) -> list[str]:
    """Whole scripts stay whole; noted commands are lines."""
    if entry.left and entry.text in entry.left:
        return [entry.left]
    if "<<" in entry.left:
        return [entry.left]
    return [f"{line}\n" for line in entry.left.splitlines() if line]


_HEAD = """\
#!/bin/sh

# What portfake could not do in this image before it ran; made by portfake, for the first boot.
# Each piece below is done once; a piece that fails is tried again by
#     service portfake_firstboot onestart
# /var/db/portfake/firstboot tells which are done (NUMBER.done) and when all were (done).

# PROVIDE: portfake_firstboot
# REQUIRE: FILESYSTEMS LOGIN
# KEYWORD: firstboot

. /etc/rc.subr

name="portfake_firstboot"
desc="Finish the installation of packages"
rcvar="portfake_firstboot_enable"
start_cmd="portfake_firstboot_start"
stop_cmd=":"

portfake_firstboot_state="/var/db/portfake/firstboot"

# portfake_firstboot_piece NUMBER LABEL, with the text on standard input
portfake_firstboot_piece()
{
	local text
	text="$(cat)"
	if [ -e "${portfake_firstboot_state}/$1.done" ]; then
		return 0
	fi
	echo "portfake: $2"
	if /bin/sh -c "${text}" < /dev/null; then
		: > "${portfake_firstboot_state}/$1.done"
	else
		warn "portfake: $2: failed"
		portfake_firstboot_failed=1
	fi
}

portfake_firstboot_start()
{
	portfake_firstboot_failed=0
	mkdir -p "${portfake_firstboot_state}" || return 1
"""
_TAIL = """\
	if [ "${portfake_firstboot_failed}" = 0 ]; then
		date > "${portfake_firstboot_state}/done"
	fi
	return "${portfake_firstboot_failed}"
}

load_rc_config "${name}"
: "${portfake_firstboot_enable:=NO}"
run_rc_command "$1"
"""
_MARK = "PORTFAKE_END"


def first_boot_script(wanted: Sequence[Piece]) -> str:
    """Return the rc.d script that does all pieces in turn."""
    return _HEAD + "".join(map(_call, wanted)) + _TAIL


def _call(piece: Piece) -> str:
    mark = _MARK
    while mark in piece.text:
        mark += "_"
    label = ", ".join(piece.whose).replace("'", "").replace("\n", " ")
    return f"\n\tportfake_firstboot_piece {piece.number} '{label}' <<'{mark}'\n{piece.text}{mark}\n"
