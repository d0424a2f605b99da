"""An event counts against the plan from before its notice, is paid by a rule that is named, and shared to the fen."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from tests.app.control_room.rooms import NOON_S, Run

from wattloom.app.control_room import approving, events, planning, responding
from wattloom.app.control_room.planning import Planned
from wattloom.app.control_room.rows import GridEvent, Proposal, Written
from wattloom.app.control_room.steps import record_of
from wattloom.domain.live import Entry
from wattloom.domain.time import TimeAxis
from wattloom.ledger import Kind

REGION = "guangdong"


def journal_of(plans: list[Planned]) -> list[Entry]:
    return [Entry(sequence=n, kind=one.KIND, body=one.packed(), mark=bytes([n]) * 32) for n, one in enumerate(plans, 1)]


def called(run: Run, known: events.Known | None, **asked: object) -> None:
    told = {"territory": REGION, "down_mw": 2.0, "hours": 1.0, "price_cny_per_mwh": 3000.0, **asked}
    rows = events.asked(run.state, told, run.steps, by="grid", at_s=run.at_s, known=known)
    proposal = rows[1]
    assert isinstance(proposal, Proposal)
    done = approving.decided(proposal, approve=True, by="ana", via="cookie", reason="", at_s=run.at_s)
    run.take(run.steps.said(run.state, Written(rows=tuple(rows))))
    run.take(run.steps.said(run.state, Written(rows=(done, *events.decided(run.state, done)))))


def event_of(run: Run) -> GridEvent:
    found = next(iter(run.state.tables["events"].values()))
    assert isinstance(found, GridEvent)
    return found


@pytest.fixture(scope="module")
def over() -> Run:
    """A called hour, with a plan that was logged a minute before."""
    run = Run(speed=60.0)
    run.tick(20)
    assert run.last.seen is not None
    plans = planning.logged(
        journal_of(
            planning.planned(run.state, run.last.seen, run.steps, planning.Day(run.steps).course_mw, followed=False)
        )
    )
    run.tick()
    called(run, events.Known(plan=plans[REGION], can_mw=9.6))
    run.tick(70)
    return run


def test_a_plan_is_a_record_that_changes_nothing_and_reads_back_with_its_region(over: Run) -> None:
    assert over.last.seen is not None
    first = planning.planned(
        over.state, over.last.seen, over.steps, planning.Day(over.steps).course_mw, followed=False
    )[0]
    entry = journal_of([first])[0]

    found = record_of(entry)

    assert found.region == over.steps.inputs.layout.regions[0]
    assert over.steps.applied(over.state, found) is over.state
    assert planning.logged([entry])[found.region].kw == pytest.approx(first.kw, abs=0.001)


def test_an_event_is_counted_against_the_plan_from_before_its_notice(over: Run) -> None:
    event = event_of(over)

    assert event.state == "done"
    assert event.terms["plan"]["mark"] == (bytes([over.steps.inputs.layout.regions.index(REGION) + 1]) * 32).hex()
    minutes = [event.start_s + 60.0 * n + 30.0 for n in range(60)]
    assert sum(event.terms["baseline_wh"]) == pytest.approx(1e6 * events.baseline(event, minutes).mean(), rel=1e-6)
    # What the members drew adds up to what the pool drew.
    assert sum(event.terms["drawn_wh"]) == pytest.approx(sum(event.terms["metered_wh"]), rel=1e-6)
    statement = event.terms["statement"]
    told = (sum(event.terms["baseline_wh"]) - sum(event.terms["metered_wh"])) / 1000.0
    assert statement["delivered_kwh"] == pytest.approx(told, abs=0.1)
    assert statement["delivered_kwh"] >= 0.8 * statement["called_kwh"] == pytest.approx(1_600.0)


def test_it_is_paid_by_the_territory_s_programme_and_shared_to_the_fen(over: Run) -> None:
    statement = event_of(over).terms["statement"]

    assert statement["programme"] == "guangdong_shave"
    assert set(statement["assumed"]) == {"paid_from_share", "paid_to_share", "penalty_below_share", "penalty_of_price"}
    total = sum(line["amount_fen"] for line in statement["lines"])
    assert total == round(statement["counted_kwh"] * 300)  # 3,000 CNY/MWh are 300 fen a kWh.
    assert sum(statement["shares_fen"].values()) == total


def test_the_ledger_gets_it_as_provisional_what_the_market_owes_against_what_each_site_is_owed(over: Run) -> None:
    event = event_of(over)
    found = responding.entries(event, series="s")

    assert events.unpaid(over.state) == [event]
    said = over.steps.said(over.state, Written(rows=events.posted(over.state, event.id)))
    assert events.unpaid(said.state) == []
    assert found[-1].kind is Kind.PROVISIONAL
    owed = sum(line.amount for line in found[-1].lines if line.account != "owed by the response market")
    assert [line.amount for line in found[-1].lines if line.account == "owed by the response market"] == [owed]


def test_without_a_plan_before_the_notice_it_is_measured_and_not_paid() -> None:
    run = Run(speed=60.0)
    run.tick(20)
    assert run.last.seen is not None
    late = planning.logged(
        journal_of(
            planning.planned(run.state, run.last.seen, run.steps, planning.Day(run.steps).course_mw, followed=False)
        )
    )[REGION]
    called(run, events.Known(plan=late), hours=0.25)  # Logged at the very instant of the notice: not before it.
    run.tick(20)

    event = event_of(run)

    assert event.terms["plan"] == {}
    assert event.terms["statement"]["paid"] is False
    assert "no plan" in event.terms["statement"]["why_not"]["en"]
    assert responding.entries(event, series="s") == ()


def test_hand_worked_two_members_share_what_a_quarter_of_an_hour_earned() -> None:
    """4 MW of plan, 3 drawn for 15 min: 250 kWh at 3 CNY are 750; the member that gave three parts gets three parts."""
    run = Run()
    start_s = NOON_S
    axis = TimeAxis(datetime.fromtimestamp(start_s, tz=UTC) - timedelta(minutes=15), 15, 96)
    plan = {"start_s": axis.start.timestamp(), "kw": [4_000] * 96, "sequence": 1, "mark": "", "sha256": "",
            "logged_at": ""}  # fmt: skip
    terms = {"plan": plan, "members": [0, 1], "own_share": [0.5, 0.5], "told_share": [0.5, 0.5], "step_minutes": 15,
             "baseline_wh": [1_000_000.0], "metered_wh": [750_000.0], "drawn_wh": [312_500.0, 437_500.0]}  # fmt: skip
    event = GridEvent(id="e1", region="jiangsu", state="done", down_mw=1.0, start_s=start_s, end_s=start_s + 900.0,
                      price_cny_per_mwh=3000.0, terms=terms)  # fmt: skip

    statement = responding.settled(event, run.steps).terms["statement"]

    assert statement["programme"] == ""
    assert statement["delivered_kwh"] == 250.0
    assert [line["amount_fen"] for line in statement["lines"]] == [75_000]
    first, second = run.steps.inputs.layout.sites[:2]
    # 187.5 kWh count to 1.2 of the 125 told: 150 beside 62.5.
    assert statement["shares_fen"] == {first: 52_941, second: 22_059}
    short = replace(event, terms={**terms, "metered_wh": [950_000.0], "drawn_wh": [475_000.0, 475_000.0]})
    lines = responding.settled(short, run.steps).terms["statement"]["lines"]
    # 50 of 250 kWh are below 80 %: nothing is earned, and 150 kWh lack to it, at half the price.
    assert [line["amount_fen"] for line in lines] == [0, -22_500]


@pytest.mark.parametrize(("minutes", "step"), [(90, 15), (20, 5), (7, 1)])
def test_periods_part_an_event_evenly(minutes: int, step: int) -> None:
    assert responding.step_minutes(NOON_S, NOON_S + 60.0 * minutes) == step


@pytest.mark.parametrize(
    ("territory", "price", "minutes", "key"),
    [("guangdong", 3000.0, 90, "guangdong_shave"), ("guangdong", 3000.0, 45, ""),  # An hour at least.
     ("sichuan", 2500.0, 60, "sichuan_shave"), ("sichuan", 2500.0, 90, ""),  # Judged hour by hour.
     ("guizhou", 3000.0, 60, ""), ("mengxi", 900.0, 60, "")],  # Dearer than its limit; no programme.
)  # fmt: skip
def test_a_programme_judges_what_fits_it_and_assumptions_the_rest(
    territory: str, price: float, minutes: int, key: str
) -> None:
    assert responding.rule_of(territory, price, at_s=NOON_S, minutes=minutes)[1] == key


def test_a_programme_that_states_its_price_pays_that() -> None:
    rule, key = responding.rule_of("ningxia", 3000.0, at_s=NOON_S, minutes=60)

    assert key == "ningxia_shave"
    assert rule.price_cny_per_kwh == Fraction(2)
