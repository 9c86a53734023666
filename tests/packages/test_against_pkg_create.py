"""`pkg create` and portfake on the same stage and list: the manifests' texts are equal."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from portfake.errors import InputError
from portfake.formats import keyword, manifest, plist
from portfake.model.abi import Abi
from portfake.model.entry import Entry
from portfake.packages.archive_reader import PackageArchive
from portfake.packages.assemble import assemble
from portfake.packages.metadir import parse_manifest
from portfake.packages.packing import pack
from portfake.packages.sums import file_sum
from portfake.root.confined import Root
from portfake.root.ownership import Ownership

pytestmark = pytest.mark.judge
FILES = {
    "usr/local/bin/a": 0o555,
    "usr/local/bin/b": 0o755,
    "usr/local/etc/a.conf": 0o644,
    "usr/local/etc/b.conf.sample": 0o644,
    "usr/local/share/red.txt": 0o644,
    "usr/local/share/blue.txt": 0o644,
    "usr/local/share/sp ace": 0o644,
    "opt/x": 0o644,
}
KEYWORDS = {
    "owned": "actions: [file]\nattributes { owner: www, group: games, mode: '0600' }\n",
    "both": "actions: [file(1), dir(2)]\narguments: true\n"
    "post-install: 'echo %1 and %2 of %# in %D %% %z'\n",
    "carry": "actions: [file(1), config]\narguments: true\n",
    "tell": "actions: []\nmessages: [{message: ' hi\\n', type: install}, {message: always}]\n",
    "cd": "actions: [setprefix]\n",
}  # fmt: skip
LISTS = [
    "bin/a\nbin/b\nbin/c\nbin/l\nbin/m\nshare/sp ace\n  bin/a  \n",
    "@owned bin/a\n@owned(root,,) bin/b\n@owned(,wheel,0444) bin/c\n",
    "@both bin/a share/d\n@carry etc/a.conf\n@tell\n",
    "@cwd /opt\nx\n@cwd\nbin/a\n@cd /opt/\n@postexec echo %D\n",
    "@dir share/d\n@dir(,,) /var/db/d/\n@dir(www,,) /var/db/d\n",
    "@dir(www,,0700) /var/db/d\n@dir(,,u=rwx) share/d\n",
    "@mode 0600\n@dir share/d\nbin/a\n@mode\n@owner www\nbin/b\n@group games\nbin/c\n@group\n",
    "@config etc/a.conf\n@config bin/l\n@config bin/b\n@config bin/c\n",
    "bin/b\n@config bin/b\nbin/a\n@config(www,,0600) bin/a\n",
    "@var X share\n%%X%%/red.txt\n@for C red blue\nshare/%%C%%.txt\n@end\nbin/a\n",
    "@include more\nbin/a\n",
    "@override_prefix /plop\nbin/a\n/opt/x\n@config etc/a.conf\n@dir share/d\n",
    "@sample etc/b.conf.sample\n@sample(www,www,0640) etc/a.conf etc/z.conf\n",
    "bin/a\n@postexec echo %D %F %f %B %% %@ %#\n@preexec a\n@preunexec b\n@postunexec c\n",
    "@exec echo\n@shell bin/a\n@info share/red.txt\n@touch a b c\n@rmtry x\n@fontsdir share/d\n",
    "@ldconfig\n@kld share\n@javavm x\n@rmempty y\n",
    "@ bin/a\n@(root,wheel,u=rx) bin/b\n@(,,4555) bin/c\n@(www) etc/a.conf\n",
    "@(,,) bin/a\n@(www, games) bin/b\n@(,,0) bin/c\n@comment x\n# y\n\n@name foo-2\n",
    "../../opt/x\nbin//../bin/./a\n",
]
WRONG = [
    *("bin\n", "nope\n", "@nope x\n", "@dir bin/a\n", "@dir /\nbin/a\n", "@() bin/a\n"),
    *("@mode u+x\n", "@dirrm x\n", "@cwd usr/local\nbin/a\n", "@sample etc/a.conf\n"),
    *("@config etc/a.conf\n@config etc/a.conf\n", "@var X y\n%%Y%%\n", "@end\n"),
]
METADATA = {"name": "demo", "origin": "a/demo", "version": "1", "comment": "c", "desc": "d"}
METADATA |= {"maintainer": "m", "www": "w", "prefix": "/usr/local"}


@pytest.fixture
def stage(tmp_path: Path) -> Path:
    top = tmp_path / "stage"
    for name, mode in FILES.items():
        path = top / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
        path.chmod(mode)
    (top / "usr/local/bin/c").hardlink_to(top / "usr/local/bin/b")
    (top / "usr/local/bin/l").symlink_to("/usr/local/bin/a")
    (top / "usr/local/bin/m").symlink_to("a")
    (top / "usr/local/share/d").mkdir(mode=0o700)
    (top / "var/db/d").mkdir(parents=True)
    (top / "var/db/d").chmod(0o750)
    pairs = "\n".join(f'{key}: "{value}"' for key, value in METADATA.items())
    text = f'{pairs}\nabi: "FreeBSD:14:*"\nlicenselogic: single\n'
    (tmp_path / "metadata").write_text(text)
    return top


@pytest.fixture
def keywords(judged: Callable[[str], str], tmp_path: Path) -> Path:
    folder = tmp_path / "Keywords"
    folder.mkdir()
    for path in Path(judged("PORTFAKE_TREE"), "Keywords").glob("*.ucl"):
        (folder / path.name).write_bytes(path.read_bytes())
    for name, text in KEYWORDS.items():
        (folder / f"{name}.ucl").write_text(text)
    return folder


def theirs(pkg: str, text: str, stage: Path, keywords: Path) -> str | None:
    """The +MANIFEST that `pkg create` writes, None where it fails."""
    here = stage.parent
    (here / "more").write_text("share/red.txt\n")
    (here / "list").write_text(text)
    settings = ("ABI=FreeBSD:14:amd64", "OSVERSION=1400097", f"PLIST_KEYWORDS_DIR={keywords}")
    command = [pkg, *(part for setting in settings for part in ("-o", setting)), "create"]
    command += ["-f", "tar", "-o", ".", "-M", "metadata", "-p", "list", "-r", str(stage)]
    if subprocess.run(command, cwd=here, capture_output=True, check=False).returncode:
        return None
    with (here / "demo-1.pkg").open("rb") as stream:
        archive = PackageArchive(stream, "demo-1.pkg")
        assert manifest.to_text(archive.manifest)
        stream.seek(0)
        blocks = stream.read()
    start = blocks.index(b'{"name"', blocks.index(b"+MANIFEST"))
    return blocks[start : blocks.index(b"\0", start)].decode()


def ours(text: str, stage: Path, keywords: Path) -> str:
    def sum_of(entry: Entry) -> str:
        with Path(f"{stage}{entry.path}").open("rb") as content:
            return file_sum(content)

    def find(name: str) -> keyword.Keyword | None:
        path = keywords / f"{name}.ucl"
        return keyword.parse(path.read_text(), name) if path.exists() else None

    with Root(stage, ownership=Ownership.RECORD) as root:
        listing = root.walk()
    items = plist.parse(text, "list", include={"more": "share/red.txt\n"}.__getitem__)
    packed = pack(items, listing, prefix="/usr/local", keywords=find, sum_of=sum_of)
    metadata = parse_manifest((stage.parent / "metadata").read_text(), "metadata")
    return manifest.to_text(assemble(metadata, packed, Abi.parse("FreeBSD:14:amd64")))


@pytest.mark.parametrize("text", LISTS)
def test_same_manifest(
    text: str, judged: Callable[[str], str], stage: Path, keywords: Path
) -> None:
    expected = theirs(judged("PORTFAKE_PKG"), text, stage, keywords)
    assert expected is not None
    assert ours(text, stage, keywords) == expected


@pytest.mark.parametrize("text", WRONG)
def test_same_refusals(
    text: str, judged: Callable[[str], str], stage: Path, keywords: Path
) -> None:
    assert theirs(judged("PORTFAKE_PKG"), text, stage, keywords) is None
    with pytest.raises(InputError):
        ours(text, stage, keywords)
