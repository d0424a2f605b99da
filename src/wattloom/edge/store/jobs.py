"""Which long works were asked for, and how far is each? Rows on the disk, so that a killed server goes on with them.

A job waits, runs, and ends done, failed or cancelled. One that ran when its server was killed waits again.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from wattloom.domain.errors import Conflict
from wattloom.edge.store.tables import Steps, tables

STEPS: Steps = {
    1: (
        """CREATE TABLE jobs (
          sequence {serial}, id TEXT NOT NULL UNIQUE, tenant TEXT NOT NULL, asked_by TEXT NOT NULL, use TEXT NOT NULL,
          asked TEXT NOT NULL, state TEXT NOT NULL, done {real} NOT NULL, message TEXT NOT NULL, problem TEXT,
          attempts {integer} NOT NULL, created_at TEXT NOT NULL, changed_at TEXT NOT NULL
        )""",
        "CREATE INDEX jobs_of_a_tenant ON jobs (tenant, sequence)",
        "CREATE INDEX jobs_by_state ON jobs (state, sequence)",
    )
}
COLUMNS = "sequence, id, tenant, asked_by, use, asked, state, done, message, problem, attempts, created_at, changed_at"
ENDED = ("done", "failed", "cancelled")


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A long work that somebody asked for."""

    id: str
    tenant: str
    asked_by: str
    use: str
    """Name of the use case."""
    asked: str
    """Options, as JSON; project and files lie in the job's folder."""
    created_at: str
    """ISO 8601, UTC."""
    sequence: int = 0
    """Rising in the order of asking."""
    state: str = "waiting"
    done: float = 0.0
    """Share of the whole, 0 to 1."""
    message: str = ""
    problem: str | None = None
    """What went wrong, as problem+json."""
    attempts: int = 0
    """How often it was begun."""
    changed_at: str = ""

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen by itself."""
        return self.state in ENDED


class JobStore:
    """Jobs by tenant."""

    def __init__(self, place: Path | str) -> None:
        """In a file (a path) or a PostgreSQL (its address)."""
        self._tables = tables(place, "jobs", STEPS)

    def close(self) -> None:
        """Let go of the store."""
        self._tables.close()

    def backup(self, path: Path) -> None:
        """A copy as of one instant."""
        self._tables.backup(path)

    def add(self, job: Job) -> Job:
        """Keep a new job; the one that is there already where its id was kept before."""
        values = (job.id, job.tenant, job.asked_by, job.use, job.asked, job.state, job.done, job.message, job.problem,
                  job.attempts, job.created_at, job.created_at)  # fmt: skip
        places = ", ".join("?" * len(values))
        with suppress(sqlite3.IntegrityError):  # Of this id there is one: it is told below.
            self._tables.run(f"INSERT INTO jobs ({COLUMNS.removeprefix('sequence, ')}) VALUES ({places})", values)  # noqa: S608
        found = self.get(job.tenant, job.id)
        if found is None:
            raise Conflict(f"job {job.id} belongs to somebody else")
        return found

    def get(self, tenant: str, name: str) -> Job | None:
        """A tenant's job by its id; None where it has none of this id."""
        return self._one("WHERE id = ? AND tenant = ?", (name, tenant))

    def some(self, tenant: str, *, before: int | None, limit: int, uses: Sequence[str] = ()) -> list[Job]:
        """A tenant's jobs, newest first, of sequences below `before`; of some uses only where they are named."""
        where, values = "WHERE tenant = ?", [tenant, *([] if before is None else [before]), *uses, limit]
        where += "" if before is None else " AND sequence < ?"
        where += f" AND use IN ({', '.join('?' * len(uses))})" if uses else ""
        return [_job(row) for row in self._rows(f"{where} ORDER BY sequence DESC LIMIT ?", values)]

    def claim(self, uses: Sequence[str], at: str) -> Job | None:
        """The job of these uses that waits longest, now running; None where none waits."""
        with self._tables.whole():
            places = ", ".join("?" * len(uses))
            found = self._one(f"WHERE state = 'waiting' AND use IN ({places}) ORDER BY sequence LIMIT 1", uses)
            if found is None:
                return None
            self._tables.run(
                "UPDATE jobs SET state = 'running', attempts = attempts + 1, changed_at = ? WHERE id = ?",
                (at, found.id),
            )
        return replace(found, state="running", attempts=found.attempts + 1, changed_at=at)

    def tell(self, name: str, *, done: float, message: str, at: str) -> None:
        """Note how far a running job is."""
        self._tables.run(
            "UPDATE jobs SET done = ?, message = ?, changed_at = ? WHERE id = ? AND state = 'running'",
            (done, message, at, name),
        )

    def end(self, name: str, state: str, *, at: str, message: str = "", problem: str | None = None) -> bool:
        """End a running job; False where it ran no longer, as after a cancel."""
        done = "1.0" if state == "done" else "done"
        return self._changed(
            f"UPDATE jobs SET state = ?, done = {done}, message = ?, problem = ?, changed_at = ?"  # noqa: S608
            " WHERE id = ? AND state = 'running' RETURNING id",
            (state, message, problem, at, name),
        )

    def cancel(self, tenant: str, name: str, at: str) -> Job:
        """End a job that waits or runs; an ended one cannot be cancelled."""
        if not self._changed(
            "UPDATE jobs SET state = 'cancelled', message = 'cancelled', changed_at = ?"
            " WHERE id = ? AND tenant = ? AND state IN ('waiting', 'running') RETURNING id",
            (at, name, tenant),
        ):
            raise Conflict(f"job {name} is {self._known(tenant, name).state}: only one that waits or runs is cancelled")
        return self._known(tenant, name)

    def resume(self, tenant: str, name: str, at: str) -> Job:
        """Let a failed or cancelled job wait again; its work goes on where it was, if it keeps such states."""
        if not self._changed(
            "UPDATE jobs SET state = 'waiting', message = '', problem = NULL, attempts = 0, changed_at = ?"
            " WHERE id = ? AND tenant = ? AND state IN ('failed', 'cancelled') RETURNING id",
            (at, name, tenant),
        ):
            raise Conflict(
                f"job {name} is {self._known(tenant, name).state}: only a failed or cancelled one is resumed"
            )
        return self._known(tenant, name)

    def again(self, name: str | None = None, *, at: str) -> int:
        """Let a running job wait again, as its worker is gone; all of them where none is named. How many."""
        where, values = ("", (at,)) if name is None else (" AND id = ?", (at, name))
        rows = self._tables.run(
            f"UPDATE jobs SET state = 'waiting', changed_at = ? WHERE state = 'running'{where} RETURNING id",  # noqa: S608
            values,
        )
        return len(rows)

    def counts(self, tenant: str | None = None) -> dict[str, int]:
        """How many jobs are in each state."""
        where, values = ("", ()) if tenant is None else (" WHERE tenant = ?", (tenant,))
        rows = self._tables.run(f"SELECT state, COUNT(*) FROM jobs{where} GROUP BY state", values)  # noqa: S608
        return {str(state): int(count) for state, count in rows}

    def _known(self, tenant: str, name: str) -> Job:
        """A tenant's job; KeyError where there is none."""
        found = self.get(tenant, name)
        if found is None:
            raise KeyError(name)
        return found

    def _changed(self, statement: str, values: Sequence[Any]) -> bool:
        """Whether a statement changed a row."""
        return bool(self._tables.run(statement, values))

    def _one(self, where: str, values: Sequence[Any]) -> Job | None:
        """The first job that fits."""
        rows = self._rows(where, values)
        return _job(rows[0]) if rows else None

    def _rows(self, where: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
        """Rows that fit."""
        return self._tables.run(f"SELECT {COLUMNS} FROM jobs {where}", values)  # noqa: S608 - own words


def _job(row: Sequence[Any]) -> Job:
    """A job out of its row."""
    return Job(**dict(zip(COLUMNS.split(", "), row, strict=True)))
