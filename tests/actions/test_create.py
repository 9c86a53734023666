"""`create`: packages of ports and of staged trees, the same bytes everywhere."""

from __future__ import annotations

import json
import lzma
import os
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import jsonschema
import pytest

from portfake.actions.archives import Created
from portfake.formats.json import schema
from portfake.packages.archive_reader import PackageArchive
from tests.command_line import Scene, call

MANIFEST = """\
name: demo
version: "1.0"
origin: misc/demo
comment: a demo
maintainer: me@example.org
www: https://example.org/
prefix: /usr/local
abi: "FreeBSD:14:*"
desc: text
"""


@pytest.fixture
def stage(tmp_path: Path) -> Path:
    """A staged tree with a list and a manifest beside it."""
    top = tmp_path / "stage"
    for name, mode in {"bin/demo": 0o755, "etc/demo.conf": 0o644}.items():
        path = top / "usr/local" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name * 100)
        path.chmod(mode)
    (top / "usr/local/bin/also").hardlink_to(top / "usr/local/bin/demo")
    (top / "usr/local/bin/link").symlink_to("demo")
    (top / "var/db/demo").mkdir(parents=True)
    (tmp_path / "plist").write_text(
        "bin/also\nbin/demo\nbin/link\n@config(www,www,0640) etc/demo.conf\n@dir /var/db/demo\n"
    )
    (tmp_path / "manifest").write_text(MANIFEST)
    return top


def of(stage: Path) -> list[str]:
    here = stage.parent
    return ["-M", f"{here}/manifest", "-p", f"{here}/plist", "-r", str(stage)]


def read(path: Path | str) -> dict[str, Any]:
    with Path(path).open("rb") as stream:
        archive = PackageArchive(stream, str(path))
        members = [entry.path for entry, _ in archive]
        manifest = archive.manifest
    return {"members": members, "manifest": manifest}


def test_a_staged_tree(stage: Path, tmp_path: Path) -> None:
    answer = call("create", "--json", "-o", tmp_path / "out", *of(stage))
    assert answer.status == 0, answer.err
    (document,) = answer.documents
    jsonschema.validate(document, schema(Created))
    path = tmp_path / "out/demo-1.0.pkg"
    assert (document["path"], document["written"]) == (str(path), True)
    assert document["size"] == path.stat().st_size
    assert path.stat().st_mode & 0o777 == 0o644
    assert [item.name for item in path.parent.iterdir()] == ["demo-1.0.pkg"]
    made = read(path)
    bin_ = "/usr/local/bin"
    assert made["members"] == [
        *(f"{bin_}/also", f"{bin_}/demo", f"{bin_}/link", "/usr/local/etc/demo.conf"),
        "/var/db/demo",
    ]
    manifest = made["manifest"]
    assert manifest.config == ("/usr/local/etc/demo.conf",)
    conf = next(file for file in manifest.files if file.path.endswith("conf"))
    assert (conf.owner, conf.group, conf.mode) == ("www", "www", 0o640)
    assert manifest.abi == "FreeBSD:14:*"
    assert "FreeBSD_version" not in manifest.annotations


def run(folder: Path, environment: dict[str, str], *words: str) -> None:
    """A call of its own, since umask and zone belong to a process."""
    command = [sys.executable, "-m", "portfake", "create", *words]
    subprocess.run(
        ["sh", "-c", 'umask $0; exec "$@"', environment.pop("UMASK"), *command],
        cwd=folder, env={"PYTHONPATH": str(Path.cwd()), **environment}, check=True,
        capture_output=True,
    )  # fmt: skip


