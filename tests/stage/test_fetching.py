"""Distfiles fetched on request: only what distinfo states reaches DISTDIR."""

from __future__ import annotations

import hashlib
import http.server
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from portfake.errors import InputError, Unavailable
from portfake.formats.distinfo import DistfileSum
from portfake.stage.fetching import Fetcher, sites_of
from tests.command_line import Scene, call

CONTENT = b"what the port wants"
RIGHT = DistfileSum(hashlib.sha256(CONTENT).hexdigest(), len(CONTENT))
ENVIRONMENT = {
    "_MASTER_SITES_DEFAULT": "http://a/ http://b/",
    "_MASTER_SITES_extra": "http://c/",
    "_PATCH_SITES_DEFAULT": "http://p/",
    "dp_MASTER_SITE_BACKUP": "http://backup/",
}


@pytest.mark.parametrize(
    ("word", "flavor", "sites"),
    [
        ("x.tgz", "MASTER", ["http://a/", "http://b/", "http://backup/"]),
        ("x.tgz:extra", "MASTER", ["http://c/", "http://backup/"]),
        ("x:extra,DEFAULT", "MASTER", ["http://c/", "http://a/", "http://b/", "http://backup/"]),
        ("x.diff", "PATCH", ["http://p/", "http://backup/"]),
        ("x:nobody", "MASTER", ["http://backup/"]),
    ],
)
def test_sites_of_groups(word: str, flavor: str, sites: list[str]) -> None:
    assert sites_of(word, flavor, ENVIRONMENT) == sites


def answering(answers: dict[str, bytes | Exception]) -> Callable[..., int]:
    def get(url: str, sink: Callable[[bytes], object], *, expected_size: int | None = None) -> int:
        answer = answers[url]
        if isinstance(answer, Exception):
            raise answer
        sink(answer)
        return len(answer)

    return get


def test_the_first_site_with_the_right_file_counts(tmp_path: Path) -> None:
    get = answering(
        {"http://a/x": Unavailable("down"), "http://b/x": b"something else!!!!!",
         "http://c/x": CONTENT}
    )  # fmt: skip
    fetcher = Fetcher(str(tmp_path), get=get)
    fetcher.fetch("sub/x", ["http://a/", "http://b/", "http://c/"], RIGHT)
    assert (tmp_path / "sub/x").read_bytes() == CONTENT
    assert [path.name for path in (tmp_path / "sub").iterdir()] == ["x"]


@pytest.mark.parametrize("wrong", [b"", CONTENT + b"!", b"x" * len(CONTENT)])
def test_wrong_content_never_stays(tmp_path: Path, wrong: bytes) -> None:
    fetcher = Fetcher(str(tmp_path), get=answering({"http://a/x": wrong}))
    with pytest.raises(Unavailable, match="no site has the distfile"):
        fetcher.fetch("x", ["http://a/"], RIGHT)
    assert list(tmp_path.iterdir()) == []


def test_without_a_sum_nothing_is_fetched(tmp_path: Path) -> None:
    fetcher = Fetcher(str(tmp_path), get=answering({}))
    with pytest.raises(InputError, match="no SHA256"):
        fetcher.fetch("x", ["http://a/"], DistfileSum(None, 5))


def test_a_name_cannot_leave_distdir(tmp_path: Path) -> None:
    (tmp_path / "dist").mkdir()
    fetcher = Fetcher(str(tmp_path / "dist"), get=answering({"http://a/x": CONTENT}))
    fetcher.fetch("../../x", ["http://a/"], RIGHT)
    assert [path.name for path in tmp_path.iterdir()] == ["dist"]


@pytest.fixture
def site(tmp_path: Path, sample_distfiles: Path) -> Iterator[str]:
    """The sample distfiles behind a server on loopback."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002
            pass

    handler = partial(Quiet, directory=str(sample_distfiles))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def test_a_port_is_fetched_staged_and_planned(tmp_path: Path, site: str) -> None:
    scene = Scene(tmp_path)
    scene.distfiles = tmp_path / "empty"
    scene.distfiles.mkdir()
    words: list[str | Path] = [
        *("plan", "--root", scene.root, "--ports", scene.tree, "--distdir", scene.distfiles),
        *("--abi", scene.abi, "--no-deps", "sysutils/ec2-demo", f"MASTER_SITES={site}"),
    ]
    assert call(*words).status == 66
    assert list(scene.distfiles.iterdir()) == []
    assert call(*words, "--fetch").status == 0
    assert [path.name for path in scene.distfiles.iterdir()] == ["ec2-demo-1.12.tar.gz"]
    assert call(*words).status == 0
