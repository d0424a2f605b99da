"""Is a run folder whole or not there, whatever happens?"""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from wattloom.domain.errors import InputError
from wattloom.edge.store import RunFolder, runs, write_run


def left_in(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def test_a_run_appears_with_all_its_files(tmp_path: Path) -> None:
    write_run(tmp_path / "deep" / "demo", {"summary.json": b"{}", "flows.parquet": b"PAR1"})

    assert (tmp_path / "deep" / "demo" / "summary.json").read_bytes() == b"{}"
    assert left_in(tmp_path / "deep") == ["demo"]


def test_nothing_is_seen_before_the_end(tmp_path: Path) -> None:
    with RunFolder(tmp_path / "demo") as folder:
        folder.write("a", b"1")

        assert not (tmp_path / "demo").exists()

    assert (tmp_path / "demo" / "a").exists()


@pytest.mark.parametrize("stop", [KeyboardInterrupt, SystemExit, ValueError])
def test_a_stop_leaves_nothing(tmp_path: Path, stop: type[BaseException]) -> None:
    with pytest.raises(stop), RunFolder(tmp_path / "demo") as folder:  # noqa: PT012 - the block is what is tested
        folder.write("a", b"1")
        raise stop

    assert left_in(tmp_path) == []


def test_a_stop_leaves_the_earlier_run_as_it_was(tmp_path: Path) -> None:
    write_run(tmp_path / "demo", {"a": b"old"})

    with pytest.raises(KeyboardInterrupt), RunFolder(tmp_path / "demo") as folder:  # noqa: PT012 - as above
        folder.write("a", b"new")
        raise KeyboardInterrupt

    assert (tmp_path / "demo" / "a").read_bytes() == b"old"
    assert left_in(tmp_path) == ["demo"]


def test_an_earlier_run_is_replaced_whole(tmp_path: Path) -> None:
    write_run(tmp_path / "demo", {"a": b"old", "b": b"old"})

    write_run(tmp_path / "demo", {"a": b"new"})

    assert (tmp_path / "demo" / "a").read_bytes() == b"new"
    assert not (tmp_path / "demo" / "b").exists()
    assert left_in(tmp_path) == ["demo"]


def test_the_earlier_run_comes_back_when_the_move_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_run(tmp_path / "demo", {"a": b"old"})
    rename = Path.rename

    def fails(self: Path, target: Path) -> Path:
        if target == tmp_path / "demo" and self.parent == tmp_path:
            raise OSError(errno.EIO, "Input/output error")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", fails)
    with pytest.raises(InputError, match="Input/output error"):
        write_run(tmp_path / "demo", {"a": b"new"})

    assert (tmp_path / "demo" / "a").read_bytes() == b"old"
    assert left_in(tmp_path) == ["demo"]


def test_a_folder_with_other_things_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter1.txt").write_text("years of work")

    with pytest.raises(InputError, match="other things in it"):
        write_run(tmp_path / "thesis", {"a": b"1"})

    assert (tmp_path / "thesis" / "chapter1.txt").read_text() == "years of work"


def test_an_empty_folder_is_taken(tmp_path: Path) -> None:
    (tmp_path / "demo").mkdir()

    write_run(tmp_path / "demo", {"a": b"1"})

    assert (tmp_path / "demo" / "a").exists()


def test_a_full_disk_is_told_with_a_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_number: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(runs.os, "fsync", full)
    with pytest.raises(InputError, match=r"No space left on device.*free some space"):
        write_run(tmp_path / "demo", {"a": b"1"})

    assert left_in(tmp_path) == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_forbidden_place_is_told(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)

    with pytest.raises(InputError, match=r"Permission denied.*--out"):
        write_run(tmp_path / "demo", {"a": b"1"})


def test_a_file_in_the_way_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(InputError, match=r"file/demo: found"):
        write_run(tmp_path / "file" / "demo", {"a": b"1"})


def test_ctrl_c_in_a_real_process_leaves_nothing(tmp_path: Path) -> None:
    program = (
        "import signal, sys, time; from pathlib import Path; from wattloom.edge.store import RunFolder\n"
        # A shell without job control makes what it puts in the background deaf to Ctrl-C.
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "with RunFolder(Path(sys.argv[1]) / 'demo') as folder:\n"
        "    folder.write('a', b'1'); print('begun', flush=True); time.sleep(60)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        before = left_in(tmp_path)
        process.send_signal(signal.SIGINT)
        deadline = time.monotonic() + 20
        process.wait(timeout=max(1.0, deadline - time.monotonic()))

    assert len(before) == 1
    assert left_in(tmp_path) == []
