"""A computing cluster: what it draws, what may wait, what an outage must not stop, and what a second judge says."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from wattloom.assets.contract import Choice
from wattloom.assets.kinds.cluster import ASSET
from wattloom.assets.kinds.cluster.workload import WorkloadClass
from wattloom.domain.errors import InputError
from wattloom.domain.series import Series
from wattloom.domain.time import TimeAxis
from wattloom.domain.weather import Weather, WeatherKind
from wattloom.domain.workloads import WorkloadKind

FIRM, MOVABLE = WorkloadKind.FIRM_SERVING, WorkloadKind.MOVABLE_SERVING
BATCH, TRAINING = WorkloadKind.BATCH, WorkloadKind.TRAINING


def work(kind: WorkloadKind, share: float, **keys: Any) -> WorkloadClass:
    return WorkloadClass(kind=kind, share=share, **keys)


def cluster(it_mw: Any = 100.0, utilisation: float = 0.5, **keys: Any) -> Any:
    """A cluster without overhead unless said otherwise."""
    return ASSET.fields(it_mw=it_mw, utilisation=utilisation, **{"overhead_fixed": 0.0, "overhead_slope": 0.0, **keys})


def half_batch(**keys: Any) -> dict[str, WorkloadClass]:
    """Half serving, half batch that may wait a day."""
    return {"chat": work(FIRM, 0.5), "jobs": work(BATCH, 0.5, **{"window_hours": 24.0, **keys})}


def series(values: Any, *, step_minutes: int = 60, start: datetime = datetime(2026, 1, 1, tzinfo=UTC)) -> Series:
    numbers = np.asarray(values, dtype=float)
    return Series(axis=TimeAxis(start, step_minutes, len(numbers)), values=numbers, unit="1", source="by hand")


def planned(bus: Any, asset: Any, price: Any, **keys: Any) -> Any:
    """The cheapest day of a cluster alone on the grid."""
    return bus(import_price=price, it_mw=0.0, **keys).plan({"dc": asset})


def it_of(plan: Any) -> list[float]:
    return [round(float(power), 6) for power in plan.part("dc").load.it_mw]


# What is done as it arrives.


def test_firm_load_is_rated_power_times_utilisation_and_overhead_comes_on_top(bus: Any) -> None:
    asset = cluster(utilisation=0.7, overhead_fixed=0.06, overhead_slope=0.1, cooling_share=0.5, heat_reuse_share=0.2)

    part = planned(bus, asset, [10.0, 20.0]).part("dc")

    # 70 MW of IT; 6 MW whatever the load and 0.1 · 70 MW with it.
    assert part.load.it_mw.values == pytest.approx([70.0, 70.0])
    assert part.load.overhead_mw.values == pytest.approx([13.0, 13.0])
    assert part.draw_mw.values == pytest.approx([83.0, 83.0])
    assert part.cooling_mw.values == pytest.approx([6.5, 6.5])
    assert part.load.reused_heat_mw.values == pytest.approx([14.0, 14.0])
    assert part.sizes == {"it_mw": 100.0}
    assert part.costs == ()


def test_shape_of_serving_is_taken_over_its_mean(bus: Any) -> None:
    asset = cluster(load_shape=series([300.0, 100.0]))

    assert it_of(planned(bus, asset, [1.0, 1.0])) == [75.0, 25.0]


def test_overhead_follows_the_air_and_is_held_beyond_the_table(bus: Any) -> None:
    asset = cluster(overhead_fixed=0.1, overhead_slope=((0.0, 0.05), (20.0, 0.25)))
    axis = TimeAxis(datetime(2026, 1, 1, tzinfo=UTC), 60, 3)
    year = bus(import_price=[1.0] * 3, it_mw=0.0)
    weather = weather_of(axis, year.surroundings().place, air_c=[-9.0, 10.0, 40.0])

    part = with_weather(year, weather, asset)

    assert part.load.overhead_mw.values == pytest.approx([10 + 2.5, 10 + 7.5, 10 + 12.5])


def test_a_table_without_weather_is_refused(bus: Any) -> None:
    with pytest.raises(InputError, match="a table over air temperature and no weather"):
        planned(bus, cluster(overhead_fixed=((0.0, 0.1),)), [1.0])


def test_it_needs_weather_only_with_a_table() -> None:
    assert not cluster().needs_weather
    assert cluster(overhead_fixed=((0.0, 0.1),)).needs_weather


def test_movable_serving_is_firm_at_a_single_site_and_says_so(bus: Any) -> None:
    plan = planned(bus, cluster(classes={"search": work(MOVABLE, 1.0)}), [1.0, 9.0])

    assert it_of(plan) == [50.0, 50.0]
    assert "nowhere to move it" in plan.part("dc").notes[0].en


def test_batch_without_a_window_is_done_as_it_arrives(bus: Any) -> None:
    plan = planned(bus, cluster(classes={"jobs": work(BATCH, 1.0, arrival_shape=series([0.5, 1.5]))}), [1.0, 9.0])

    assert it_of(plan) == [25.0, 75.0]
    assert plan.part("dc").firm_mw.values == pytest.approx([0.0, 0.0])


def test_an_outage_must_not_stop_serving_and_its_overhead(bus: Any) -> None:
    asset = cluster(overhead_fixed=0.1, overhead_slope=0.2, backup_share=0.5, classes=half_batch())

    # Half of 25 MW serving · 1.2 and of 10 MW fixed overhead.
    assert planned(bus, asset, [1.0, 1.0]).part("dc").firm_mw.values == pytest.approx([20.0, 20.0])


# What may wait.


def test_batch_moves_to_the_cheap_hours_up_to_the_machines_left_over(bus: Any) -> None:
    # 24 h, dear at first: 25 MW serving always; 25 MW of batch wait 16 h (400 MWh), then run with all they have.
    price = [100.0] * 16 + [10.0] * 8
    asset = cluster(classes=half_batch())

    plan = planned(bus, asset, price)

    # Rated 100 − serving 25 = 75 MW for batch: 600 MWh in 8 cheap hours, just what arrives in the day.
    assert it_of(plan) == [25.0] * 16 + [100.0] * 8
    backlog = plan.part("dc").load.backlog_mwh.values
    assert backlog[:16] == pytest.approx(25.0 * np.arange(1, 17))
    assert backlog[-1] == pytest.approx(0.0)
    assert plan.cost_cny == pytest.approx(16 * 25 * 100.0 + 8 * 100 * 10.0)


def test_power_max_limits_the_catching_up(bus: Any) -> None:
    # At most twice the mean: 50 MW in the 3 cheap hours, the rest, 6 · 25 − 150 = 0, before.
    asset = cluster(classes=half_batch(power_max=2.0))

    plan = planned(bus, asset, [90.0] * 3 + [10.0] * 3)

    assert it_of(plan) == [25.0] * 3 + [75.0] * 3


def test_a_window_of_two_hours_brings_the_work_forward(bus: Any) -> None:
    # What arrived in hour 1 must be done by the end of hour 3, and the same for hour 2 and 4.
    asset = cluster(classes=half_batch(window_hours=2.0))

    plan = planned(bus, asset, [9.0, 9.0, 1.0, 9.0, 9.0, 1.0])

    assert it_of(plan) == [25.0, 25.0, 100.0, 25.0, 25.0, 100.0]


def test_daily_work_is_cleared_when_the_local_day_ends(bus: Any) -> None:
    # The axis starts at 08:00 in Shanghai: the day ends with period 16, and cheap hours after it come too late.
    price = [100.0] * 16 + [10.0] * 8
    asset = cluster(classes=half_batch(cleared="daily"))

    plan = planned(bus, asset, price)

    backlog = plan.part("dc").load.backlog_mwh.values
    assert backlog[15] == pytest.approx(0.0)
    assert plan.cost_cny == pytest.approx(16 * 50 * 100.0 + 8 * 50 * 10.0)


def test_least_power_runs_in_the_dearest_hour(bus: Any) -> None:
    plan = planned(bus, cluster(classes=half_batch(least_power=0.4)), [9.0, 1.0])

    assert it_of(plan) == [35.0, 65.0]


def test_least_power_asks_for_no_more_than_arrives(bus: Any) -> None:
    classes = {"jobs": work(BATCH, 1.0, window_hours=3.0, least_power=0.5, arrival_shape=series([0.0, 2.0, 1.0]))}

    assert it_of(planned(bus, cluster(classes=classes), [1.0, 1.0, 9.0]))[0] == 0.0


def test_two_classes_share_the_machines_left_over(bus: Any) -> None:
    classes = {
        "chat": work(FIRM, 0.4),
        "jobs": work(BATCH, 0.3, window_hours=24.0),
        "train": work(TRAINING, 0.3, window_hours=24.0),
    }

    # Each alone could take 80 MW of the 100 in the cheap hour; together they stay below 80, so 10 MWh run earlier.
    plan = planned(bus, cluster(utilisation=0.5, classes=classes), [9.0, 8.0, 1.0])

    assert it_of(plan) == [20.0, 30.0, 100.0]
    assert plan.program.model.constraints["dc.rated"].labels.size == 3


def test_rows_are_spent_on_the_joint_ceiling_only_where_it_can_bind(bus: Any) -> None:
    shape = series([1.6, 1.0, 0.4])
    classes = {
        "chat": work(FIRM, 0.5),
        "a": work(BATCH, 0.25, window_hours=9.0, power_max=2.0),
        "b": work(BATCH, 0.25, window_hours=9.0, power_max=2.0),
    }

    # Serving takes 56, 35 and 14 MW; both together want up to 70: only then is 100 MW exceeded in hours 1 and 2.
    plan = planned(bus, cluster(utilisation=0.7, load_shape=shape, classes=classes), [1.0, 1.0, 1.0])

    assert plan.program.model.constraints["dc.rated"].labels.size == 2


def test_one_class_that_waits_costs_one_row_a_period(bus: Any) -> None:
    plan = planned(bus, cluster(classes=half_batch()), [1.0] * 24)

    rows = {name: plan.program.model.constraints[name].labels.size for name in plan.program.model.constraints}
    assert {name: size for name, size in rows.items() if name.startswith("dc")} == {"dc.jobs.work": 24}


def test_waiting_is_paid_by_the_hour(bus: Any) -> None:
    # One hour of waiting costs 5 and saves 8; the second hour saves nothing more.
    asset = cluster(classes=half_batch(deferral_cost_cny_per_mwh_hour=5.0))

    plan = planned(bus, asset, [10.0, 2.0, 2.0])

    assert plan.part("dc").load.backlog_mwh.values == pytest.approx([25.0, 0.0, 0.0])
    assert {item.item: item.variable_cny_per_year for item in plan.part("dc").costs} == pytest.approx(
        {"deferral": 125.0}
    )


def test_waiting_that_costs_more_than_it_saves_does_not_happen(bus: Any) -> None:
    asset = cluster(classes=half_batch(deferral_cost_cny_per_mwh_hour=8.5))

    assert it_of(planned(bus, asset, [10.0, 2.0, 2.0])) == [50.0, 50.0, 50.0]


def test_a_pause_pays_for_its_checkpoint_once(bus: Any) -> None:
    # Two dear hours: each MWh that stops in either pays 4 and saves 8; it waits as long as it likes.
    asset = cluster(classes=half_batch(checkpoint_cost_cny_per_mwh=4.0))

    plan = planned(bus, asset, [10.0, 10.0, 2.0, 2.0])

    assert it_of(plan)[:2] == [25.0, 25.0]
    assert {item.item: item.variable_cny_per_year for item in plan.part("dc").costs} == pytest.approx(
        {"checkpoints": 2 * 25.0 * 4.0}
    )


# Power caps.

KNEE = ((0.5, 0.8), (1.0, 1.0))
"""Half the power keeps four fifths of the work."""


def test_many_jobs_are_spread_over_idle_machines_at_the_best_cap(bus: Any) -> None:
    # 25 MW of batch on up to 75 MW of machines: at half power 0.8 of the work, so 31.25 MW of machines draw 15.625.
    plan = planned(bus, cluster(classes=half_batch(power_work=KNEE)), [10.0, 10.0])

    assert sum(it_of(plan)) == pytest.approx(2 * (25.0 + 15.625))
    assert "upper hull from off" in plan.part("dc").notes[-1].en


def test_machines_at_a_cap_are_counted_whole_against_the_rated_power(bus: Any) -> None:
    # Utilisation 0.9, half of it serving: 55 MW of machines are left for 45 MW of work in each hour.
    plan = planned(bus, cluster(utilisation=0.9, classes=half_batch(power_work=KNEE)), [10.0])

    # a + b = 55 machines, 0.8 a + b = 45 of work: a = 50 at half power, b = 5 at full: 30 MW.
    assert it_of(plan) == [45.0 + 30.0]


def test_training_that_never_stops_is_capped_in_the_dear_hour(bus: Any) -> None:
    # Work 50 each hour, 100 MW of machines, at least 50 always run. Dear: 50 at half power do 40 and draw 25.
    # Cheap: 60 of work at best cap is 75 machines at half power, 37.5 MW.
    classes = {"train": work(TRAINING, 1.0, window_hours=9.0, least_power=1.0, power_work=KNEE)}

    plan = planned(bus, cluster(classes=classes), [9.0, 1.0])

    assert it_of(plan) == [25.0, 37.5]
    assert "cannot be half off" in plan.part("dc").notes[-1].en


# Growth and limits.


def test_load_grows_with_the_operating_year(bus: Any) -> None:
    asset = cluster(growth_per_year=0.1)

    assert it_of(planned(bus, asset, [1.0], around={"operating_year": 3})) == [60.5]


def test_growth_ends_when_the_peak_hour_fills_the_machines(bus: Any) -> None:
    asset = cluster(growth_per_year=0.5, load_shape=series([1.25, 0.75]))

    plan = planned(bus, asset, [1.0, 1.0], around={"operating_year": 9})

    assert it_of(plan) == [100.0, 60.0]
    assert "stopped growing at a utilisation of 0.800" in plan.part("dc").notes[-1].en


def test_firm_work_above_the_rated_power_is_refused(bus: Any) -> None:
    with pytest.raises(InputError, match=r"peaks at 1\.35 of the rated IT power"):
        planned(bus, cluster(utilisation=0.9, load_shape=series([1.5, 0.5])), [1.0, 1.0])


def test_work_without_machines_to_catch_up_is_refused(bus: Any) -> None:
    classes = {"jobs": work(BATCH, 1.0, window_hours=1.0, power_max=1.0, arrival_shape=series([2.4, 0.3, 0.3]))}

    with pytest.raises(InputError, match=r"cluster\.classes\.jobs: found work that does not fit into its window"):
        planned(bus, cluster(classes=classes), [1.0, 1.0, 1.0])


def test_classes_that_fit_alone_but_not_together_are_refused(bus: Any) -> None:
    burst = series([3.0, 0.0, 0.0])
    classes = {
        "a": work(BATCH, 0.5, window_hours=1.0, power_max=3.0, arrival_shape=burst),
        "b": work(BATCH, 0.5, window_hours=1.0, power_max=3.0, arrival_shape=burst),
    }

    # 270 MWh arrive in hour 1 and must be done by the end of hour 2: 200 can be. Each alone: 135.
    with pytest.raises(InputError, match=r"cluster\.classes: found work that does not fit"):
        planned(bus, cluster(utilisation=0.9, classes=classes), [1.0] * 3)


def test_a_shape_that_does_not_cover_the_year_is_refused(bus: Any) -> None:
    with pytest.raises(InputError, match="expected all 3 of 60 min"):
        planned(bus, cluster(load_shape=series([1.0, 1.0])), [1.0] * 3)


def test_every_problem_among_the_keys_is_told_at_once(bus: Any) -> None:
    asset = cluster(
        overhead_slope=((5.0, 0.1), (5.0, 0.2)),
        overhead_fixed=((5.0, -0.1),),
        load_shape=0.0,
        classes={
            "chat": work(FIRM, 0.6, window_hours=2.0, least_power=0.1, power_work=KNEE),
            "a": work(BATCH, 0.3, power_work="a_curve", power_max=0.5),
            "b": work(BATCH, 0.3, power_work=((0.5, 0.8),)),
            "c": work(BATCH, 0.0, power_work=((0.5, 0.8), (0.4, 0.9), (1.0, 1.0))),
        },
    )

    keys = [key for key, *_ in asset.problems()]

    assert keys == [
        "classes",
        "overhead_fixed",
        "overhead_slope",
        "load_shape",
        "classes.chat.window_hours",
        "classes.chat.least_power",
        "classes.chat.power_work",
        "classes.a.power_max",
        "classes.a.power_work",
        "classes.b.power_work",
        "classes.c.power_work",
    ]
    with pytest.raises(InputError, match=r"dc\.classes: found shares that add up to 1\.2; expected 1"):
        planned(bus, asset, [1.0])


def test_a_sound_cluster_has_no_problems() -> None:
    assert cluster(classes=half_batch(power_work="dnn_training_2022")).problems() == []


# Size as a choice.


def test_a_chosen_size_held_at_its_ends_gives_the_same_plan_as_the_number(bus: Any) -> None:
    shape = series([0.8, 1.2, 1.0, 1.0, 1.3, 0.7])
    classes = {
        "chat": work(FIRM, 0.3),
        "jobs": work(BATCH, 0.4, window_hours=3.0, least_power=0.2, power_work="llm_fine_tuning_2025"),
        "train": work(TRAINING, 0.3, window_hours=2.0, checkpoint_cost_cny_per_mwh=3.0),
    }
    keys: dict[str, Any] = {"overhead_fixed": 0.05, "overhead_slope": 0.1, "load_shape": shape, "classes": classes}
    price = [50.0, 90.0, 10.0, 60.0, 70.0, 20.0]

    fixed = planned(bus, cluster(120.0, 0.7, **keys), price)
    chosen = planned(bus, cluster(Choice(min=120.0, max=120.0), 0.7, **keys), price)

    assert chosen.cost_cny == pytest.approx(fixed.cost_cny, rel=1e-9)
    assert chosen.part("dc").sizes["it_mw"] == pytest.approx(120.0)


def test_everything_scales_with_the_size(bus: Any) -> None:
    price = [50.0, 90.0, 10.0, 60.0]
    small = planned(bus, cluster(10.0, overhead_fixed=0.1, classes=half_batch(window_hours=2.0)), price)
    large = planned(bus, cluster(30.0, overhead_fixed=0.1, classes=half_batch(window_hours=2.0)), price)

    assert large.cost_cny == pytest.approx(3 * small.cost_cny, rel=1e-9)


def test_plant_is_bought_by_the_kw(bus: Any) -> None:
    part = planned(bus, cluster(2.0, capital_cost_cny_per_kw_it=5000.0), [1.0]).part("dc")

    assert {item.item: item.capital_cny for item in part.costs} == {"electromechanical": 10e6}


def test_gpu_hours_are_those_installed_for_each_mwh_of_mean_power() -> None:
    assert cluster(gpus_per_mw=700.0).gpu_hours_per_mwh_it == 1400.0
    assert cluster().gpu_hours_per_mwh_it is None


# The envelope it offers.


def test_its_envelope_adds_up_what_waits_below_the_machines_left_over() -> None:
    axis = TimeAxis(datetime(2026, 1, 1, tzinfo=UTC), 60, 3)
    asset = cluster(classes={"chat": work(FIRM, 0.6), "jobs": work(BATCH, 0.4, window_hours=1.0)})

    envelope = asset.envelope(axis)

    # 30 MW serving, 20 MW of batch; spare 50 on top of its mean.
    assert envelope.earliest_mwh == pytest.approx([20.0, 40.0, 60.0])
    assert envelope.latest_mwh == pytest.approx([0.0, 20.0, 60.0])
    assert envelope.rate_mw_max == pytest.approx([70.0] * 3)
    assert envelope.rate_mw_min == pytest.approx([0.0] * 3)


def test_its_envelope_over_a_window_takes_that_part_of_the_shape() -> None:
    shape = series([0.0, 2.0, 1.0, 1.0])
    asset = cluster(classes={"jobs": work(BATCH, 1.0, window_hours=1.0, arrival_shape=shape)})

    envelope = asset.envelope(TimeAxis(datetime(2026, 1, 1, 1, tzinfo=UTC), 60, 2))

    assert envelope.arriving_mw == pytest.approx([100.0, 50.0])


def test_its_daily_envelope_counts_days_from_the_window_where_no_zone_is_given() -> None:
    asset = cluster(classes={"jobs": work(BATCH, 1.0, window_hours=24.0, cleared="daily")})
    axis = TimeAxis(datetime(2026, 1, 1, tzinfo=UTC), 60, 48)

    assert np.flatnonzero(asset.envelope(axis).backlog_mwh_max == 0).tolist() == [23, 47]


def test_a_cluster_whose_work_cannot_wait_offers_no_envelope() -> None:
    assert cluster().envelope(TimeAxis(datetime(2026, 1, 1, tzinfo=UTC), 60, 3)) is None


def test_a_size_still_to_be_chosen_offers_no_envelope() -> None:
    with pytest.raises(InputError, match="plan the site first"):
        cluster(Choice(), classes=half_batch()).envelope(TimeAxis(datetime(2026, 1, 1, tzinfo=UTC), 60, 3))


@pytest.mark.parametrize(("name", "size"), [("cluster_fixed", 10.0), ("cluster_chosen", Choice(max=20.0))])
def test_program_reads_as_the_golden_file(bus: Any, golden: Any, name: str, size: Any) -> None:
    asset = cluster(
        size,
        0.5,
        overhead_fixed=0.05,
        overhead_slope=0.1,
        capital_cost_cny_per_kw_it=100.0,
        classes={
            "chat": work(FIRM, 0.5),
            "jobs": work(BATCH, 0.25, window_hours=1.0, deferral_cost_cny_per_mwh_hour=2.0),
            "train": work(
                TRAINING, 0.25, window_hours=2.0, least_power=0.5, power_work=KNEE, checkpoint_cost_cny_per_mwh=3.0
            ),
        },
    )
    year = bus(import_price=[1.0] * 3, it_mw=0.0)
    program, _ = year.built({}, grid=False)

    golden(name, asset, {}, fresh(program))


# How the tests read.


def fresh(program: Any) -> Any:
    """An empty program over the same periods."""
    return type(program)(program.axis)


def weather_of(axis: TimeAxis, place: Any, *, air_c: list[float]) -> Weather:
    """Weather of which only the air temperature matters."""
    rest = np.zeros(axis.count)
    return Weather(
        axis=axis,
        place=place,
        kind=WeatherKind.MEASURED,
        source="by hand",
        ghi_w_per_m2=rest,
        dni_w_per_m2=rest,
        dhi_w_per_m2=rest,
        air_temperature_c=np.array(air_c),
        wind_speed_m_per_s=rest,
        wind_height_m=10.0,
        pressure_pa=rest,
    )


def with_weather(year: Any, weather: Weather, asset: Any) -> Any:
    """An asset's part in a given weather."""
    program, _ = year.built({}, grid=False)
    return asset.add_to(fresh(program), "dc", replace(year.surroundings(), weather=weather))
