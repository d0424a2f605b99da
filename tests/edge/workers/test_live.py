"""Does the host write before it tells, stop in order, and come through fire with nothing lost or doubled?"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from tests.dispatch.matching.small import layout, with_batch

from wattloom.app.live_records import record_of
from wattloom.app.live_state import LiveState
from wattloom.app.run_live import Room, opened, rebuilt
from wattloom.domain.errors import InputError
from wattloom.domain.live import Actuation, Entry, SiteCommand, Update
from wattloom.edge.store.journal import SqliteJournal
from wattloom.edge.workers.live import Clocks, LiveHost, Pace, stopping_on_signals

CAMPAIGN = Path(__file__).parents[3] / "campaigns" / "live_fire.py"
START_S = 1_000.0


class Hand:
    """A clock that somebody turns."""

    def __init__(self) -> None:
        """Begin."""
        self.at_s = START_S

    def __call__(self) -> float:
        return self.at_s


class Told:
    """An outlet that remembers, beside a journal that does."""

    def __init__(self, journal: SqliteJournal) -> None:
        """Begin."""
        self.journal, self.sent, self.heard = journal, list[SiteCommand](), list[Mapping[str, int]]()
        self.records_when_sent: list[int] = []

    def commands(self, commands: Sequence[SiteCommand]) -> None:
        self.sent += commands
        self.records_when_sent.append(self.journal.head[0])

    def kept(self, numbers: Mapping[str, int]) -> None:
        self.heard.append(dict(numbers))


class Broken:
    """A journal whose disk is full from now on."""

    def __init__(self, journal: SqliteJournal) -> None:
        """Begin."""
        self.journal = journal

    def append(self, records: Sequence[tuple[str, bytes]]) -> int:
        del records
        raise InputError.one("journal", found="a full disk", expected="some space", remedy="free some")

    def read(self, *, after: int = 0) -> Iterator[Entry]:
        return self.journal.read(after=after)

    def last(self, kind: str) -> Entry | None:
        return self.journal.last(kind)


class Desk:
    """A host, its journal, its outlet and its clock."""

    def __init__(self, path: Path, pace: Pace | None = None, *, broken: bool = False) -> None:
        """Begin."""
        self.room, self.clock, self.journal = Room(layout()), Hand(), SqliteJournal(path)
        first = self.room.begin(with_batch(10.0), at_s=START_S - 1, series="a")
        self.state = opened(self.room, self.journal, first=first)
        self.told = Told(self.journal)
        journal: Any = Broken(self.journal) if broken else self.journal
        clocks = Clocks(now_s=self.clock, passed_s=self.clock)
        self.host = LiveHost(self.room, journal, self.told, state=self.state, pace=pace, clocks=clocks)

    def offer(self, number: int, **fields: Any) -> bool:
        plain = {"part": "sites", "name": "east dc", "field": "demand_mw", "of": "movable batch", "value": 6.0}
        plain |= {"at_s": self.clock.at_s, "source": "meter", "number": number}
        return self.host.offer(Update(**(plain | fields)))

    def one_round(self) -> LiveState:
        """What waits is decided and written; then the host stops."""
        self.host.stop()
        return self.host.run()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path / "j")
    yield desk
    desk.journal.close()


def kinds(journal: SqliteJournal) -> list[str]:
    return [entry.kind for entry in journal.read()]


def test_readings_and_decision_are_one_transaction_written_before_anything_is_told(desk: Desk) -> None:
    desk.offer(1)

    state = desk.one_round()

    assert kinds(desk.journal) == ["snapshot", "readings", "decision", "measured", "snapshot"]
    assert desk.told.records_when_sent == [3]
    assert [command.id for command in desk.told.sent] == ["a-1-0", "a-1-1"]
    assert desk.told.heard == [{"meter": 1}]
    assert state.tick == 1


def test_where_nothing_can_be_written_nothing_is_told(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "j", broken=True)
    desk.offer(1)

    with pytest.raises(InputError, match="a full disk"):
        desk.one_round()

    assert (desk.told.sent, desk.told.heard) == ([], [])
    assert kinds(desk.journal) == ["snapshot"]
    desk.journal.close()


def test_a_thousand_updates_of_a_number_between_two_ticks_are_one_reading(desk: Desk) -> None:
    for n in range(1, 1001):
        desk.offer(n, value=n / 100)

    state = desk.one_round()

    assert (state.applied, state.coalesced, state.heard) == (1, 999, {"meter": 1000})
    assert desk.room.numbers.tick(state.row).sites.demand_mw[0, 3] == 10.0


def test_a_malformed_update_is_refused_to_its_sender_and_does_not_displace_a_good_one(desk: Desk) -> None:
    desk.offer(1, value=5.0)

    with pytest.raises(InputError, match="a number from 0 to 1e"):
        desk.offer(2, value=-5.0)
    with pytest.raises(InputError, match="time that goes forward"):
        desk.offer(3, at_s=START_S - 0.5)

    assert desk.one_round().heard == {"meter": 1}
    assert desk.room.numbers.tick(desk.host.state.row).sites.demand_mw[0, 3] == 5.0


def test_commands_without_an_answer_are_told_again_under_their_ids_by_the_next_process(tmp_path: Path) -> None:
    first = Desk(tmp_path / "j")
    first.offer(1)
    first.one_round()
    first.host.answered(Actuation(id="a-1-0", at_s=START_S))
    first.host.run()
    first.journal.close()

    second = Desk(tmp_path / "j")
    assert second.offer(1) is False  # Kept by the process before.
    second.one_round()

    assert [command.id for command in first.told.sent[:2]] == ["a-1-0", "a-1-1"]
    assert second.told.sent == first.told.sent[1:2]
    assert second.told.heard == [{"meter": 1}]
    second.journal.close()


def test_a_command_without_an_answer_is_told_again_after_a_while(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "j", Pace(tick_s=1e9, again_s=10.0))
    desk.offer(1)

    def forward() -> None:
        while len(desk.told.sent) < 2:
            time.sleep(0.001)
        for _ in range(3):
            desk.clock.at_s += 11.0
            desk.host.look()
            time.sleep(0.05)
        desk.host.stop()

    turning = threading.Thread(target=forward)
    turning.start()
    desk.host.run()
    turning.join()

    # Looks between may move a set-point a little, which is a command of its own.
    again = [command.id for command in desk.told.sent if command.tick == 1]
    assert len(again) >= 4
    assert set(again) == {"a-1-0", "a-1-1"}
    desk.journal.close()


def test_without_news_there_is_a_decision_each_tick(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "j", Pace(tick_s=0.02, on_event=False))
    desk.host = LiveHost(desk.room, desk.journal, desk.told, state=desk.state, pace=Pace(tick_s=0.02, on_event=False))
    threading.Timer(0.5, desk.host.stop).start()

    state = desk.host.run()

    assert 5 <= state.tick <= 26  # Twenty-five fit; a busy machine makes fewer.
    desk.journal.close()


def test_a_restart_reads_back_to_the_last_snapshot_only(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "j", Pace(snapshot_ticks=1))
    desk.offer(1)
    desk.one_round()

    assert kinds(desk.journal) == ["snapshot", "readings", "decision", "snapshot", "measured", "snapshot"]
    again = rebuilt(desk.room, desk.journal)
    assert again is not None
    assert again.sha256 == desk.host.state.sha256
    desk.journal.close()


def test_four_latencies_are_kept_apart_and_what_a_twin_told_is_called_simulated(desk: Desk) -> None:
    desk.offer(1)
    desk.clock.at_s += 2.0
    desk.one_round()
    desk.host.answered(Actuation(id="a-1-0", at_s=desk.clock.at_s + 3.0, simulated=True))
    desk.host.settled(1, meter_to_settled_s=900.0, simulated=True)
    desk.host.run()

    figures = {of.name: of for of in desk.host.latencies.figures()}

    assert list(figures) == [
        "update_to_decision", "decision_to_command", "command_to_actuation", "meter_to_settled",
    ]  # fmt: skip
    assert (figures["update_to_decision"].p50_s, figures["update_to_decision"].simulated) == (2.0, 0)
    assert figures["decision_to_command"].readings == 1
    assert (figures["command_to_actuation"].max_s, figures["command_to_actuation"].simulated) == (3.0, 1)
    assert (figures["meter_to_settled"].max_s, figures["meter_to_settled"].simulated) == (900.0, 1)


def test_how_long_a_site_took_is_written_beside_its_answer(desk: Desk) -> None:
    desk.offer(1)
    desk.one_round()
    desk.host.answered(Actuation(id="a-1-0", at_s=desk.clock.at_s + 3.0, after_s=99.0))
    desk.host.run()

    told = next(record_of(entry) for entry in desk.journal.read() if entry.kind == "actuations")

    assert told.told == [Actuation(id="a-1-0", at_s=START_S + 3.0, after_s=3.0)]  # type: ignore[attr-defined]


def test_a_latency_that_nobody_measured_has_no_figure(desk: Desk) -> None:
    settled = desk.host.latencies.figures()[3]

    assert (settled.readings, settled.p50_s, settled.p99_s, settled.max_s) == (0, None, None, None)


def test_an_answer_to_no_command_is_refused(desk: Desk) -> None:
    with pytest.raises(InputError, match="answer of a site"):
        desk.host.answered(Actuation(id="a-7-0", at_s=START_S))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
def test_a_signal_lets_it_finish_what_waits_and_gives_the_signal_back(desk: Desk, number: signal.Signals) -> None:
    before = signal.getsignal(number)
    desk.offer(1)

    with stopping_on_signals(desk.host):
        os.kill(os.getpid(), number)
        state = desk.host.run()

    assert state.applied == 1
    assert kinds(desk.journal)[-1] == "snapshot"
    assert signal.getsignal(number) is before


def test_nothing_is_lost_or_doubled_under_kills_overload_and_nonsense() -> None:
    command = ["--ticks", "400", "--kills", "3", "--overload-s", "1", "--malformed", "1000", "--sites", "200"]

    done = subprocess.run(
        [sys.executable, str(CAMPAIGN), *command], capture_output=True, text=True, check=False, timeout=300
    )

    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["faults"] == 0
    assert (told["kills"]["kills"], told["nonsense"]["malformed"]) == (3, 1000)
    assert told["kills"]["ticks"] >= 400
    assert told["kills"]["applied"] + told["kills"]["coalesced"] == told["kills"]["updates"]
    assert told["kills"]["sent_again"] > 0
    assert told["overload"]["fed_per_s"] == pytest.approx(3 * told["overload"]["one_at_a_time_per_s"], rel=0.05)
