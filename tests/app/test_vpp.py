"""Does an event come to what is worked out by hand, to the fen, and is every step told?"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from wattloom.app.vpp_event import VppEvent, topped_up, vpp_event, within
from wattloom.app.vpp_frequency import follow
from wattloom.app.vpp_members import crew, reported
from wattloom.app.vpp_nominate import vpp_nominate
from wattloom.app.vpp_scenarios import drawn
from wattloom.assets.kinds.pool.members import BatteryMember, FleetMember, LoadMember
from wattloom.dispatch.pool_project import (
    AwardEntry,
    EventEntry,
    NominateEntry,
    PoolProject,
    RuleEntry,
    SignalEntry,
    SplitEntry,
)
from wattloom.dispatch.pool_split import activate
from wattloom.domain.errors import InputError
from wattloom.domain.series import Series
from wattloom.domain.time import TimeAxis
from wattloom.edge.projects import read_pool
from wattloom.edge.store.ledger import SqliteBook
from wattloom.ledger import Kind, Ledger
from wattloom.rules import territory_keys
from wattloom.wiring import find

EXAMPLE = Path(__file__).parents[2] / "examples" / "vpp_guangdong.yaml"
EVENT = EventEntry(start="2026-07-15T19:00+08:00", hours=1.0)
GIVEN = {"paid_to_share": 1.2, "penalty_below_share": 1.0, "penalty_of_price": 0.5}


def pool(**said: Any) -> PoolProject:
    """Two loads of 6 MW that never fail, judged as the deployed platform does, at 2,000 yuan a MWh."""
    plain: dict[str, Any] = {
        "name": "two loads",
        "territory": "guangdong",
        "event": EVENT,
        "rule": RuleEntry(programme="platform_shave", given=GIVEN),
        "nominate": NominateEntry(draws=200, fresh_draws=200),
        "award": AwardEntry(share=0.5, price_cny_per_mwh=2000.0),
        "loads": {
            "cheap": LoadMember(load_mw=10, interruptible_mw=6, cost_cny_per_mwh=100),
            "dear": LoadMember(load_mw=10, interruptible_mw=6, cost_cny_per_mwh=200),
        },
    }
    return PoolProject(**(plain | said))


def test_two_sure_loads_promise_all_that_they_have() -> None:
    found = vpp_nominate(pool())

    assert found.nomination.mw == pytest.approx(np.full(4, 12.0))
    assert found.coverage[0].share == 1.0
    assert found.envelope is not None
    assert found.envelope.rate_mw_max == pytest.approx(np.full(4, 12.0))
    assert [(one.rule, one.figure, str(one.status)) for one in found.verdicts] == [("response_hours_min", 1.0, "pass")]


def test_an_event_by_hand_is_paid_and_parted_to_the_fen() -> None:
    # 12 MW promised, half awarded: 6 MW for an hour, told to the cheap one. Its meter says 5 MW less, so 5 of 6 MWh:
    # 5 × 2,000 = 10,000.00 yuan; the MWh that lacks costs half the price, 1,000.00. Of the pay a tenth is the fee.
    project = pool(
        award=AwardEntry(share=0.5, price_cny_per_mwh=2000.0, meters={"cheap": 5.0, "dear": 10.0}),
        split=SplitEntry(way="delivered", fee_share=0.1),
        operator="operator",
    )

    found = vpp_event(project)

    assert found.awarded_mw == pytest.approx(np.full(4, 6.0))
    assert found.told.given_mw["cheap"] == pytest.approx(np.full(4, 6.0))
    assert float(found.verified.delivered_kwh) == 5000.0
    assert [line.amount_fen for line in found.paid] == [1_000_000, -100_000]
    assert [(line.member, line.amount_fen) for line in found.shares] == [
        ("operator", 100_000),
        ("cheap", 900_000),
        ("cheap", -100_000),
    ]
    assert sum(line.amount_fen for line in found.shares) == found.paid_fen == 900_000


def test_below_the_share_that_is_paid_from_nothing_is_earned() -> None:
    # 4.5 of 6 MWh are 75 %, below 80 %: nothing counts, and 1.5 MWh lack: 1,500.00 yuan.
    project = pool(award=AwardEntry(share=0.5, price_cny_per_mwh=2000.0, meters={"cheap": 5.5, "dear": 10.0}))

    found = vpp_event(project)

    assert found.paid_fen == -150_000
    assert [(line.member, line.amount_fen) for line in found.shares] == [("cheap", -150_000)]


@pytest.mark.parametrize("way", ["delivered", "marginal", "shapley"])
def test_every_way_of_parting_adds_up(way: Any) -> None:
    project = pool(
        award=AwardEntry(share=0.97, price_cny_per_mwh=1999.99, meters={"cheap": 4.01, "dear": 5.27}),
        split=SplitEntry(way=way, fee_share=0.0333),
    )

    found = vpp_event(project)

    assert sum(line.amount_fen for line in found.shares) == found.paid_fen
    assert all(line.why.en and line.why.zh for line in found.shares)


def test_by_shapley_a_threshold_makes_both_worth_half() -> None:
    # Called for 12 MW, each gives 5: 10 of 12 are above 80 %, either alone is not. So each is worth half of 20,000.00.
    project = pool(
        award=AwardEntry(share=1.0, price_cny_per_mwh=2000.0, meters={"cheap": 5.0, "dear": 5.0}),
        split=SplitEntry(way="shapley"),
        rule=RuleEntry(programme="platform_shave", given=GIVEN | {"penalty_of_price": 0.0}),
    )

    found = vpp_event(project)

    assert [(line.member, line.amount_fen) for line in found.shares] == [("cheap", 1_000_000), ("dear", 1_000_000)]


def test_valley_filling_is_counted_the_other_way_round() -> None:
    # A battery at rest takes 4 MW for an hour at 298 yuan: 1,192.00. Its meter shows 4 MW drawn.
    project = pool(
        event=replace(EVENT, direction="up"),
        rule=RuleEntry(programme="guangdong_fill", given=GIVEN | {"paid_from_share": 0.8}),
        award=AwardEntry(price_cny_per_mwh=298.0, meters={"store": 4.0}),
        loads={},
        batteries={"store": BatteryMember(power_mw=4, energy_mwh=8, content_share=0.2, efficiency=1.0)},
    )

    found = vpp_event(project)

    assert found.metered_mw == pytest.approx(np.full(4, 4.0))
    assert found.paid_fen == 119_200
    assert not found.nominated.admitted  # 4 MW are below the 5 MW of the invitation.


def test_the_entry_stands_in_a_book_once_however_often_it_is_sent(tmp_path: Path) -> None:
    found = vpp_event(pool(award=AwardEntry(share=1.0, price_cny_per_mwh=2000.0)))
    with SqliteBook(tmp_path / "book.sqlite") as store:
        ledger = Ledger(store, lambda: datetime.now(tz=UTC))
        ledger.post(found.entries)
        records = ledger.head
        ledger.post(found.entries)

        assert ledger.head == records
        # Reserved, not yet moved: the market's own statement makes it final.
        assert ledger.balance("owed by the response market").debit == 0
        assert ledger.balance("owed by the response market").debit_pending == found.paid_fen
    moved = found.entries[-1]
    assert moved.kind is Kind.PROVISIONAL
    assert sum(line.amount if line.side == "debit" else -line.amount for line in moved.lines) == 0
    assert next(line.amount for line in moved.lines if line.side == "debit") == found.paid_fen


def test_a_member_that_fails_is_made_up_for() -> None:
    # The cheap one was told 6 MW and can give 2: the dear one adds 4.
    project = pool()
    team = crew(project, folder=Path())
    told = activate(team.givers, np.full(4, 6.0), team.window)
    rates = np.array([np.full(4, 2.0), np.full(4, 6.0)])

    final = topped_up(reported(team.givers, rates, np.full(2, np.inf)), told, np.full(4, 6.0), team)

    assert final["cheap"] == pytest.approx(np.full(4, 2.0))
    assert final["dear"] == pytest.approx(np.full(4, 4.0))


def test_what_the_promise_counts_on_is_what_activation_finds() -> None:
    # On each of many draws of what members can give, the call is answered in full just where the promise says so.
    project = pool(
        nominate=NominateEntry(draws=400, fresh_draws=200),
        loads={"load": LoadMember(load_mw=9, interruptible_mw=5, error_share=0.3, availability=0.9)},
        batteries={
            "store": BatteryMember(power_mw=5, energy_mwh=3, content_share=1, efficiency=1, error_share=0.3),
            "other": BatteryMember(power_mw=1, energy_mwh=9, content_share=1, efficiency=1, availability=0.8),
        },
    )
    team = crew(project, folder=Path())
    told = activate(team.givers, np.full(4, 7.5), team.window)
    fresh = drawn(team.givers, project.members, project.nominate, axis=team.window, draws=16, seed=99)

    able = fresh.constants_mw() >= 7.5 - 1e-9
    answered = []
    for case in range(fresh.draws):
        now = reported(team.givers, fresh.rate_mw[case], fresh.energy_mwh[case])
        given = np.sum(list(topped_up(now, told, np.full(4, 7.5), team).values()), axis=0)
        answered.append(bool(np.all(given >= 7.5 - 1e-6)))

    assert 0 < able.sum() < able.size
    # What it counts on is there; sometimes more is.
    assert all(done for done, sure in zip(answered, able, strict=True) if sure)


def test_a_course_beyond_its_energy_ends_when_that_is_used_up() -> None:
    team = crew(pool(loads={}, batteries={"s": BatteryMember(power_mw=4, energy_mwh=2, content_share=1, efficiency=1)}),
                folder=Path())  # fmt: skip

    assert within(team.givers[0], np.full(4, 4.0), 0.25) == pytest.approx([4.0, 4.0, 0.0, 0.0])


def test_the_past_may_stand_for_draws_and_its_later_half_checks_the_promise() -> None:
    rng = np.random.default_rng(1)
    past = {name: tuple(rng.uniform(0.7, 1.0, 120).tolist()) for name in ("cheap", "dear")}
    project = pool(nominate=NominateEntry(probability=0.9, confidence=0.9, past=past))

    found = vpp_nominate(project)

    # The sum of two uniforms on 4.2 to 6 MW: a tenth lies below 8.4 + 1.8 × √0.2 = 9.205 MW.
    assert found.nomination.mw[0] == pytest.approx(9.1, abs=0.25)
    assert found.coverage[0].draws == 60
    assert "120 past events" in " ".join(note.en for note in found.notes)


def test_sichuan_judges_hour_by_hour_and_guangdongs_document_does_not_say() -> None:
    early = LoadMember(load_mw=10, interruptible_mw=6, hours_max=1)
    two_hours = replace(EVENT, hours=2.0)
    sichuan = pool(
        territory="sichuan", event=two_hours, rule=RuleEntry(programme="sichuan_shave"),
        loads={"early": early, "always": LoadMember(load_mw=10, interruptible_mw=2)},
    )  # fmt: skip

    hourly, whole = vpp_nominate(sichuan), vpp_nominate(replace(sichuan, rule=RuleEntry(programme="guangdong_shave")))

    assert (hourly.nomination.rule, hourly.nomination.judged) == ("each_period", 4)
    assert hourly.nomination.mw == pytest.approx([8.0] * 4 + [2.0] * 4)
    assert whole.nomination.mw == pytest.approx([2.0] * 8)
    assert any("To be confirmed" in note.en for note in whole.notes)


def test_too_short_a_past_is_refused() -> None:
    project = pool(nominate=NominateEntry(past={"cheap": (1.0, 0.9), "dear": (1.0, 0.8)}))

    with pytest.raises(InputError, match="at least 59"):
        vpp_nominate(project)


def test_meters_may_be_series() -> None:
    axis: TimeAxis = EVENT.window
    meter = Series(axis=axis, values=np.array([4.0, 4.0, 5.0, 5.0]), unit="MW", source="meter")
    project = pool(award=AwardEntry(share=0.5, price_cny_per_mwh=2000.0, meters={"cheap": meter, "dear": 10.0}))

    assert float(vpp_event(project).verified.delivered_kwh) == 5500.0


def history_of(level_mw: float, *, before_mw: float) -> Series:
    """The pool's meter: every working hour alike, but for the event's hour of the ten working days before."""
    axis = TimeAxis(datetime(2026, 5, 30, 16, tzinfo=UTC), 15, 45 * 96)
    local = axis.local(pool().zone)
    values = np.where(local.hour == 19, level_mw, before_mw)
    return Series(axis=axis, values=values, unit="MW", source="meter of the pool")


def test_like_days_of_the_meter_may_be_the_baseline() -> None:
    # Beijing's way: the five highest of ten days, all alike at 18 MW from 19 to 20 h. The meter shows 20 − 6 = 14 MW,
    # so of the 6 MW that were called 4 count as delivered: 67 %, below the 80 % that are paid from.
    rule = RuleEntry(
        programme="platform_shave", given=GIVEN, baseline="beijing_2015", history=history_of(18.0, before_mw=16.0)
    )

    found = vpp_event(pool(rule=rule))

    assert found.baseline_mw == pytest.approx(np.full(4, 18.0))
    assert found.metered_mw == pytest.approx(np.full(4, 14.0))
    assert float(found.verified.delivered_kwh) == pytest.approx(4000.0)
    assert found.paid_fen == -200_000
    assert "2026-07-13" in found.baseline.said.en


def test_a_documented_baseline_without_a_meter_is_asked_for() -> None:
    with pytest.raises(InputError, match="history"):
        vpp_event(pool(rule=RuleEntry(programme="platform_shave", given=GIVEN, baseline="beijing_2015")))


def test_nobody_to_call_is_an_error_that_names_the_reasons() -> None:
    with pytest.raises(InputError, match="cannot draw more"):
        vpp_nominate(pool(event=replace(EVENT, direction="up")))


def test_hunans_mileage_is_paid_as_its_formula_says() -> None:
    # Told by hand from what was measured: K = 0.4·V/Vpu + 0.3·(1 − T/60) + 0.3·(1 − E/2 %), capped at 2, two places.
    project = pool(
        territory="hunan",
        loads={},
        fleets={"cars": FleetMember(vehicles=10, charger_kw=7, need_kwh=7, arrive="18:00", depart="07:00")},
        batteries={
            "quick": BatteryMember(power_mw=10, energy_mwh=20, content_share=0.5, ramp_mw_per_min=300, delay_s=1),
            "slow": BatteryMember(power_mw=10, energy_mwh=20, content_share=0.5, ramp_mw_per_min=12, delay_s=4,
                                  owner="slow company"),
        },
        signal=SignalEntry(capacity_mw=15, price_cny_per_mw=10, factor=0.9, standard_rate_per_min=1.0),
    )  # fmt: skip

    found = follow(project)

    done = found.following
    k1 = min(done.rate_mw_per_min / 15.0, 3.0)
    k2, k3 = 1.0 - done.delay_s / 60.0, 1.0 - done.error_mw / 15.0 / 0.02
    assert float(found.score) == pytest.approx(min(0.4 * k1 + 0.3 * k2 + 0.3 * k3, 2.0), abs=0.005)
    assert found.pay_fen / 100 == pytest.approx(0.9 * done.mileage_mw * 10 * float(found.score), abs=0.01)
    assert sum(line.amount_fen for line in found.shares) == found.pay_fen > 0
    assert {line.party for line in found.shares} == {"quick", "slow company"}


def test_response_and_signal_are_two_entries_that_each_balance() -> None:
    store = BatteryMember(power_mw=12, energy_mwh=24, content_share=0.9, ramp_mw_per_min=300, delay_s=1)
    project = pool(
        territory="hunan",
        loads={},
        batteries={"store": store},
        signal=SignalEntry(capacity_mw=10, price_cny_per_mw=10, standard_rate_per_min=1.0),
    )

    found = vpp_event(project)

    assert found.frequency is not None
    moved = [entry for entry in found.entries if entry.lines]
    assert [entry.id.split()[0] for entry in moved] == ["response", "frequency"]
    for entry, owed in zip(moved, (found.paid_fen, found.frequency.pay_fen), strict=True):
        assert sum(line.amount for line in entry.lines if line.side == "debit") == owed
        assert sum(line.amount for line in entry.lines if line.side == "credit") == owed
    assert len({entry.id for entry in found.entries}) == len(found.entries)


@pytest.fixture(scope="module")
def example() -> VppEvent:
    """The example as it comes."""
    return vpp_event(read_pool(EXAMPLE, territories=territory_keys()), folder=EXAMPLE.parent)


def test_the_example_delivers_what_it_promised_surely(example: VppEvent) -> None:
    assert example.nominated.admitted
    assert not any(one.speaks_against(0.95) for one in example.nominated.coverage)
    assert sum(line.amount_fen for line in example.shares) == example.paid_fen
    assert float(example.verified.share) > 0.95


def test_computing_answers_by_its_jobs_and_gives_at_least_what_it_was_told(example: VppEvent) -> None:
    hall = next(one for one in example.members if one.name == "training_hall")

    assert hall.plan is not None
    assert hall.plan.commands
    # The twin plays each job: in every quarter at least nine tenths of what was told, and in all no less.
    assert np.all(hall.delivered_mw >= 0.9 * hall.told_mw)
    assert hall.delivered_mw.sum() >= hall.told_mw.sum() - 1e-6
    assert hall.plan.event.baseline.known_at <= hall.plan.event.notice


@pytest.mark.parametrize("part", [0.2, 0.6, 1.0])
def test_whatever_part_of_its_offer_computing_is_told_its_jobs_hold(example: VppEvent, part: float) -> None:
    team = example.nominated.crew
    plant = team.plants["training_hall"].computing
    offer = next(one for one in team.givers if one.name == "training_hall")

    plan = plant.held(team.window, part * offer.rate_mw)

    assert plan is not None
    held = np.isfinite(plan.target_mw)
    assert held.sum() == 120
    # Every minute, against the frozen plan of the same minute.
    assert np.all(plan.baseline_mw[held] - plan.expected_mw[held] >= part * offer.rate_mw[0] - 0.02)
    quarters = (plan.baseline_mw - plan.expected_mw)[held].reshape(8, 15).mean(axis=1)
    assert np.all(quarters >= part * offer.rate_mw - 1e-6)


def test_use_cases_are_found_by_their_names() -> None:
    assert find("vpp_event") is vpp_event
    assert find("vpp_nominate") is vpp_nominate
