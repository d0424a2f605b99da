"""Is a refusal explained by its cause, and does the change that it names let a plan exist?

Each cause is planted in four weeks of the 5 MW example on steps of six hours; what is named is then applied.
"""

from __future__ import annotations

import re
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from wattloom import rules
from wattloom.app.plan_inputs import question_of
from wattloom.assets.contract import Choice
from wattloom.assets.kinds.cluster.workload import WorkloadClass
from wattloom.domain.errors import Infeasible
from wattloom.domain.series import Series
from wattloom.domain.time import TimeAxis
from wattloom.domain.workloads import WorkloadKind
from wattloom.plan.coarse import coarser
from wattloom.plan.design import modes_of
from wattloom.plan.infeasible import explain
from wattloom.plan.sizing import Question, answer
from wattloom.wiring import find

EXAMPLE = Path(__file__).parents[2] / "examples" / "small_5mw.yaml"
STEP_HOURS, DAYS = 6, 28
SAID = re.compile(r"(?P<verb>raise|lower) (?P<what>.+?) from (?P<now>[\d.,]+)(?: %)? to (?P<needed>[\d.,]+)")
ROUNDED = 0.001
"""Sentences round to four digits, or a tenth of a percentage point."""


@pytest.fixture(scope="module")
def whole() -> Question:
    """The example, with its yields written down."""
    project = find("read_project")(EXAMPLE)
    return coarser(question_of(project, folder=EXAMPLE.parent).question, STEP_HOURS)


@pytest.fixture(scope="module")
def weeks(whole: Question) -> Question:
    """The first four weeks of it."""
    count = DAYS * 24 // STEP_HOURS
    axis = TimeAxis(whole.axis.start, whole.axis.step_minutes, count)

    def cut(value: Any) -> Any:
        if isinstance(value, Series):
            return replace(value, axis=axis, values=value.values[:count])
        if is_dataclass(value) and not isinstance(value, type):
            cuts = {item.name: cut(getattr(value, item.name)) for item in fields(value)}
            changed = {name: part for name, part in cuts.items() if part is not getattr(value, name)}
            return replace(value, **changed) if changed else value
        return value

    assets = {name: cut(asset) for name, asset in whole.assets.items()}
    return replace(whole, axis=axis, assets=assets, weather=None, years=count / whole.axis.count)


def planted(question: Question, **changes: dict[str, Any]) -> Question:
    """The question with other fields of some assets."""
    assets = {name: replace(asset, **changes.get(name, {})) for name, asset in question.assets.items()}  # type: ignore[type-var]
    return replace(question, assets=assets)


def with_fact(question: Question, **facts: float) -> Question:
    """The question with facts of the territory replaced."""
    pack = question.pack
    assert pack is not None
    case = replace(pack.case, overrides={**pack.case.overrides, **facts})
    return replace(question, pack=rules.pack(pack.territory.key, case))


def refusal(question: Question) -> Infeasible:
    return explain(question, modes_of(question)[0])


def is_possible(question: Question) -> bool:
    """Whether a plan exists."""
    try:
        answer(question, modes_of(question)[0])
    except Infeasible:
        return False
    return True


def ways(said: Infeasible) -> list[dict[str, float]]:
    """What each line of a refusal says must come to which value, shares as shares."""
    lines = [line for line in str(said).splitlines() if line.startswith("  - ")]
    return [
        {
            found["what"]: float(found["needed"].replace(",", "")) / (100 if "%" in found[0] + line else 1)
            for found in SAID.finditer(line)
        }
        for line in lines
    ]


@pytest.fixture(scope="module")
def too_little_sun_and_wind(weeks: Question) -> Question:
    """A hall that is to be 90 % green with 8 MW of sun and 6 of wind at most."""
    small = planted(weeks, sun={"power_mw": Choice(max=8.0)}, wind={"power_mw": Choice(max=6.0)})
    return replace(small, goals=replace(small.goals, green_share_hourly_min=0.9))


@pytest.fixture(scope="module")
def green_refused(too_little_sun_and_wind: Question) -> Infeasible:
    return refusal(too_little_sun_and_wind)


def test_a_green_goal_beyond_sun_and_wind_names_the_goal_and_either_source(green_refused: Infeasible) -> None:
    named = [set(way) for way in ways(green_refused)]

    assert any(what == {"the power of sun"} for what in named)
    assert any(what == {"the power of wind"} for what in named)
    assert any("hourly green share" in " ".join(what) for what in named)
    assert "storage" not in str(green_refused)
    assert "connection capacity" not in str(green_refused)