@pytest.mark.parametrize("source_date", [None, "1700000000"])
def test_the_same_bytes_everywhere(stage: Path, tmp_path: Path, source_date: str | None) -> None:
    epoch = {} if source_date is None else {"SOURCE_DATE_EPOCH": source_date}
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name).chmod(0o777)
    one = {"UMASK": "022", "TZ": "UTC", "LC_ALL": "C", **epoch}
    run(tmp_path / "one", one, *of(stage))
    two = {"UMASK": "077", "TZ": "Pacific/Chatham", "LC_ALL": "C.UTF-8", **epoch}
    if source_date is not None:
        # What SOURCE_DATE_EPOCH bounds need not be alike.
        os.utime(stage / "usr/local/bin/demo", (1_800_000_000, 1_800_000_000))
    relative = [word.replace(str(tmp_path), "..") for word in of(stage)]
    run(tmp_path / "two", two, *relative, "-T", "3")
    first, second = (tmp_path / name / "demo-1.0.pkg" for name in ("one", "two"))
    assert first.read_bytes() == second.read_bytes()


def test_without_the_root_user(stage: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("this is without the root user already")
    # pytest's own folders are closed to others.
    with TemporaryDirectory() as name:
        open_to_all = Path(name)
        open_to_all.chmod(0o777)
        for item in (stage, stage.parent / "plist", stage.parent / "manifest"):
            subprocess.run(["cp", "-a", item, open_to_all], check=True)
        found = []
        for user in (0, 65534):
            out = open_to_all / str(user)
            out.mkdir()
            out.chmod(0o777)
            # The interpreter's own files may be closed to others: the first call imported them.
            os.seteuid(user)
            try:
                answer = call("create", "-o", out, *of(open_to_all / "stage"))
            finally:
                os.seteuid(0)
            assert answer.status == 0, answer.err
            found.append((out / "demo-1.0.pkg").read_bytes())
    assert found[0] == found[1]


@pytest.mark.parametrize(
    ("words", "first"),
    [
        ([], b"\x28\xb5\x2f\xfd"),
        (["-f", "txz", "-l", "best"], b"\xfd7zXZ"),
        (["-f", ".tgz", "-l", "fast"], b"\x1f\x8b"),
        (["-f", "tbz"], b"BZh9"),
        (["-f", "tar"], b"+COMPACT_MANIFEST"),
    ],
)
def test_formats(stage: Path, tmp_path: Path, words: list[str], first: bytes) -> None:
    answer = call("create", "-o", tmp_path, *words, *of(stage))
    assert answer.status == 0, answer.err
    assert (tmp_path / "demo-1.0.pkg").read_bytes().startswith(first)
    assert len(read(tmp_path / "demo-1.0.pkg")["members"]) == 5


def test_a_folder_of_metadata(stage: Path, tmp_path: Path) -> None:
    folder = tmp_path / "metadir"
    folder.mkdir()
    text = MANIFEST.replace("desc: text\n", "").replace("www: https://example.org/\n", "")
    (folder / "+MANIFEST").write_text(text)
    (folder / "+DESC").write_text("long text\n\nWWW: https://example.org/x\n")
    (folder / "+DISPLAY").write_text("see ${PREFIX}\n")
    (folder / "+POST_INSTALL").write_text("echo post\n")
    (folder / "pkg-pre-deinstall.lua").write_text("print(1)\n")
    answer = call("create", "-o", tmp_path, "-m", folder, *of(stage)[2:])
    assert answer.status == 0, answer.err
    manifest = read(tmp_path / "demo-1.0.pkg")["manifest"]
    assert manifest.www == "https://example.org/x"
    assert [message.text for message in manifest.messages] == ["see ${PREFIX}"]
    assert list(manifest.scripts.values()) == ["echo post"]
    assert list(manifest.lua_scripts.values()) == [("print(1)",)]


def test_timestamp(stage: Path, tmp_path: Path) -> None:
    answer = call("create", "-o", tmp_path, "-f", "txz", "-t", "86400", *of(stage))
    assert answer.status == 0, answer.err
    with lzma.open(tmp_path / "demo-1.0.pkg") as stream, tarfile.open(fileobj=stream) as archive:
        times = {member.mtime for member in archive if not member.name.startswith("+")}
    assert times == {86400}
    files = read(tmp_path / "demo-1.0.pkg")["manifest"].files
    assert {file.mtime for file in files} == {86400}


def test_an_expanded_manifest_says_the_same(stage: Path, tmp_path: Path) -> None:
    texts, manifests = [], []
    for words in ((), ("-e",)):
        answer = call("create", "-o", tmp_path, "-f", "tar", *words, *of(stage))
        assert answer.status == 0, answer.err
        with tarfile.open(tmp_path / "demo-1.0.pkg") as archive:
            member = archive.extractfile("+MANIFEST")
            assert member is not None
            texts.append(member.read().decode())
        manifests.append(read(tmp_path / "demo-1.0.pkg")["manifest"])
    assert manifests[0] == manifests[1]
    assert texts[0].startswith('{"name":"demo"')
    assert texts[1].startswith('name = "demo";\n')


def test_what_is_there_is_kept_on_request(stage: Path, tmp_path: Path) -> None:
    (tmp_path / "demo-1.0.pkg").write_text("old")
    answer = call("create", "-n", "-o", tmp_path, *of(stage))
    assert (answer.status, answer.err) == (0, "")
    assert answer.out == "demo-1.0 already packaged, skipping...\n"
    assert (tmp_path / "demo-1.0.pkg").read_text() == "old"
    assert call("create", "-o", tmp_path, *of(stage)).status == 0
    assert (tmp_path / "demo-1.0.pkg").read_text("latin-1") != "old"


def test_a_sum_in_the_name(stage: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert call("create", "--hash", "-o", out, *of(stage)).status == 0
    answer = call("create", "--json", "--hash", "-o", out, *of(stage))
    assert answer.status == 0, answer.err
    (document,) = answer.documents
    target = (out / "demo-1.0.pkg").readlink()
    assert str(target) == f"demo-1.0-{document['sum'][:10]}.pkg"
    assert sorted(path.name for path in out.iterdir()) == sorted([target.name, "demo-1.0.pkg"])
    assert read(out / "demo-1.0.pkg")["manifest"].name == "demo"


def test_all_that_is_wrong_is_said_and_nothing_is_left(stage: Path, tmp_path: Path) -> None:
    (tmp_path / "plist").write_text("bin/nope\nbin/demo\n@nope x\nbin\n@mode u+x\n")
    out = tmp_path / "out"
    out.mkdir()
    answer = call("create", "--json", "-o", out, *of(stage))
    lines = [error["where"].rpartition(":")[2] for error in answer.errors]
    assert (answer.status, lines) == (65, ["1", "3", "4", "5"])
    assert list(out.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "status", "told"),
    [
        ([], 64, "nothing to create"),
        (["-p", "x"], 64, "needs a manifest"),
        (["-M", "x", "-m", "y"], 64, "together"),
        (["-M", "nowhere"], 66, "cannot read it"),
        (["-m", "nowhere"], 66, "no such folder"),
        (["-f", "zip", "-M", "x"], 64, "no format"),
        (["-l", "high", "-M", "x"], 64, "Invalid compression level"),
        (["-T", "many", "-M", "x"], 64, "Invalid compression threads"),
        (["-t", "meh", "-M", "x"], 64, "Invalid timestamp"),
    ],
)
def test_calls_that_make_no_sense(words: list[str], status: int, told: str) -> None:
    answer = call("create", *words)
    assert answer.status == status
    assert told in answer.err


def test_the_target_has_to_be_known(stage: Path, tmp_path: Path) -> None:
    (tmp_path / "manifest").write_text(MANIFEST.replace('abi: "FreeBSD:14:*"\n', ""))
    answer = call("create", "-o", tmp_path, *of(stage))
    assert answer.status == 64
    assert "names no ABI" in answer.err
    target = ("--abi", "FreeBSD:14:aarch64", "--osversion", "1400097")
    answer = call("create", "-o", tmp_path, *target, *of(stage))
    assert answer.status == 0, answer.err
    manifest = read(tmp_path / "demo-1.0.pkg")["manifest"]
    assert (manifest.abi, manifest.arch) == ("FreeBSD:14:aarch64", "freebsd:14:aarch64:64")
    assert manifest.annotations == {"FreeBSD_version": "1400097"}


def test_a_list_of_a_manifest_itself(stage: Path, tmp_path: Path) -> None:
    files = '{"/usr/local/bin/demo": {perm: "0500", uname: me}, "/usr/local/bin/link": ""}'
    more = f'files: {files}\nconfig: ["/usr/local/bin/demo"]\ndirectories: {{"/var/db/demo": y}}\n'
    (tmp_path / "manifest").write_text(MANIFEST + more)
    answer = call("create", "-o", tmp_path, "-M", tmp_path / "manifest", "-r", stage)
    assert answer.status == 0, answer.err
    made = read(tmp_path / "demo-1.0.pkg")
    assert made["members"] == ["/usr/local/bin/demo", "/usr/local/bin/link", "/var/db/demo"]
    demo, link = made["manifest"].files
    assert (demo.mode, demo.owner, demo.group) == (0o500, "me", "wheel")
    assert (link.target, made["manifest"].config) == ("demo", ("/usr/local/bin/demo",))


@pytest.mark.parametrize("name", ["../out/secret", "/etc/passwd", "more"])
def test_no_list_includes_what_lies_elsewhere(stage: Path, tmp_path: Path, name: str) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "lists").mkdir()
    (tmp_path / "out/secret").write_text("bin/demo\n")
    (tmp_path / "lists/plist").write_text(f"@include {name}\n")
    (tmp_path / "lists/more").symlink_to("/etc/passwd")
    words = ["-M", f"{tmp_path}/manifest", "-p", f"{tmp_path}/lists/plist", "-r", str(stage)]
    answer = call("create", "-o", tmp_path, *words)
    assert answer.status == 65
    assert "cannot include" in answer.err


