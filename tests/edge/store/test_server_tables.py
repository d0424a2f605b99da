"""Do jobs and answers lie in SQLite and in PostgreSQL alike, and does a copy of a store hold all of it?"""

from __future__ import annotations

import itertools
import sqlite3
import threading
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.postgres_server import MISSING, Server, programs, running

from wattloom import wiring
from wattloom.domain.errors import Conflict, InputError, Unavailable
from wattloom.edge.store import tables, whole
from wattloom.edge.store.idempotency import Answer, AnswerStore
from wattloom.edge.store.jobs import Job, JobStore
from wattloom.edge.store.ledger_postgres import PostgresBook

NUMBERS = itertools.count()
AT = "2026-11-23T00:00:00+00:00"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A PostgreSQL for the tests of this file."""
    if programs() is None:
        pytest.skip(MISSING)
    with running() as started:
        yield started


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path | str:
    """Where the test's tables lie."""
    if request.param == "sqlite":
        return tmp_path / "tables.sqlite"
    schema, plain = f"server_{next(NUMBERS)}", tables.PostgresTables
    monkeypatch.setattr(tables, "PostgresTables", lambda url, name, steps: plain(url, name, steps, schema=schema))
    return str(request.getfixturevalue("server").url)


def job(name: str, *, tenant: str = "home", use: str = "plan_site") -> Job:
    return Job(id=name, tenant=tenant, asked_by="planner", use=use, asked="{}", created_at=AT)


def test_a_job_goes_its_way_and_only_its_way(place: Path | str) -> None:
    store = JobStore(place)
    store.add(job("a"))
    store.add(job("b"))
    again = store.add(job("a", use="other"))  # The same id: what is kept is told.

    first = store.claim(("plan_site",), AT)
    store.tell("a", done=0.5, message="half", at=AT)

    assert again.use == "plan_site"
    assert first is not None
    assert (first.id, first.attempts) == ("a", 1)
    assert store.claim(("match_now",), AT) is None
    assert store.counts("home") == {"running": 1, "waiting": 1}
    assert store.get("home", "a").done == 0.5  # type: ignore[union-attr]
    assert store.end("a", "done", at=AT)
    assert not store.end("a", "failed", at=AT)
    with pytest.raises(Conflict, match="done"):
        store.cancel("home", "a", AT)
    assert store.cancel("home", "b", AT).state == "cancelled"
    assert store.resume("home", "b", AT).state == "waiting"
    with pytest.raises(KeyError):
        store.cancel("home", "none", AT)
    store.close()


def test_what_ran_when_a_server_ended_waits_again_and_nobody_sees_what_belongs_to_another(place: Path | str) -> None:
    store = JobStore(place)
    store.add(job("a"))
    store.claim(("plan_site",), AT)
    store.close()
    store = JobStore(place)

    assert store.again(at=AT) == 1
    assert store.claim(("plan_site",), AT).attempts == 2  # type: ignore[union-attr]
    assert store.get("other", "a") is None
    with pytest.raises(Conflict):
        store.add(job("a", tenant="other"))
    store.close()


def test_two_workers_never_claim_the_same_job(place: Path | str) -> None:
    store = JobStore(place)
    for k in range(40):
        store.add(job(f"{k:02}"))
    claimed: list[str] = []

    def work() -> None:
        while (found := store.claim(("plan_site",), AT)) is not None:
            claimed.append(found.id)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(claimed) == [f"{k:02}" for k in range(40)]
    store.close()


def test_lists_are_newest_first_and_go_on_below_a_number(place: Path | str) -> None:
    store = JobStore(place)
    kept = [store.add(job(name, use=use)) for name, use in (("a", "plan_site"), ("b", "match_now"), ("c", "plan_site"))]

    assert [one.id for one in store.some("home", before=None, limit=2)] == ["c", "b"]
    assert [one.id for one in store.some("home", before=kept[1].sequence, limit=2)] == ["a"]
    assert [one.id for one in store.some("home", before=None, limit=9, uses=("plan_site",))] == ["c", "a"]
    store.close()


def test_an_answer_is_kept_a_day_and_what_a_dead_process_began_counts_as_not_begun(place: Path | str) -> None:
    store = AnswerStore(place, begun_by="one")
    told = Answer(request="r", status=201, media="application/json", location="/x", body=b"{}")

    assert store.begin("home/op", "k", "r", at_s=0.0) is None
    assert store.begin("home/op", "k", "r", at_s=1.0) == Answer(request="r", status=None)
    store.close()
    store = AnswerStore(place, begun_by="two")
    assert store.begin("home/op", "k", "r", at_s=2.0) is None
    store.end("home/op", "k", told)
    assert store.begin("home/op", "k", "other", at_s=3.0) == told
    store.forget("home/op", "k")  # Told for good: it stays.
    assert store.begin("home/op", "k", "r", at_s=4.0) == told
    assert store.begin("home/op", "k", "r", at_s=86_403.0) is None
    store.close()