@pytest.mark.parametrize("source", ["sun", "wind"])
def test_as_much_sun_or_wind_as_is_named_is_enough_and_a_twentieth_less_is_not(
    too_little_sun_and_wind: Question, green_refused: Infeasible, source: str
) -> None:
    needed = next(way[f"the power of {source}"] for way in ways(green_refused) if f"the power of {source}" in way)

    def with_power(power_mw: float) -> Question:
        return planted(too_little_sun_and_wind, **{source: {"power_mw": Choice(max=power_mw)}})

    assert is_possible(with_power(needed * (1 + ROUNDED)))
    assert not is_possible(with_power(needed * 0.95))


def test_the_green_share_that_is_named_can_be_reached_and_two_points_more_cannot(
    too_little_sun_and_wind: Question, green_refused: Infeasible
) -> None:
    """The rule of hub nodes asks for a green share too, so both are named and both are lowered."""
    way = next(way for way in ways(green_refused) if any("hourly green share" in what for what in way))
    share = next(value for what, value in way.items() if "hourly green share" in what)

    def with_share(asked: float) -> Question:
        loosened = with_fact(too_little_sun_and_wind, hub_node_green_share_min=asked)
        return replace(loosened, goals=replace(loosened.goals, green_share_hourly_min=asked))

    assert is_possible(with_share(share - ROUNDED))
    assert not is_possible(with_share(share + 0.02))


@pytest.fixture(scope="module")
def hardly_any_grid(weeks: Question) -> Question:
    """Half an MVA for a hall of 5 MW, and little of everything else."""
    return planted(
        weeks,
        grid={"capacity_mva": 0.5},
        storage={"power_mw": Choice(max=1.0), "energy_mwh": Choice(max=2.0)},
        sun={"power_mw": Choice(max=10.0)},
        wind={"power_mw": Choice(max=3.0)},
    )


def test_where_no_single_change_is_enough_the_refusal_says_so_and_all_together_are(hardly_any_grid: Question) -> None:
    said = refusal(hardly_any_grid)
    changes = {what: value for way in ways(said) for what, value in way.items()}
    sizes = {
        what.split(" of ")[1]: value for what, value in changes.items() if what.startswith(("the power", "the co"))
    }
    share = min([value for what, value in changes.items() if "green share" in what], default=0.85)

    assert "no single change is enough" in str(said)
    assert "the connection capacity of grid" in changes
    loosened = with_fact(hardly_any_grid, hub_node_green_share_min=min(0.8, share - ROUNDED))
    loosened = replace(loosened, goals=replace(loosened.goals, green_share_hourly_min=share - ROUNDED))
    freed = {
        name: {"capacity_mva" if name == "grid" else "power_mw": Choice(max=value * (1 + ROUNDED))}
        for name, value in sizes.items()
    }
    assert is_possible(planted(loosened, **freed))
    assert not is_possible(planted(hardly_any_grid, grid={"capacity_mva": Choice()}))
    assert not is_possible(loosened)


@pytest.fixture(scope="module")
def too_much_sun(weeks: Question) -> Question:
    """60 MW of sun are there for a hall of firm work; neither wind nor cells."""
    serving = WorkloadClass(kind=WorkloadKind.FIRM_SERVING, share=1.0)
    built = planted(weeks, sun={"power_mw": 60.0}, computing={"classes": {"serving": serving}})
    bare = {name: asset for name, asset in built.assets.items() if name not in {"wind", "storage"}}
    return with_fact(replace(built, assets=bare, goals=type(built.goals)()), hub_node_green_share_min=0.0)


def with_self_use(question: Question, least: float) -> Question:
    """Doc 1192 asks for the same self-use as Doc 650, and is named where it asks for more."""
    return with_fact(question, self_use_of_generation_min=least, doc1192_self_use_of_generation_min=least)


def test_sun_that_is_too_large_for_its_load_names_self_use_and_how_much_of_it_there_can_be(
    too_much_sun: Question,
) -> None:
    """Of each hour's sun at most the load can be used on site: the sum of the smaller over the sum of the sun."""
    hall = too_much_sun.assets["computing"]
    load_mw = hall.it_mw * (hall.utilisation * (1 + hall.overhead_slope) + hall.overhead_fixed)
    sun_mw = 60.0 * too_much_sun.assets["sun"].capacity_factor.values
    most = float(np.minimum(sun_mw, load_mw).sum() / sun_mw.sum())

    said = refusal(too_much_sun)

    assert [set(way) for way in ways(said)] == [{"the floor on self-use of available generation (Doc 650)"}]
    assert next(iter(ways(said)[0].values())) == pytest.approx(most, abs=ROUNDED)
    assert is_possible(with_self_use(too_much_sun, most - ROUNDED))
    assert not is_possible(with_self_use(too_much_sun, most + ROUNDED))


def test_a_refusal_speaks_chinese_with_the_same_numbers(green_refused: Infeasible) -> None:
    def numbers(text: str) -> list[str]:
        return re.findall(r"\d+\.\d+", text)

    assert "没有可行方案" in green_refused.zh
    assert numbers(green_refused.zh) == numbers(str(green_refused))
