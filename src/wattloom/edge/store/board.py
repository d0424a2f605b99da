"""Which scores were told, in which order, and how often was each test looked at? One file, only ever added to.

Each line is one record of JSON with a mark: SHA-256 over the mark before it and the rest of the line. A line that was
changed, or one that is missing in the middle, is found and named when the file is read. The chain does not stop
somebody who writes it anew from there on: note the last mark elsewhere, and compare.

A record is on the disk when `look` or `add` returns. A line that a power cut left unfinished is no record: it is passed
over when reading and cut off by the next record.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from wattloom.domain.errors import InputError
from wattloom.forecast.board import Entry
from wattloom.ledger.chain import MARK_BEFORE_ALL, mark_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Somebody ran a model on a test period."""

    test_id: str
    question_id: str
    model: str
    at: datetime


@dataclass(frozen=True, slots=True)
class BoardStore:
    """The board in one file of JSON lines."""

    path: Path

    def look(self, look: Look) -> int:
        """Write down a look before it is taken; how many there were at this test, this one included."""
        with self._alone() as file:
            records = list(_records(file, self.path.name))
            number = _looks_at(look.test_id, records) + 1
            told = {**_plain(look), "number": number}
            _append(file, records[-1][2] if records else MARK_BEFORE_ALL, len(records) + 1, "look", told)
            return number

    def add(self, entry: Entry) -> str:
        """Keep an entry; its id. An entry that is there already is not kept twice.

        Raises:
            InputError: no look at its test was written down before it.
        """
        with self._alone() as file:
            records = list(_records(file, self.path.name))
            if any(kind == "entry" and body["id"] == entry.id for kind, body, _ in records):
                return entry.id
            looked = _looks_at(entry.question.test_id, records)
            if not 1 <= entry.looks <= looked:
                raise InputError.one(
                    f"board {self.path.name}",
                    found=f"an entry of look {entry.looks}, with {looked} looks at its test on record",
                    expected="a look that was written down before the score",
                    remedy="call `look` first and give the entry its number",
                )
            told = {"id": entry.id, "entry": entry.plain()}
            _append(file, records[-1][2], len(records) + 1, "entry", told)
            return entry.id

    def entries(self) -> tuple[Entry, ...]:
        """All that were kept, in their order, each checked against its id."""
        found = []
        for kind, body, _ in self._read():
            if kind == "entry":
                entry = Entry.from_plain(body["entry"])
                if entry.id != body["id"]:
                    raise _broken(self.path.name, body["id"], "an entry that does not hash to its id")
                found.append(entry)
        return tuple(found)

    def entry(self, entry_id: str) -> Entry:
        """One of them, by its id or the beginning of it."""
        found = [one for one in self.entries() if one.id.startswith(entry_id)]
        if len(found) != 1 or not entry_id:
            raise InputError.one(
                f"board {self.path.name}",
                found=f"{len(found)} entries with an id that begins with {entry_id!r}",
                expected="exactly one",
                remedy="give more of the id",
            )
        return found[0]

    def looks(self, test_id: str | None = None) -> tuple[Look, ...]:
        """Every look that was written down, or those at one test."""
        return tuple(
            Look(
                test_id=body["test_id"],
                question_id=body["question_id"],
                model=body["model"],
                at=datetime.fromisoformat(body["at"]),
            )
            for kind, body, _ in self._read()
            if kind == "look" and test_id in {None, body["test_id"]}
        )

    def head(self) -> bytes:
        """The last mark: a fingerprint of the whole file."""
        return next((mark for _, _, mark in reversed(list(self._read()))), MARK_BEFORE_ALL)

    def _read(self) -> Iterator[tuple[str, dict[str, Any], bytes]]:
        """Kind, body and mark of each record."""
        if not self.path.exists():
            return
        with self._told(), self.path.open("rb") as file:
            yield from _records(file.fileno(), self.path.name)

    @contextmanager
    def _alone(self) -> Iterator[int]:
        """The file, with no other writer; made, with its folder, where it is not there."""
        with self._told():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            new = not self.path.exists()
            file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
            try:
                fcntl.flock(file, fcntl.LOCK_EX)
                if new:
                    _keep_name(self.path.parent)
                yield file
            finally:
                os.close(file)

    @contextmanager
    def _told(self) -> Iterator[None]:
        """What the disk says, as a problem with a remedy."""
        try:
            yield
        except OSError as error:
            raise InputError.one(
                f"board {self.path}",
                found=error.strerror or str(error),
                expected="a file that can be read and added to",
                remedy="look at the disk, or choose another place",
            ) from error


def _looks_at(test_id: str, records: list[tuple[str, dict[str, Any], bytes]]) -> int:
    """How many looks at a test are on record."""
    return sum(1 for kind, body, _ in records if kind == "look" and body["test_id"] == test_id)


def _append(file: int, before: bytes, sequence: int, kind: str, body: dict[str, Any]) -> None:
    """One more line, on the disk on return; what a power cut left behind the last whole line is cut off."""
    told = {"sequence": sequence, "kind": kind, "body": body}
    line = _line({**told, "mark": mark_of(before, _line(told)).hex()}) + b"\n"
    end = _whole(file)
    os.ftruncate(file, end)
    written = os.pwrite(file, line, end)
    if written != len(line):
        os.ftruncate(file, end)
        raise OSError(None, "only part of a record could be written")
    os.fsync(file)


def _records(file: int, name: str) -> Iterator[tuple[str, dict[str, Any], bytes]]:
    """Kind, body and mark of each whole line, checked against the chain."""
    before = MARK_BEFORE_ALL
    for sequence, line in enumerate(os.pread(file, _whole(file), 0).splitlines(), start=1):
        try:
            told = json.loads(line)
            mark = bytes.fromhex(told.pop("mark"))
            kind, body, number = told["kind"], told["body"], told["sequence"]
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise _broken(name, sequence, "a line that is no record") from error
        if number != sequence:
            raise _broken(name, sequence, f"record {number}")
        if mark_of(before, _line(told)) != mark:
            raise _broken(name, sequence, f"a record of kind {kind} that was changed after it was written")
        before = mark
        yield kind, body, mark


def _whole(file: int) -> int:
    """Bytes up to the end of the last whole line."""
    content = os.pread(file, os.fstat(file).st_size, 0)
    return content.rfind(b"\n") + 1


def _plain(look: Look) -> dict[str, str]:
    """A look as JSON knows it."""
    return {
        "test_id": look.test_id,
        "question_id": look.question_id,
        "model": look.model,
        "at": look.at.astimezone(UTC).isoformat(),
    }


def _line(told: dict[str, Any]) -> bytes:
    """Canonical JSON."""
    return json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def _keep_name(folder: Path) -> None:
    """Make the new file's name as durable as what stands in it."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _broken(name: str, record: object, found: str) -> InputError:
    """A record that cannot be trusted."""
    return InputError.one(
        f"board {name}, record {record}",
        found=found,
        expected="the record whose mark continues the chain",
        remedy="take the file from its backup; records before this one are whole",
    )
