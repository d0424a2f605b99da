"""Are many ticks answered at once as one by one, on arrays of any library, each with its certificate?

Run on NumPy and on `array_api_strict`, which refuses whatever is not in the array standard. No accelerator is needed,
and none is tried.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from types import SimpleNamespace

import numpy as np
import pytest
from tests.dispatch.matching.small import EAST, WEST, campaign, tick, with_batch, with_regions

from wattloom.dispatch.matching import (
    GAP_MAX,
    Change,
    Matcher,
    Scenario,
    Tick,
    changed,
    findings,
    solve_cold,
)
from wattloom.dispatch.matching.many import ManyMatcher, arrays, arrays_of, matcher
from wattloom.domain.errors import InputError
from wattloom.edge.workers import LocalProcesses

CAMPAIGN = campaign()
BACKENDS = ("numpy", "strict")
DEMANDS = tuple(
    Scenario(name=f"batch {k}", changes=(Change(part="sites", field="demand_mw", factor=0.2 * k, column=3),))
    for k in range(1, 6)
)


def varied(base: Tick, count: int, seed: int = 5) -> list[Tick]:
    """Ticks with other demands, caps, supply and lines."""
    chance, sites = np.random.default_rng(seed), len(base.layout.sites)
    drawn = [
        Scenario(
            name=f"varied {k}",
            changes=(
                Change(part="sites", field="demand_mw", factor=chance.uniform(0.6, 1.1, (sites, 4))),
                Change(part="regions", field="supply_mw_max", factor=float(chance.uniform(0.7, 1.2))),
                Change(part="lines", field="forward_mw_max", factor=float(chance.choice([0.0, 1.0]))),
            ),
        )
        for k in range(count)
    ]
    return [changed(base, one) for one in drawn]


@pytest.mark.parametrize("backend", BACKENDS)
def test_work_goes_where_it_is_cheapest_and_what_is_too_dear_waits(backend: str) -> None:
    """4 MW move (120 each), 3 MW come by line (109 each, 2.7 arrive), 3.3 MW wait at 300: 480 + 327 + 990."""
    at = with_batch(10.0)

    (match,) = ManyMatcher(at.layout, arrays_of(backend)).matches([at])

    assert match.certificate.cost_cny_per_h == pytest.approx(1797.0, rel=GAP_MAX)
    assert match.certificate.bound_cny_per_h <= 1797.0 + 1e-6
    assert match.certificate.method == "prices"
    assert match.moved_out_it_mw[1, EAST] == pytest.approx(4.0, abs=0.01)
    assert match.served_it_mw[3, EAST] == pytest.approx(2.7, abs=0.02)
    assert match.supply_mw[WEST, 1] == pytest.approx(7.0, abs=0.05)


@pytest.mark.parametrize("backend", BACKENDS)
def test_ticks_side_by_side_each_cost_what_a_hand_sheet_says(backend: str) -> None:
    """Of 2, 4, 6, 8 and 10 MW: 4 move at 120 and 2.7 come by line for 327, the cheaper first; the rest waits at 300.

    By line a MW costs 109 / 0.9 = 121.11.
    """
    base = with_batch(10.0)
    many = ManyMatcher(base.layout, arrays_of(backend))
    many.start(base)

    costs = [match.certificate.cost_cny_per_h for match in many.matches(changed(base, one) for one in DEMANDS)]

    by_hand = [240.0, 480.0, 480.0 + 2 * 109 / 0.9, 480.0 + 327.0 + 1.3 * 300, 1797.0]
    assert costs == pytest.approx(by_hand, rel=GAP_MAX)


@pytest.mark.parametrize("name", list(CAMPAIGN.HARD))
def test_hard_ticks_keep_every_row_of_the_exact_program_and_lie_within_the_gap(name: str) -> None:
    stream = CAMPAIGN.Drawn(60, 21)
    many = ManyMatcher(stream.tick.layout, arrays_of("numpy"))
    many.start(stream.tick)
    hard = CAMPAIGN.HARD[name](stream.move(0.01))

    matches = many.matches([hard, stream.move(0.01), hard])

    first, between, last = matches
    assert CAMPAIGN.faults_of(hard, first, weigh=True) == []
    assert CAMPAIGN.faults_of(stream.tick, between, weigh=False) == []
    assert last.certificate.cost_cny_per_h == pytest.approx(first.certificate.cost_cny_per_h, rel=1e-9)


def test_streams_of_ticks_keep_every_row() -> None:
    faults, many = [], None
    for k, (name, begins, at) in enumerate(islice(CAMPAIGN.ticks(12), 40)):
        if begins or many is None:
            many = ManyMatcher(at.layout, arrays_of("numpy"))
            many.start(at)
        (match,) = many.matches([at])
        weigh = k % 10 == 0 and len(at.layout.sites) < 200
        faults += [f"{name}: {fault}" for fault in CAMPAIGN.faults_of(at, match, weigh=weigh)]

    assert faults == []


def test_what_stays_open_is_answered_exactly_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """One round of three steps leaves a gap but in the tick that it began with; the rest go to the exact program."""
    base = CAMPAIGN.Drawn(40, 3).tick
    ticks = [base, *varied(base, 7)]
    many = ManyMatcher(base.layout, arrays_of("numpy"))
    many.start(base)
    monkeypatch.setattr(matcher, "WARM", (replace(matcher.WARM[1], steps_max=3),))

    matches = list(many.matches(ticks))

    assert [match.certificate.method for match in matches] == ["prices"] + ["exact"] * 7
    for at, match in zip(ticks, matches, strict=True):
        assert CAMPAIGN.faults_of(at, match, weigh=True) == []


def test_strict_arrays_and_numpys_find_the_same_to_the_last_digits() -> None:
    base = CAMPAIGN.Drawn(30, 8).tick
    found = []
    for backend in BACKENDS:
        many = ManyMatcher(base.layout, arrays_of(backend))
        many.start(base)
        found.append([match.certificate for match in many.matches(varied(base, 4))])

    one, other = found
    assert [c.passes for c in one] == [c.passes for c in other]
    assert [c.cost_cny_per_h for c in one] == pytest.approx([c.cost_cny_per_h for c in other], rel=1e-9)


def test_pieces_do_not_change_an_answer_beyond_its_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    base = CAMPAIGN.Drawn(50, 9).tick
    ticks = varied(base, 9)

    whole = [m.certificate.cost_cny_per_h for m in ManyMatcher(base.layout, arrays_of("numpy")).matches(ticks)]
    monkeypatch.setattr(arrays, "CACHED", 100)
    pieces = [m.certificate.cost_cny_per_h for m in ManyMatcher(base.layout, arrays_of("numpy")).matches(ticks)]

    assert pieces == pytest.approx(whole, rel=GAP_MAX)
    alone = [Matcher(base.layout).match(at).certificate.cost_cny_per_h for at in ticks]
    assert whole == pytest.approx(alone, rel=GAP_MAX)


def test_the_smallest_layout_has_no_line_and_no_corridor() -> None:
    """5 MW of fixed work at 100 CNY/MWh."""
    one = tick(demand_mw=[[0, 0, 0, 0], [5, 0, 0, 0]])
    none = np.zeros(0, dtype=np.int64)
    bare = {"line_from": none, "line_to": none, "corridor_class": none, "corridor_from": none, "corridor_to": none}
    lines = {name: np.zeros(0) for name in one.lines.__slots__}
    corridors = {name: np.zeros(0) for name in one.corridors.__slots__}
    at = replace(
        one,
        layout=replace(one.layout, **bare),
        lines=replace(one.lines, **lines),
        corridors=replace(one.corridors, **corridors),
    )

    for backend in BACKENDS:
        (match,) = ManyMatcher(at.layout, arrays_of(backend)).matches([at])

        assert match.certificate.cost_cny_per_h == pytest.approx(500.0, rel=GAP_MAX)


def test_an_unfit_tick_is_named_before_its_piece_is_answered() -> None:
    good = with_batch()
    shut = tick(it_mw_max=[100, 1], landing_mw=[0, 2])
    many = ManyMatcher(good.layout, arrays_of("numpy"))

    with pytest.raises(InputError, match=r"site west dc\.it_mw_max"):
        list(many.matches([good, shut]))
    with pytest.raises(InputError, match="region east green"):
        list(many.matches([with_regions(good, supply_mw_max=np.array([[np.nan, 1], [0, 1]]))]))
    with pytest.raises(InputError, match="another layout"):
        list(many.matches([CAMPAIGN.Drawn(30, 1).tick]))


def test_a_study_takes_them_and_finds_what_the_compiled_loops_find() -> None:
    base = CAMPAIGN.Drawn(50, 9).tick
    scenarios = [
        Scenario(
            name=f"demand {k}", changes=(Change(part="sites", field="demand_mw", factor=0.7 + 0.03 * k, column=k % 4),)
        )
        for k in range(10)
    ]

    loops = list(findings(base, scenarios))
    at_once = list(findings(base, scenarios, arrays="numpy"))

    assert [f.name for f in at_once] == [f.name for f in loops]
    assert all(f.certificate.gap <= GAP_MAX for f in at_once)
    costs = [f.certificate.cost_cny_per_h for f in loops]
    assert [f.certificate.cost_cny_per_h for f in at_once] == pytest.approx(costs, rel=GAP_MAX)
    optimum = solve_cold(changed(base, scenarios[4])).cost_cny_per_h
    assert at_once[4].certificate.cost_cny_per_h == pytest.approx(optimum, rel=GAP_MAX)
    assert [f.draw_mw for f in at_once] == pytest.approx([f.draw_mw for f in loops], rel=0.01)


def test_workers_share_the_pieces_of_such_a_study(monkeypatch: pytest.MonkeyPatch) -> None:
    base = with_batch(10.0)
    monkeypatch.setattr("wattloom.dispatch.matching.study.PIECE", 2)

    alone = [f.certificate.cost_cny_per_h for f in findings(base, DEMANDS, arrays="numpy")]
    with LocalProcesses(2) as workers:
        together = [f.certificate.cost_cny_per_h for f in findings(base, DEMANDS, workers, arrays="numpy")]

    assert together == alone


def test_a_scenario_that_makes_no_sense_is_named() -> None:
    bad = Scenario(name="upside down", changes=(Change(part="regions", field="supply_mw_max", factor=-1.0),))

    with pytest.raises(InputError, match="scenario upside down: region east thermal"):
        list(findings(with_batch(), [DEMANDS[0], bad], arrays="numpy"))


def test_without_the_extra_the_refusal_names_its_install_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrays, "compat", None)

    with pytest.raises(InputError) as refused:
        arrays_of("numpy")

    assert refused.value.problems[0].remedy == 'pip install "wattloom[gpu]"'


def test_a_library_that_is_not_there_is_named_with_its_install_line() -> None:
    pytest.importorskip("array_api_compat")

    with pytest.raises(InputError) as refused:
        arrays_of("cupy")

    assert refused.value.problems[0].remedy == "pip install cupy-cuda12x"
    with pytest.raises(InputError, match="cupy, jax, numpy, torch"):
        arrays_of("abacus")
    with pytest.raises(InputError, match="a device of that library"):
        arrays_of("numpy:moon")


def test_arrays_that_keep_single_precision_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def as_single(values: object, **_: object) -> object:
        return np.asarray(values, dtype=np.float32)

    single = SimpleNamespace(asarray=as_single, float64=np.float64)
    monkeypatch.setattr(arrays.compat, "array_namespace", lambda _: single)

    with pytest.raises(InputError, match="single precision"):
        arrays_of("numpy")
