"""Where do old records of a journal go, so that it stops growing and nothing is lost? Into segments named by hash.

A segment is one file in a folder beside the journal: gzip, and inside it a line of JSON and the body of each record.
Its name tells the records it holds and the SHA-256 of the file itself, so that a changed one is found without the
journal; the marks inside go on from those of the segment before. `gunzip` and `sha256sum` read it, too.

It is written under another name, waited for, and renamed: a killed process leaves a whole segment or none that counts.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from wattloom.domain.errors import InputError
from wattloom.domain.live import Entry

SUFFIX = ".records.gz"
MAKING = ".making"
NAME = re.compile(rf"(\d+)-(\d+)-([0-9a-f]{{64}}){re.escape(SUFFIX)}")
LEVEL = 1
"""Of compression: a decision of a thousand sites shrinks little, and the machine has other work."""
CHUNK = 1 << 20
"""Bytes at a time while a file is hashed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """Records that left the journal."""

    first: int
    last: int
    mark: bytes
    """Of the last record."""
    name: str
    """Of the file: records and hash."""


def chained(before: bytes, sequence: int, kind: str, body: bytes) -> bytes:
    """The mark of a record: SHA-256 over the mark before it and itself."""
    digest = hashlib.sha256(before)
    digest.update(f"{sequence} {kind} {len(body)}\n".encode())
    digest.update(body)
    return digest.digest()


def written(folder: Path, entries: Iterable[Entry], *, goes_on: Callable[[], bool]) -> Segment | None:
    """A segment of these records, on the disk on return; None where `goes_on` said stop or there are no records."""
    folder.mkdir(parents=True, exist_ok=True)
    making, first, last = folder / f"segment{MAKING}", 0, None
    try:
        with making.open("wb") as file:
            with gzip.GzipFile(filename="", mode="wb", compresslevel=LEVEL, fileobj=file, mtime=0) as out:
                for entry in entries:
                    if not goes_on():
                        return None
                    head = {"sequence": entry.sequence, "kind": entry.kind, "bytes": len(entry.body)}
                    out.write(json.dumps(head | {"mark": entry.mark.hex()}).encode() + b"\n")
                    out.write(entry.body + b"\n")
                    first, last = first or entry.sequence, entry
            file.flush()
            os.fsync(file.fileno())
        if last is None:
            return None
        name = f"{first:012}-{last.sequence:012}-{_sha256(making)}{SUFFIX}"
        making.replace(folder / name)
        _keep_names(folder)
        return Segment(first=first, last=last.sequence, mark=last.mark, name=name)
    finally:
        making.unlink(missing_ok=True)


def read(path: Path, *, mark_before: bytes) -> Iterator[Entry]:
    """The records of a segment; `InputError` where the file or a record is not what its name and its marks say."""
    named = NAME.fullmatch(path.name)
    if not path.exists():
        raise _wrong(path, "no file", "the segment in its folder")
    if named is None or _sha256(path) != named[3]:
        raise _wrong(path, "a file of another hash", "the hash that its name tells")
    mark, expected = mark_before, int(named[1])
    with gzip.open(path) as file:
        while line := file.readline():
            head = json.loads(line)
            body = file.read(head["bytes"])
            file.read(1)
            mark = chained(mark, head["sequence"], head["kind"], body)
            if head["sequence"] != expected or mark.hex() != head["mark"]:
                raise _wrong(
                    path, f"record {head['sequence']} off the chain", f"record {expected} that goes on from it"
                )
            expected += 1
            yield Entry(sequence=head["sequence"], kind=head["kind"], body=body, mark=mark)
    if expected != int(named[2]) + 1:
        raise _wrong(path, f"an end before record {expected}", f"records up to {int(named[2])}")


def forget_strays(folder: Path, *, named: set[str], after: int) -> None:
    """Delete segments that no journal names, of records behind `after`: it still holds those itself."""
    for path in folder.glob(f"*{SUFFIX}"):
        found = NAME.fullmatch(path.name)
        if found and path.name not in named and int(found[1]) > after:
            path.unlink()


def _sha256(path: Path) -> str:
    """Of a file."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _keep_names(folder: Path) -> None:
    """Wait until the disk has the folder's names."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _wrong(path: Path, found: str, expected: str) -> InputError:
    """A segment that cannot be trusted."""
    return InputError.one(
        f"segment {path.name}", found=found, expected=expected, remedy="take the file from its backup"
    )
