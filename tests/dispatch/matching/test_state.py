"""Is the same state with the same tick the same answer, and what holds after a refusal?"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.dispatch.matching.small import EAST, campaign, tick, with_batch

from wattloom.dispatch.matching import Layout, Match, Matcher
from wattloom.domain.errors import InputError

DRAWN = campaign().Drawn


def as_bytes(match: Match) -> bytes:
    return b"".join(array.tobytes() for array in match.arrays)


def test_the_same_state_and_tick_give_the_same_bytes() -> None:
    stream = DRAWN(200, 3)
    here = Matcher(stream.tick.layout)
    for _ in range(5):
        here.match(stream.move(0.01))
    state = here.state()
    there = Matcher(stream.tick.layout)
    there.restore(state)
    ticks = [stream.move(0.01) for _ in range(5)]

    ours, theirs = [as_bytes(here.match(t)) for t in ticks], [as_bytes(there.match(t)) for t in ticks]

    assert ours == theirs
    assert here.state() == there.state()


def test_a_state_of_another_layout_is_refused() -> None:
    state = Matcher(with_batch().layout).state()

    with pytest.raises(InputError, match="another layout"):
        Matcher(DRAWN(20, 1).tick.layout).restore(state)


def test_not_a_number_is_refused_by_site_and_field_and_changes_nothing() -> None:
    matcher = Matcher(with_batch().layout)
    good = matcher.match(with_batch(), at_s=100.0)
    before = matcher.state()
    bad = tick(demand_mw=[[0, np.nan, 0, 0], [0, 0, 0, 0]], it_mw_max=[100, np.inf])

    with pytest.raises(InputError) as refused:
        matcher.match(bad, at_s=101.0)

    told = [problem.where for problem in refused.value.problems]
    assert told == ["site east dc movable inference.demand_mw", "site west dc.it_mw_max"]
    assert matcher.state() == before
    held = matcher.in_force(at_s=103.5)
    assert held is not None
    assert held.match is good
    assert (held.age_s, held.refused_since) == (3.5, 1)


def test_nothing_is_in_force_before_the_first_answer() -> None:
    assert Matcher(with_batch().layout).in_force(at_s=0.0) is None


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        ({"reserve_raise_mw": [60, 0], "reserve_cut_mw": [60, 0]}, "site east dc.it_mw_max"),
        ({"charge_value_cny_per_mwh": [10, 0]}, "site east dc.charge_value_cny_per_mwh"),
        ({"facility_mw_per_it_mw": [0.9, 1]}, "site east dc.facility_mw_per_it_mw"),
        ({"ramp_mw": [-1, 1]}, "site east dc.ramp_mw"),
        ({"demand_mw": [[0, 0, 0, 0]]}, "sites.demand_mw"),
    ],
    ids=["no window", "store that earns by itself", "no overhead below 1", "negative ramp", "a site too few"],
)
def test_what_contradicts_itself_is_refused(wrong: dict[str, list[float]], where: str) -> None:
    at = tick(**wrong)

    with pytest.raises(InputError) as refused:
        Matcher(at.layout).match(at)

    assert refused.value.problems[0].where == where


@pytest.mark.parametrize(
    ("part", "field", "value", "where"),
    [
        ("lines", "loss_share", [1.5], "line west to east.loss_share"),
        ("corridors", "in_flight_mw", [5.0], "corridor east to west (batch).in_flight_mw"),
        ("corridors", "cost_cny_per_mwh", [np.inf], "corridor east to west (batch).cost_cny_per_mwh"),
        ("regions", "supply_mw_max", [[0.0, -1.0], [0.0, 1.0]], "region east thermal.supply_mw_max"),
        ("regions", "other_draw_mw", [np.nan, 0.0], "region east.other_draw_mw"),
    ],
)
def test_regions_lines_and_corridors_are_told_by_name(part: str, field: str, value: list[float], where: str) -> None:
    at = with_batch()
    bad = replace(at, **{part: replace(getattr(at, part), **{field: np.array(value)})})

    with pytest.raises(InputError) as refused:
        Matcher(at.layout).match(bad)

    assert [problem.where for problem in refused.value.problems] == [where]


def test_an_energy_price_of_nothing_for_nothing_is_refused() -> None:
    at = with_batch()
    bad = replace(at, regions=replace(at.regions, shortfall_price_cny_per_mwh=0.0))

    with pytest.raises(InputError, match="shortfall_price"):
        Matcher(at.layout).match(bad)


def test_a_tick_of_another_layout_is_refused() -> None:
    with pytest.raises(InputError, match="another layout"):
        Matcher(with_batch().layout).match(DRAWN(20, 1).tick)


def test_inference_stays_inside_its_ring() -> None:
    def ringed(rings: tuple[frozenset[int], ...]) -> Layout:
        return replace(with_batch().layout, corridor_class=np.array([0]), latency_rings=rings)

    assert ringed((frozenset({0, 1}),)).latency_rings
    with pytest.raises(InputError, match="ring"):
        ringed((frozenset({EAST}),))


def test_a_layout_that_points_nowhere_is_refused_with_every_fault() -> None:
    with pytest.raises(InputError) as refused:
        replace(with_batch().layout, site_region=np.array([0, 7]), line_to=np.array([1]))

    assert [p.where for p in refused.value.problems] == ["layout.site_region[1]", "layout.line_from[0]"]