def test_tables_of_a_newer_program_are_refused(place: Path | str) -> None:
    JobStore(place).close()
    newer = tables.tables(place, "jobs", {1: (), 2: ()})
    newer.close()

    with pytest.raises(InputError, match="version 2"):
        JobStore(place)


def test_a_database_that_is_away_is_told_and_found_again(server: Server) -> None:
    store = JobStore(server.url)
    server.kill()

    with pytest.raises(Unavailable):
        store.counts()

    server.start()
    assert store.counts() is not None
    store.close()


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A store with jobs, a file and the folder of a run."""
    folder = tmp_path / "store"
    jobs = JobStore(folder / "jobs.sqlite")
    for k in range(100):
        jobs.add(job(f"{k}"))
    (folder / "runs" / "home" / "1").mkdir(parents=True)
    (folder / "runs" / "home" / "1" / "project.yaml").write_text("name: x\n")
    (folder / "files").mkdir()
    (folder / "files" / ".making-x").write_text("half")
    jobs.close()
    return folder


def test_a_copy_of_a_store_in_use_is_whole_and_comes_back(store: Path, tmp_path: Path) -> None:
    jobs, stop = JobStore(store / "jobs.sqlite"), threading.Event()

    def write() -> None:
        while not stop.is_set():
            jobs.add(job(f"more {next(NUMBERS)}"))

    writer = threading.Thread(target=write)
    writer.start()
    try:
        done = whole.backup(store, tmp_path / "copy")
    finally:
        stop.set()
        writer.join()
        jobs.close()
    whole.restore(tmp_path / "copy", tmp_path / "again")

    again = JobStore(tmp_path / "again" / "jobs.sqlite")
    assert done.files == 2
    assert again.counts()["waiting"] >= 100
    assert (tmp_path / "again" / "runs" / "home" / "1" / "project.yaml").read_text() == "name: x\n"
    again.close()
    with pytest.raises(InputError, match="something there"):
        whole.restore(tmp_path / "copy", tmp_path / "again")


def test_a_copy_that_was_changed_is_refused_with_every_fault(store: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    whole.backup(store, copy)
    (copy / "jobs.sqlite").write_bytes(b"SQLite format 3")
    (copy / "runs" / "home" / "1" / "project.yaml").unlink()

    with pytest.raises(InputError) as wrong:
        whole.restore(copy, tmp_path / "again")

    assert [one.found for one in wrong.value.problems] == ["another content", "no file"]
    assert not (tmp_path / "again").exists()


def test_an_upgrade_rehearses_on_a_copy_and_leaves_the_store_alone_where_that_fails(
    store: Path, tmp_path: Path
) -> None:
    def fails(path: Path) -> Any:
        base = sqlite3.connect(path)
        base.execute("DROP TABLE jobs")
        base.commit()
        base.close()
        raise InputError.one("step 2", found="a fault", expected="none", remedy="tell us")

    with pytest.raises(InputError, match="step 2"):
        whole.upgrade(store, {"jobs.sqlite": fails}, tmp_path / "before")

    kept = JobStore(store / "jobs.sqlite")
    assert kept.counts() == {"waiting": 100}
    kept.close()
    assert not list(tmp_path.glob("*.rehearsal"))


def test_an_upgrade_opens_every_database_and_a_store_in_use_is_refused(store: Path, tmp_path: Path) -> None:
    upgrade: Callable[[Path, Path], Any] = wiring.find("store_upgrade")
    with whole.alone(store), pytest.raises(Conflict, match="a server runs on it"):
        upgrade(store, tmp_path / "before")

    assert upgrade(store, tmp_path / "before") == ["jobs.sqlite"]
    assert (tmp_path / "before" / whole.MANIFEST).exists()


def test_a_character_that_postgresql_has_no_place_for_ends_no_job_half_way(place: Path | str) -> None:
    store = JobStore(place)
    store.add(job("a"))
    store.claim(("plan_site",), AT)

    store.end("a", "failed", at=AT, message="found the key a\0b")

    (found,) = store.some("home", before=None, limit=5)
    assert (found.state, found.message.replace("\0", "\ufffd")) == ("failed", "found the key a\ufffdb")
    assert store.get("home\0", "a\0") is None
    store.close()


@pytest.mark.parametrize(
    "address",
    [
        "postgresql//wu:horse-by-the-river@db/x",
        "postgresql://wu:horse-by-the-river@[::1/x",
        "postgresql://wu:horse-by-the-river%zz@127.0.0.1:1/x",
        "host=127.0.0.1 port=1 password='horse-by-the-river' user",
        "host='no-such-place password=horse-by-the-river' port=1",
    ],
)
def test_an_address_that_is_wrong_is_told_without_its_password(address: str) -> None:
    for opened in (lambda: tables.PostgresTables(address, "x", {1: ()}), lambda: PostgresBook(address)):
        with pytest.raises((Unavailable, InputError)) as wrong:
            opened()
        assert "river" not in str(wrong.value)
        assert "river" not in "".join(traceback.format_exception(wrong.value))
