"""A root's packages with something of everything, for judging what is read of them."""

from __future__ import annotations

from dataclasses import replace

from portfake.model.manifest import (
    Dependency,
    InstalledPackage,
    LicenseLogic,
    Manifest,
    Message,
    MessageType,
    PackagedDirectory,
    PackagedFile,
    Phase,
)
from portfake.packages.digest import manifest_digest
from portfake.packages.sums import link_sum

__all__ = ["packages"]


def _package(
    name: str, version: str, *, origin: str = "", time: int = 1_700_000_000, **fields: object
) -> InstalledPackage:
    marks = {mark: bool(fields.pop(mark, False)) for mark in ("automatic", "locked")}
    manifest = Manifest(
        name=name,
        version=version,
        origin=origin or f"misc/{name}",
        comment=f"The {name} package",
        desc=f"What {name} is for.",
        maintainer="ports@example.org",
        www="https://example.org/",
        prefix="/usr/local",
        abi="FreeBSD:14:amd64",
        arch="freebsd:14:x86:64",
    )
    manifest = replace(manifest, **fields)  # type: ignore[arg-type] # fields of Manifest
    return InstalledPackage(
        manifest=manifest,
        time=time,
        digest=manifest_digest(manifest),
        config_texts=dict.fromkeys(manifest.config, "opt = 1\n"),
        **marks,
    )


def _files(name: str, *paths: str) -> tuple[PackagedFile, ...]:
    return tuple(
        PackagedFile(path=path, sum=link_sum(path), mode=0o644, mtime=1_577_934_245)
        for path in sorted((f"/usr/local/bin/{name}", *paths))
    )


def packages() -> tuple[InstalledPackage, ...]:
    """Return them in the order of their names."""
    return (
        _package(
            "cats+dogs",
            "0.1.a2",
            origin="games/cats-dogs",
            comment='100% of it\'s "quotes", and a \\ backslash',
            files=_files("c++", "/usr/local/share/a b/c{d}", "/usr/local/share/na\u00efve"),
            flatsize=1023,
            licenselogic=None,
            www="UNKNOWN",
            desc="",
        ),
        _package(
            "demo",
            "1.2_3,1",
            origin="devel/demo",
            comment="a 50% demo",
            desc="Text of 50%\nand more\n\n  indented line that is long enough for a heredoc, at"
            " eighty bytes or so\nEnd",
            flatsize=123_456_789,
            licenses=("BSD2CLAUSE", "MIT"),
            licenselogic=LicenseLogic.OR,
            categories=("devel", "net", "python"),
            users=("daemon", "root"),
            groups=("wheel",),
            options={"A_LONG_OPTION_NAME": "on", "DOCS": "on", "NLS": "off"},
            annotations={
                "cpe": "cpe:2.3:a:x",
                "flavor": "py311",
                "repo_type": "binary",
                "repository": "FreeBSD",
            },
            deps=(
                Dependency("gone", "devel/gone", "3"),
                Dependency("libdep", "devel/libdep", "1.9"),
                Dependency("zlib-ng", "archivers/zlib-ng", "2.1"),
            ),
            requires=("vi-editor",),
            shlibs_required=("libdep.so.2", "libnone.so.1"),
            files=tuple(
                sorted(
                    (
                        *_files("demo", "/usr/local/etc/demo.conf"),
                        PackagedFile(
                            path="/usr/local/bin/demo-link",
                            sum=link_sum("demo"),
                            target="demo",
                            mtime=1,
                        ),
                        PackagedFile(path="/usr/local/bin/su", mode=0o4755, owner="root"),
                        PackagedFile(path="/usr/local/x", sum=None, owner=None, group=None),
                    ),
                    key=lambda file: file.path,
                )
            ),
            directories=(
                PackagedDirectory(path="/var/db/demo", owner="demo", group="demo", mode=0o1750),
                PackagedDirectory(path="/var/log/demo"),
            ),
            config=("/usr/local/etc/demo.conf",),
            scripts={Phase.POST_INSTALL: "echo 'installed'\nexit 0"},
            lua_scripts={Phase.POST_INSTALL: ("-- args: a\nprint(1)", "print(2)")},
            messages=(
                Message("hello"),
                Message("installed\nnow", MessageType.INSTALL),
                Message("up", MessageType.UPGRADE, "0.5", "1.0"),
                Message("bye", MessageType.REMOVE),
            ),
            locked=True,
        ),
        _package(
            "libdep",
            "2.0",
            origin="devel/libdep",
            provides=("ed-editor", "vi-editor"),
            shlibs_provided=("libdep.so.2",),
            shlibs_provided_ignore=("libextra.so.1",),
            flatsize=20_480,
            files=_files("libdep"),
            automatic=True,
            licenses=("GPLv3",),
            vital=True,
        ),
        _package(
            "php81",
            "8.1.2.r1",
            origin="lang/php81",
            categories=("lang", "devel"),
            annotations={"flavor": "default"},
            deps=(Dependency("libdep", "devel/libdep", "2.0"),),
            shlibs_required=("libdep.so.2",),
            flatsize=5 << 30,
            files=_files("php"),
            licenses=("GPLv2", "PHP301"),
            licenselogic=LicenseLogic.AND,
            time=1_600_000_000,
        ),
        _package("PHP82", "8.2", origin="lang/php82", comment="Upper", flatsize=999_999),
    )
