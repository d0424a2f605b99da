"""What a meter tells is shown always and counts only while it is good."""

import numpy as np
from tests.app.control_room.rooms import NOON_S, Run, inputs, steps, update

from wattloom.app.control_room.points import Points
from wattloom.app.control_room.quality import AHEAD, EXPECTED, GOOD, IMPOSSIBLE, LAST_GOOD, OUTSIDE, STALE, STUCK, Trust
from wattloom.domain.live import Update

NAME = "dc00"


def judged(run: Run, field: str = "it_mw") -> tuple[int, int, float]:
    """Verdict, what is used, and the value used, of a point of the first site."""
    counted = run.steps.counted(run.state, run.at_s)
    slot = run.steps.points.place("sites", field).start
    return int(counted.verdict[slot]), int(counted.by[slot]), float(counted.values[slot])


def heard(*values: float, field: str = "it_mw", apart_s: float = 1.0) -> Run:
    """A room that heard some values of a site, a second apart."""
    run = Run(steps(Trust(stale_s=6.0, hold_s=100.0)))
    for k, value in enumerate(values):
        run.at_s += apart_s
        run.hear(update(NAME, field, value, run.at_s, k + 1))
    return run


def size() -> float:
    return float(inputs().fleet.it_mw[0])


def test_a_value_within_its_limits_counts_as_it_was_sent() -> None:
    assert judged(heard(0.5 * size())) == (GOOD, 0, 0.5 * size())


def test_a_value_above_the_sites_size_is_shown_and_the_last_good_one_counts() -> None:
    run = heard(0.5 * size(), 1.2 * size())

    assert judged(run) == (OUTSIDE, LAST_GOOD, 0.5 * size())
    assert run.state.measured.raw[run.steps.points.place("sites", "it_mw").start] == 1.2 * size()


def test_the_fifth_reading_alike_to_the_last_digit_is_stuck() -> None:
    half = 0.5 * size()

    assert judged(heard(half, half, half, half))[0] == GOOD
    assert judged(heard(half, half, half, half, half))[0] == STUCK


def test_a_site_that_stands_still_at_nothing_is_not_stuck() -> None:
    assert judged(heard(0.0, 0.0, 0.0, 0.0, 0.0, 0.0))[0] == GOOD


def test_facility_power_below_it_power_contradicts_it() -> None:
    run = heard(0.5 * size())
    battery = float(inputs().fleet.battery_mw[0])
    run.hear(update(NAME, "draw_mw", 0.48 * size() - battery, run.at_s, 2))

    assert judged(run)[0] == IMPOSSIBLE
    assert judged(run, "draw_mw")[0] == IMPOSSIBLE


def test_a_site_not_heard_of_for_seven_seconds_is_silent_and_after_a_while_the_plan_stands_in() -> None:
    run = heard(0.5 * size())
    run.at_s += 7.0
    assert judged(run) == (STALE, LAST_GOOD, 0.5 * size())

    run.at_s += 100.0

    verdict, by, value = judged(run)
    plan = min(float(inputs().coming_mw(run.steps.second(run.at_s))[0].sum()), size())
    assert (verdict, by) == (STALE, EXPECTED)
    assert value == plan


def test_an_instant_that_has_not_come_is_not_believed_and_shuts_nobody_out() -> None:
    run = heard(0.5 * size())
    run.hear(update(NAME, "it_mw", 0.6 * size(), run.at_s + 3600.0, 2))
    assert judged(run) == (AHEAD, LAST_GOOD, 0.5 * size())

    run.at_s += 6.0
    run.hear(update(NAME, "it_mw", 0.7 * size(), run.at_s, 3))

    assert judged(run) == (GOOD, 0, 0.7 * size())


def test_a_value_older_than_the_one_there_changes_nothing_and_is_counted() -> None:
    run = heard(0.5 * size())
    run.hear(update(NAME, "it_mw", 0.6 * size(), run.at_s - 5.0, 2))

    assert judged(run)[2] == 0.5 * size()
    assert run.state.measured.late == 1


def test_what_comes_again_under_its_number_is_kept_once_and_nonsense_is_named() -> None:
    points, good = Points(inputs()), update(NAME, "it_mw", 1.0, NOON_S, 7)
    wrong = [
        update("nobody", "it_mw", 1.0, NOON_S, 8),
        update(NAME, "colour", 1.0, NOON_S, 9),
        update(NAME, "it_mw", float("nan"), NOON_S, 10),
        update(NAME, "it_mw", "much", NOON_S, 11),
        update(NAME, "it_mw", 1.0, None, 12),
        update(NAME, "it_mw", 1.0, NOON_S, 0),
        update(NAME, "demand_mw", 1.0, NOON_S, 13, of="dreams"),
        update(NAME, "it_mw", True, NOON_S, 14),
        update(NAME, "it_mw", 1.0, NOON_S, 15, source=""),
        update([], "it_mw", 1.0, NOON_S, 16),
        update(NAME, "it_mw", 1.0, NOON_S, 17, part=None),
    ]

    taken = points.judged([good, good, *wrong], {"test": 6}, now_s=NOON_S)

    assert taken.taken == 2
    assert taken.batch is not None
    assert taken.batch.slots.tolist() == [0]
    assert taken.kept_up_to == {"test": 7}
    assert len(taken.refused) == len(wrong)
    assert points.judged([good], {"test": 7}, now_s=NOON_S).batch is None
    assert points.judged([good], {"test": 7}, now_s=NOON_S).kept_up_to == {"test": 7}


def test_every_field_has_its_place_and_no_two_share_one() -> None:
    points = Points(inputs())
    places = np.zeros(points.count, dtype=int)
    for part, name in points._starts:
        places[points.place(part, name)] += 1

    assert places.tolist() == [1] * points.count
    told = Update(part="regions", name="jiangsu", field="supply_mw_max", of="thermal", value=1.0, at_s=1.0, source="s",
                  number=1)  # fmt: skip
    row = np.arange(points.count)
    jiangsu = inputs().layout.regions.index("jiangsu")
    assert points.slot(told) == points.window(row, "regions", "supply_mw_max")[jiangsu, 2]
