"""Digests and comparison: md5, sha1, sha256, sha512, cksum, cmp, diff -q."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable

from portfake.shell.command import Command, CommandFailure, Invocation, Options

__all__ = ["COMMANDS"]


def _digest(algorithm: str) -> Callable[[Invocation], int]:
    label = algorithm.upper()

    def run_digest(run: Invocation) -> int:
        given = run.given
        for _, text in given.all("s"):
            digest = hashlib.new(algorithm, text.encode("utf-8", "surrogateescape")).hexdigest()
            run.print(digest if "q" in given else f'{label} ("{text}") = {digest}')
        if given.all("s") and not run.operands:
            return 0
        if not run.operands:
            content = run.stdin.read()
            if "p" in given:
                run.out.write(content)
            run.print(hashlib.new(algorithm, content).hexdigest())
            return 0
        status = 0
        expected = given.get("c")
        for name in run.operands:
            hasher = hashlib.new(algorithm)
            try:
                for chunk in run.view.chunks(name):
                    hasher.update(chunk)
            except OSError as error:
                status = run.complain(error)
                continue
            digest = hasher.hexdigest()
            if "q" in given:
                run.print(digest)
            elif "r" in given:
                run.print(f"{digest} {name}")
            else:
                failed = expected is not None and digest != expected.lower()
                run.print(f"{label} ({name}) = {digest}{' [ Failed ]' if failed else ''}")
            if expected is not None and digest != expected.lower():
                status = 2
        return status

    return run_digest


def _digest_lines(algorithm: str) -> Callable[[Invocation], int]:
    """The ``sha256sum`` form: digest, two blanks, name."""

    def run_digest(run: Invocation) -> int:
        for name, content in run.inputs():
            run.print(f"{hashlib.new(algorithm, content).hexdigest()}  {name}")
        return int(run.failed)

    return run_digest


def _cksum(run: Invocation) -> int:
    for name, content in run.inputs():
        crc = _posix_crc(content)
        run.print(f"{crc} {len(content)}" + (f" {name}" if run.operands else ""))
    return int(run.failed)


def _posix_crc(content: bytes) -> int:
    """POSIX's CRC: that of zlib with its bits the other way round, over content and length."""
    size, length = len(content), b""
    while size:
        length += bytes([size & 0xFF])
        size >>= 8
    mirrored = (content + length).translate(_MIRRORED)
    crc = zlib.crc32(mirrored, 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int(f"{crc:032b}"[::-1], 2) ^ 0xFFFFFFFF


_MIRRORED = bytes(int(f"{value:08b}"[::-1], 2) for value in range(256))


def _cmp(run: Invocation) -> int:
    if len(run.operands) < 2:
        raise CommandFailure("usage: cmp [-l | -s | -x] [-hz] file1 file2", 2)
    first, second = run.operands[:2]
    quiet = "s" in run.given
    contents = []
    for name in (first, second):
        try:
            contents.append(run.read(name))
        except OSError as error:
            if not quiet:
                run.complain(error)
            return 2
    one, other = contents
    if one == other:
        return 0
    if quiet:
        return 1
    common = min(len(one), len(other))
    at = next((n for n in range(common) if one[n] != other[n]), common)
    if "l" in run.given:
        for number in range(at, common):
            if one[number] != other[number]:
                run.print(f"{number + 1:6d} {one[number]:3o} {other[number]:3o}")
    elif at < common:
        run.print(f"{first} {second} differ: char {at + 1}, line {one.count(10, 0, at) + 1}")
    if len(one) != len(other) and (at == common or "l" in run.given):
        run.complain(f"EOF on {first if len(one) < len(other) else second}")
    return 1


def _diff(run: Invocation) -> int:
    if "q" not in run.given or len(run.operands) != 2:
        raise run.refuse("only diff -q is implemented")
    first, second = run.operands
    if run.read(first) == run.read(second):
        return 0
    run.print(f"Files {first} and {second} differ")
    return 1


_DIGEST_OPTIONS = Options(flags="pqrtx", valued="cs")

COMMANDS = (
    *(
        Command(name, _digest(name), _DIGEST_OPTIONS)
        for name in ("md5", "sha1", "sha256", "sha512")
    ),
    *(
        Command(f"{name}sum", _digest_lines(name), Options(flags="bt"))
        for name in ("md5", "sha1", "sha256", "sha512")
    ),
    Command("cksum", _cksum, Options()),
    Command("cmp", _cmp, Options(flags="hlsxz", long={"silent": "s", "quiet": "s"}, permute=True)),
    Command("diff", _diff, Options(flags="q", long={"brief": "q"}, permute=True)),
)