def test_ports(empty: Scene, tmp_path: Path) -> None:
    out = tmp_path / "out"
    options = ("--ports", empty.tree, "--distdir", empty.distfiles, "--abi", empty.abi)
    answer = call("create", "--json", "-o", out, *options, "sysutils/ec2-demo", "misc/fieldguide")
    assert answer.status == 0, answer.err
    assert [document["package"].rpartition("-")[0] for document in answer.documents] == [
        "ec2-demo",
        "fieldguide",
    ]
    made = read(answer.documents[0]["path"])
    assert "/usr/local/sbin/configinit" in made["members"]
    assert made["manifest"].origin == "sysutils/ec2-demo"
    assert made["manifest"].deps


def test_ports_are_the_same_bytes_everywhere(
    empty: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    options = ("--ports", empty.tree, "--distdir", empty.distfiles, "--abi", empty.abi)
    found = []
    for umask, name in ((0o022, "one"), (0o077, "two")):
        before = os.umask(umask)
        try:
            out = tmp_path / name
            answer = call("create", "-o", out, "--workdir", tmp_path, *options, "misc/fieldguide")
        finally:
            os.umask(before)
        assert answer.status == 0, answer.err
        (path,) = out.iterdir()
        found.append(path.read_bytes())
    assert found[0] == found[1]


def test_what_was_created_installs(empty: Scene, tmp_path: Path, stage: Path) -> None:
    (tmp_path / "plist").write_text("bin/also\nbin/demo\n@config etc/demo.conf\n")
    assert call("create", "-o", tmp_path, *of(stage)).status == 0
    answer = empty.install(tmp_path / "demo-1.0.pkg")
    assert answer.status == 0, answer.err
    assert (empty.root / "usr/local/bin/demo").samefile(empty.root / "usr/local/bin/also")


def test_errors_are_objects_with_json(stage: Path, tmp_path: Path) -> None:
    (tmp_path / "plist").write_text("bin/nope\n")
    answer = call("create", "--json", "-o", tmp_path, *of(stage))
    (error,) = (json.loads(line) for line in answer.err.splitlines())
    assert error["where"] == f"{tmp_path}/plist:1"


Tool = Callable[[str], str]


def test_a_python_without_zstd(
    stage: Path, tmp_path: Path, tool: Tool, monkeypatch: pytest.MonkeyPatch
) -> None:
    tool("zstd")

    def missing(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr("portfake.packages.archive_writer.import_module", missing)
    for level in ("19", "fast", "22"):
        answer = call("create", "-o", tmp_path, "-l", level, *of(stage))
        assert answer.status == 0, answer.err
        assert len(read(tmp_path / "demo-1.0.pkg")["members"]) == 5
