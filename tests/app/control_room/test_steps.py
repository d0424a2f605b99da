"""A room goes on from what it hears; what it wrote is enough to go on from anywhere."""

import json

import numpy as np
import pytest
from tests.app.control_room.rooms import NOON_S, SITES, Run, inputs, steps

from wattloom.app.control_room import advising, alarms, approving, events
from wattloom.app.control_room.account import Account, Period, closed, openings, postings
from wattloom.app.control_room.alarms import Cause
from wattloom.app.control_room.frame import Running, frame, regions
from wattloom.app.control_room.mixing import mixed
from wattloom.app.control_room.rows import ROWS_KEPT, Alarm, GridEvent, Proposal, Written, no_rows, said, with_rows
from wattloom.app.control_room.state import MANUAL, WITHIN, PolicySet, RoomSnapshot, Told
from wattloom.app.control_room.steps import KINDS, commands, entries, record_of
from wattloom.domain.errors import Conflict, InputError
from wattloom.domain.live import Entry
from wattloom.domain.text import Text
from wattloom.ledger import Ledger, Outcome

HALF_HOUR_TICKS = 30


def again(record: object) -> object:
    """A record written and read back."""
    ((kind, body),) = entries([record])  # type: ignore[list-item]
    return record_of(Entry(sequence=1, kind=kind, body=body, mark=b""))


@pytest.fixture(scope="module")
def busy() -> Run:
    """Half an hour of a room at sixty times the wall's pace, with all kinds of approval and an event."""
    run = Run(speed=60.0)
    run.take(run.steps.said(run.state, PolicySet(sites=(0, 1, 2), kind=MANUAL)))
    run.take(run.steps.said(run.state, PolicySet(sites=tuple(range(3, 20)), kind=WITHIN, limit=0.02)))
    run.tick(HALF_HOUR_TICKS)
    return run


def test_the_records_alone_rebuild_the_state_to_the_byte(busy: Run) -> None:
    state = busy.steps.begin(at_s=NOON_S, series="test")
    for record in busy.records:
        state = busy.steps.applied(state, again(record))

    assert RoomSnapshot(state=state).packed() == RoomSnapshot(state=busy.state).packed()
    assert {type(record).KIND for record in busy.records} >= {
        "telemetry",
        "decision",
        "told",
        "answers",
        "rows",
        "period",
    }  # type: ignore[attr-defined]


def test_a_snapshot_comes_back_as_it_was(busy: Run) -> None:
    content = RoomSnapshot(state=busy.state).packed()

    assert RoomSnapshot(state=RoomSnapshot.unpacked(content).state).packed() == content


def test_the_same_state_and_event_give_the_same_bytes(busy: Run) -> None:
    first, second = (busy.steps.ticked(busy.state, at_s=busy.at_s + 60.0) for _ in range(2))

    assert entries(first.records) == entries(second.records)


def test_a_record_of_another_release_is_refused() -> None:
    with pytest.raises(InputError, match="kind 'strange'"):
        record_of(Entry(sequence=3, kind="strange", body=b"", mark=b""))
    assert "telemetry" in KINDS


def test_manual_sites_are_sent_nothing_and_asked_about(busy: Run) -> None:
    told = {int(site) for record in busy.records if isinstance(record, Told) for site in record.sites}

    assert told.isdisjoint({0, 1, 2})
    asked = {row.subject for row in busy.state.tables["proposals"].values() if isinstance(row, Proposal)}
    assert asked & {"dc00", "dc01", "dc02"}
    waiting = [row for row in busy.state.tables["proposals"].values() if row.state == "waiting"]  # type: ignore[union-attr]
    assert len(waiting) <= approving.WAITING_MAX


def test_every_command_names_who_approved_it(busy: Run) -> None:
    orders = busy.steps.waiting(busy.state) or busy.last.orders
    assert orders is not None

    for command, by, via in commands(orders, inputs().layout.sites):
        assert command.id.startswith("test-")
        assert via == "policy"
        assert by in {"policy automatic", "policy within_limits"}


def test_a_site_that_a_person_lets_follow_is_told_in_her_name() -> None:
    run = Run(speed=60.0)
    run.take(run.steps.said(run.state, PolicySet(sites=tuple(range(SITES)), kind=MANUAL)))
    run.tick(5)
    assert run.state.counts.sent == 0
    row = next(row for row in run.state.tables["proposals"].values() if isinstance(row, Proposal))
    done = approving.decided(row, approve=True, by="ana", via="cookie", reason="", at_s=run.at_s)
    site = run.steps.points.site(row.subject)
    run.take(run.steps.said(run.state, Written(rows=(done,))))
    run.take(run.steps.said(run.state, PolicySet(sites=(site,), granted_s=run.at_s + 900.0, by="ana")))

    run.tick(3)

    assert run.state.counts.sent == run.state.counts.by_person > 0
    assert run.state.approvers[run.state.told_by[site]] == ("ana", "person")
    with pytest.raises(Conflict, match="approved already, by ana"):
        approving.decided(done, approve=False, by="bo", via="cookie", reason="", at_s=run.at_s)
    sent = run.state.counts.sent
    run.tick(20)
    assert run.state.counts.sent - sent <= 15  # Fifteen minutes, then she is asked anew.


