"""Is the board only ever added to, is every look written down, and does it survive a power cut and a liar?"""

from __future__ import annotations

import json
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.forecast.test_board import entry

from wattloom.domain.errors import InputError
from wattloom.edge.store.board import BoardStore, Look
from wattloom.forecast.board import Entry

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def look(model: str = "weekly", *, test_id: str | None = None) -> Look:
    asked = entry().question
    return Look(test_id=test_id or asked.test_id, question_id=asked.id, model=model, at=NOON)


def of_seed(seed: int, *, looks: int = 1) -> Entry:
    return replace(entry(), question=replace(entry().question, seed=seed), looks=looks)


def filled(folder: Path, count: int = 3) -> BoardStore:
    store = BoardStore(folder / "board.jsonl")
    for seed in range(count):
        store.add(of_seed(seed, looks=store.look(look())))
    return store


def test_what_was_added_is_read_again(tmp_path: Path) -> None:
    store = BoardStore(tmp_path / "new" / "board.jsonl")
    looks = store.look(look())

    kept = store.add(entry())

    assert looks == 1
    assert kept == entry().id
    assert BoardStore(store.path).entries() == (entry(),)
    assert store.entry(kept[:10]) == entry()
    assert store.looks() == (look(),)


def test_looks_are_counted_by_test_whichever_model_looks(tmp_path: Path) -> None:
    store = BoardStore(tmp_path / "board.jsonl")

    counts = [store.look(look("a")), store.look(look("b")), store.look(look("a", test_id="other")), store.look(look())]

    assert counts == [1, 2, 1, 3]
    assert [one.model for one in store.looks(entry().question.test_id)] == ["a", "b", "weekly"]


def test_a_score_without_a_look_before_it_is_refused(tmp_path: Path) -> None:
    store = BoardStore(tmp_path / "board.jsonl")

    with pytest.raises(InputError, match="an entry of look 1, with 0 looks at its test on record"):
        store.add(entry())

    assert store.entries() == ()


def test_an_entry_is_kept_once(tmp_path: Path) -> None:
    store = filled(tmp_path, 1)
    before = store.path.read_bytes()

    store.add(of_seed(0))

    assert store.path.read_bytes() == before


def test_earlier_lines_never_change(tmp_path: Path) -> None:
    store = filled(tmp_path, 2)
    before = store.path.read_bytes()

    store.add(of_seed(9, looks=store.look(look())))

    assert store.path.read_bytes().startswith(before)


def test_every_changed_byte_is_found(tmp_path: Path) -> None:
    """A digit of each line in turn; the mark of the record names it."""
    store = filled(tmp_path, 2)
    whole = store.path.read_bytes()
    ends = [place for place, byte in enumerate(whole) if byte == ord("\n")]
    found = 0
    for place in range(0, len(whole), 37):
        changed = bytearray(whole)
        changed[place] ^= 1
        if place in ends or changed[place] in b"\n":
            continue
        store.path.write_bytes(bytes(changed))
        with pytest.raises(InputError, match="record"):
            store.entries()
        found += 1

    assert found > 50


def test_a_lost_line_is_named(tmp_path: Path) -> None:
    store = filled(tmp_path, 3)
    lines = store.path.read_bytes().splitlines(keepends=True)
    store.path.write_bytes(b"".join(lines[:2] + lines[3:]))

    with pytest.raises(InputError, match=r"record 3: found record 4"):
        store.entries()


def test_a_line_forged_with_its_own_mark_breaks_the_next(tmp_path: Path) -> None:
    """Somebody betters a score and marks the line anew, but not those behind it."""
    store = filled(tmp_path, 2)
    lines = store.path.read_bytes().splitlines(keepends=True)
    told = json.loads(lines[0])
    told["body"]["model"] = "better"
    from wattloom.edge.store.board import _line  # noqa: PLC0415 - the forger knows the format
    from wattloom.ledger.chain import MARK_BEFORE_ALL, mark_of  # noqa: PLC0415

    del told["mark"]
    forged = _line({**told, "mark": mark_of(MARK_BEFORE_ALL, _line(told)).hex()}) + b"\n"
    store.path.write_bytes(b"".join([forged, *lines[1:]]))

    with pytest.raises(InputError, match="record 2: found a record of kind entry that was changed"):
        store.entries()


@pytest.mark.parametrize("left", range(1, 400, 57))
def test_a_line_that_a_power_cut_left_unfinished_is_no_record(tmp_path: Path, left: int) -> None:
    store = filled(tmp_path, 2)
    whole = store.path.read_bytes()
    store.path.write_bytes(whole + whole.splitlines(keepends=True)[-1][:left])

    assert len(store.entries()) == 2
    assert store.look(look()) == 3
    assert store.path.read_bytes().startswith(whole)
    assert len(store.looks()) == 3


def test_the_head_stands_for_the_whole_file(tmp_path: Path) -> None:
    store = filled(tmp_path, 2)
    head = store.head()

    store.look(look())

    assert head != store.head()
    assert len(head) == 32
    assert BoardStore(tmp_path / "none.jsonl").head() == bytes(32)


def test_every_record_waits_for_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file once for each record, its folder once when the file is new."""
    synced: list[str] = []
    real = os.fsync

    def noting(handle: int) -> None:
        synced.append(Path(f"/proc/self/fd/{handle}").resolve().name)
        real(handle)

    monkeypatch.setattr(os, "fsync", noting)

    filled(tmp_path, 1)

    assert synced == [tmp_path.name, "board.jsonl", "board.jsonl"]


def test_two_writers_at_once_break_no_chain(tmp_path: Path) -> None:
    """Each opens the file for itself, as two processes would."""
    path = tmp_path / "board.jsonl"

    def add_some(first: int) -> None:
        store = BoardStore(path)
        for seed in range(first, first + 8):
            store.add(of_seed(seed, looks=store.look(look())))

    with ThreadPoolExecutor(2) as writers:
        list(writers.map(add_some, (100, 200)))

    assert len(BoardStore(path).entries()) == 16
    assert len(BoardStore(path).looks()) == 16


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")

    with pytest.raises(InputError, match="expected a file that can be read and added to"):
        BoardStore(blocked / "board.jsonl").look(look())


def test_an_unknown_or_unclear_id_is_told(tmp_path: Path) -> None:
    store = filled(tmp_path, 2)

    for wanted in ("zzz", ""):
        with pytest.raises(InputError, match="expected exactly one"):
            store.entry(wanted)


def test_times_are_told_in_utc(tmp_path: Path) -> None:
    store = BoardStore(tmp_path / "board.jsonl")
    store.look(replace(look(), at=NOON.astimezone(None) + timedelta(hours=1)))

    assert store.looks()[0].at == NOON + timedelta(hours=1)
    assert "2026-05-01T13:00:00+00:00" in store.path.read_text("utf-8")
