"""run: no shell, no borrowed environment, bounded in time and output."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

from portfake.errors import NotFound, SystemFailure, Unavailable
from portfake.host.programs import ENVIRONMENT, run
from portfake.limits import LimitExceeded, Limits

PYTHON = sys.executable


def python(code: str) -> list[str]:
    return [PYTHON, "-c", code]


def test_output_complaint_and_status() -> None:
    ended = run(python("import sys; print('out'); print('err', file=sys.stderr); sys.exit(3)"))
    assert (ended.status, ended.output, ended.complaint) == (3, b"out\n", b"err\n")
    with pytest.raises(SystemFailure, match=r"ended with status 3: err"):
        ended.require()


def test_a_signal_is_a_negative_status() -> None:
    ended = run(python("import os; os.kill(os.getpid(), 15)"))
    assert ended.status == -15
    with pytest.raises(SystemFailure, match="signal 15"):
        ended.require()


def test_arguments_are_not_words_of_a_shell() -> None:
    odd = ["$HOME", "a b", ";", "*", "'\"", "", "é\udcff"]
    ended = run([*python("import sys, os; print([os.fsencode(a) for a in sys.argv[1:]])"), *odd])
    assert ended.output.decode().strip() == str(
        [each.encode("utf-8", "surrogateescape") for each in odd]
    )


def test_the_environment_is_not_the_callers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LD_PRELOAD_SECRET", "x")
    assert run(["env"]).output.decode().splitlines() == [
        f"{key}={value}" for key, value in ENVIRONMENT.items()
    ]
    assert run(["env"], environment={"PATH": "/bin:/usr/bin"}).output == b"PATH=/bin:/usr/bin\n"


def test_the_folder(tmp_path: Path) -> None:
    assert run(["pwd"], directory=str(tmp_path)).output.decode().strip() == str(tmp_path)
    with pytest.raises(NotFound):
        run(["pwd"], directory=str(tmp_path / "none"))


def test_much_goes_in_and_out_at_once() -> None:
    pieces = [bytes([n]) * 100_000 for n in range(100)]
    received: list[bytes] = []
    ended = run(["cat"], stdin=pieces, sink=received.append).require()
    assert b"".join(received) == b"".join(pieces)
    assert ended.output == b""


def test_a_program_that_does_not_read() -> None:
    assert run(["true"], stdin=[b"x" * 10_000_000]).status == 0


def test_only_the_end_of_a_long_complaint_is_kept() -> None:
    ended = run(python("import sys; sys.stderr.write('x' * 1000000 + 'end')"))
    assert len(ended.complaint) == 65536
    assert ended.complaint.endswith(b"xend")


def test_a_missing_program() -> None:
    with pytest.raises(Unavailable, match="no program no-such-program") as caught:
        run(["no-such-program"])
    assert caught.value.hint == "install no-such-program"


def test_what_is_no_program(tmp_path: Path) -> None:
    (tmp_path / "plain").write_text("x")
    with pytest.raises(Unavailable, match="cannot be run"):
        run([str(tmp_path / "plain")])


class TestBounds:
    @pytest.mark.parametrize(
        "code",
        [
            "import time; time.sleep(60)",
            "import sys, os, time; os.close(1); os.close(2); time.sleep(60)",
            "import os, time; os.fork() or time.sleep(60)",
        ],
        ids=["silent", "closed", "child"],
    )
    def test_time(self, code: str) -> None:
        begun = time.monotonic()
        with pytest.raises(LimitExceeded, match=r"more than 0.5 seconds"):
            run(python(code), limits=Limits(seconds=0.5))
        assert time.monotonic() - begun < 5

    def test_output(self) -> None:
        with pytest.raises(LimitExceeded, match="more than 1000 bytes"):
            run(["cat", "/dev/zero"], limits=Limits(text=1000))
        with pytest.raises(LimitExceeded, match="more than 2000 bytes"):
            run(["cat", "/dev/zero"], sink=len, limits=Limits(bytes=2000))

    def test_children_left_behind_are_ended(self, tmp_path: Path) -> None:
        code = f"""
import os, sys, time
if os.fork() == 0:
    os.close(0); os.close(1); os.close(2)
    time.sleep(0.7)
    open({str(tmp_path / "late")!r}, 'w')
"""
        assert run(python(code)).status == 0
        time.sleep(1)
        assert not (tmp_path / "late").exists()

    def test_a_sink_that_fails_ends_the_program(self) -> None:
        def full(_: bytes) -> None:
            raise OSError(28, "No space left on device")

        with pytest.raises(OSError, match="No space left"):
            run(["cat", "/dev/zero"], sink=full)