def test_a_lying_site_is_told_replaced_and_sent_nothing() -> None:
    run = Run()
    run.tick(4)
    run.field.fault("dc05", "impossible", ticks=100)
    sent = [record for record in run.records if isinstance(record, Told)]

    run.tick(3)

    rows = [row for row in run.state.tables["alarms"].values() if isinstance(row, Alarm)]
    assert [(row.kind, row.subject) for row in rows] == [("site_lies", "dc05")]
    later = [record for record in run.records if isinstance(record, Told)][len(sent) :]
    assert all(5 not in record.sites for record in later)
    run.field.faults.clear()
    run.tick(2)
    rows = [row for row in run.state.tables["alarms"].values() if isinstance(row, Alarm)]
    assert rows[0].over_s is not None
    assert not rows[0].ended  # Nobody has seen it yet.


def test_an_alarm_is_raised_acknowledged_and_cleared_in_this_order() -> None:
    cause, tables = Cause("disk_full", "disk", Text("1 GB left", "剩余 1 GB")), no_rows()
    (raised,), number = alarms.rows(tables, [cause], at_s=10.0, number=0)
    assert isinstance(raised, Alarm)
    assert (raised.id, number, raised.severity) == ("a1", 1, 3)
    with pytest.raises(Conflict, match="cause still stands"):
        alarms.decided(raised, "clear", by="ana", note="", at_s=11.0)

    seen = alarms.decided(raised, "acknowledge", by="ana", note="on it", at_s=11.0)
    with pytest.raises(Conflict, match="acknowledged already by ana"):
        alarms.decided(seen, "acknowledge", by="bo", note="", at_s=12.0)
    (over,), _ = alarms.rows(with_rows(tables, (seen,)), [], at_s=13.0, number=1)

    assert isinstance(over, Alarm)
    assert (over.over_s, over.cleared_s, over.cleared_by) == (13.0, 13.0, "ana")
    with pytest.raises(Conflict, match="cleared already"):
        alarms.decided(over, "clear", by="bo", note="", at_s=14.0)
    again_raised, number = alarms.rows(with_rows(tables, (over,)), [cause], at_s=15.0, number=1)
    assert [row.id for row in again_raised] == ["a2"]


def test_many_silent_sites_are_one_alarm() -> None:
    run = Run()
    run.tick(2)
    run.at_s += 600.0
    run.take(run.steps.ticked(run.state, at_s=run.at_s))

    rows = [row for row in run.state.tables["alarms"].values() if isinstance(row, Alarm) and row.kind == "site_stale"]
    assert [(row.subject, row.text[0]) for row in rows] == [("many sites", "40 of 40 sites")]


def test_of_rows_that_are_over_the_last_stay_at_hand() -> None:
    tables = no_rows()
    for number in range(ROWS_KEPT + 7):
        tables = with_rows(tables, (said(1.0, "ana", Text.same("x"), about="", number=number),))

    assert len(tables["log"]) == ROWS_KEPT
    assert next(iter(tables["log"])) == "n7"


def test_energy_of_a_period_is_power_times_time_and_posted_whole() -> None:
    """8 MW for 900 s is 2 MWh: 2,000,000 Wh; at 400 CNY/MWh it owes 800 CNY."""
    account = Account.begun(NOON_S, 2)
    for k in range(1, 4):
        account = account.counted(
            NOON_S + 300.0 * k, np.array([8.0, 0.0]), np.array([400.0, 400.0]), np.array([True, False])
        )

    period = closed(account, NOON_S + 900.0)

    assert period.draw_wh.tolist() == [2_000_000, 0]
    assert period.owed.tolist() == [8_000_000, 0]
    told = list(postings(period, series="s", sites=("a", "b"), regions=("r",), region_of=np.array([0, 0])))
    assert [[(line.account, line.side, line.amount) for line in entry.lines] for entry in told] == [
        [("live draw of a", "debit", 2_000_000), ("live supply of r", "credit", 2_000_000)],
        [("live owed by a", "debit", 8_000_000), ("live billed in r", "credit", 8_000_000)],
    ]


def test_a_period_posted_twice_stands_once_in_the_book(busy: Run, ledger: Ledger) -> None:
    period = next(record for record in busy.records if isinstance(record, Period))
    layout = inputs().layout
    ledger.post(openings(layout.sites, layout.regions))

    told = list(postings(period, series="s", sites=layout.sites, regions=layout.regions, region_of=layout.site_region))
    first, second = (ledger.post(told) for _ in range(2))

    assert {one.outcome for one in first} == {Outcome.ACCEPTED}
    assert {one.outcome for one in second} == {Outcome.KNOWN}
    pending = sum(ledger.balance(f"live draw of {site}").debit_pending for site in layout.sites)
    assert pending == int(period.draw_wh.sum()) > 0


def test_a_silence_of_the_room_is_told_as_missing_and_not_counted() -> None:
    account = Account.begun(NOON_S, 1).counted(NOON_S + 3600.0, np.array([8.0]), np.array([1.0]), np.array([True]))

    assert account.draw_mwh.tolist() == [0.0]
    assert account.missing_s == 3600.0


def test_an_event_is_asked_approved_run_and_measured() -> None:
    run = Run(speed=60.0)
    run.tick(3)
    asked = {"territory": "jiangsu", "down_mw": 2.0, "hours": 0.25}
    rows = events.asked(run.state, asked, run.steps, by="grid", at_s=run.at_s)
    run.take(run.steps.said(run.state, Written(rows=tuple(rows))))
    proposal = rows[1]
    assert isinstance(proposal, Proposal)
    done = approving.decided(proposal, approve=True, by="ana", via="cookie", reason="", at_s=run.at_s)
    run.take(run.steps.said(run.state, Written(rows=(done, *events.decided(run.state, done)))))

    run.tick(8)
    running = next(row for row in run.state.tables["events"].values() if isinstance(row, GridEvent))
    assert running.state == "running"
    draw = run.steps.points.window(run.last.seen.used.values, "sites", "draw_mw")  # type: ignore[union-attr]
    assert draw[list(running.sites)].sum() < running.baseline_mw  # type: ignore[operator]
    run.tick(12)

    event = next(row for row in run.state.tables["events"].values() if isinstance(row, GridEvent))
    assert event.state == "done"
    assert event.by == "ana"
    assert event.asked_wh == pytest.approx(2.0 * 0.25 * 1e6, abs=20)
    assert event.delivered_wh >= 0.8 * event.asked_wh  # The first minutes ramp down to the cap.


def test_an_event_that_cannot_be_is_refused_with_all_that_is_wrong() -> None:
    run = Run()

    with pytest.raises(InputError) as refused:
        events.asked(run.state, {"territory": "atlantis", "down_mw": -1, "hours": 99, "start": "soon"}, run.steps,
                     by="x", at_s=run.at_s)  # fmt: skip

    assert len(refused.value.problems) == 4


def test_what_arrives_is_as_green_as_its_origin() -> None:
    """Region 0 has 100 MW of sun and sends 50 to region 1, which burns 50 of its own: half green."""
    of, count = inputs(), len(inputs().layout.regions)
    line = int(np.flatnonzero((of.layout.line_from == 1) & (of.layout.line_to == 0))[0])
    supply, forward = np.zeros((count, 4)), np.zeros(of.layout.line_from.size)
    loss = float(of.lines.loss_share[line])
    supply[1, 0], supply[0, 2], forward[line] = 100.0, 50.0, 50.0 / (1.0 - loss)

    green, carbon = mixed({"supply_mw": supply, "forward_mw": forward, "backward_mw": 0.0 * forward}, of)

    assert green[1] == pytest.approx(1.0)
    assert green[0] == pytest.approx(0.5)
    assert carbon[0] == pytest.approx(0.5 * of.carbon_t_per_mwh[0, 2])
    assert carbon[1] == pytest.approx(0.0)


def test_a_frame_is_small_and_adds_up(busy: Run) -> None:
    seen = busy.last.seen
    assert seen is not None
    running = Running(speed=60.0, simulated=True, degraded=[Text("x", "某")], decision_ms=1.0, record_ms=1.0,
                      actuation_ms=None, settled_ms=None)  # fmt: skip
    at = regions(busy.state, seen, busy.steps)
    told = frame(busy.state, seen, busy.steps, running, at_regions=at)

    assert len(json.dumps(told, allow_nan=False)) <= 8_000
    assert sum(told["provinces"]["draw_mw"]) == pytest.approx(told["totals"]["draw_mw"], abs=1.0)
    assert sum(told["provinces"]["sites"]) == SITES
    assert told["state"] == "degraded"
    assert told["simulated"]
    assert told["at"].endswith("+08:00")


def test_advice_is_the_newest_command_that_waits_and_a_meter_at_it_answers() -> None:
    run = Run()
    run.tick(1)
    orders = run.last.orders
    assert orders is not None
    site = int(orders.site[0])
    name = inputs().layout.sites[site]
    found = advising.advice(run.state, run.steps, name, now=inputs().project.window.instant)

    assert found is not None
    assert (found.command.site, found.via, found.by) == (name, "policy", "policy automatic")
    answers = advising.followed(run.state, run.steps, at_s=run.at_s)
    assert answers is None or site not in answers.site  # Measured before the command was given: no answer to it.
    with pytest.raises(KeyError):
        advising.advice(run.state, run.steps, "nobody", now=inputs().project.window.instant)


def test_the_plan_of_a_room_starts_again_each_day() -> None:
    of = steps()

    assert of.second(NOON_S) == 12 * 3600.0
    assert of.second(NOON_S + 86_400.0) == 12 * 3600.0
