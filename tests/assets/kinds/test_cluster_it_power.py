"""IT power of servers, jobs and sites: hand-worked sums, and what measured clusters say of them."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from wattloom.assets.kinds.cluster import it_power
from wattloom.assets.kinds.cluster.it_power import SEREN_SERVER, Server, job_power_mw, locked_power_share
from wattloom.assets.kinds.cluster.workload import GPU_SHARE_OF_SERVER_POWER
from wattloom.domain.errors import InputError
from wattloom.domain.text import Text
from wattloom.domain.time import TimeAxis
from wattloom.domain.weather import Place, Weather, WeatherKind

FOUR = Server(gpus=4, gpu_idle_w=50.0, gpu_full_w=400.0, rest_empty_w=300.0, rest_busy_w=600.0)


def data(*path: str) -> Path:
    """A file of the measured data: skipped where no folder is named, failing where it lacks."""
    folder = os.environ.get("WATTLOOM_DATA")
    if not folder:
        pytest.skip("WATTLOOM_DATA names no folder of source tables")
    return Path(folder, "compute", *path)


def test_a_server_draws_its_rest_and_its_gpus() -> None:
    assert FOUR.empty_w == 500.0
    assert FOUR.full_w == 2200.0
    # One GPU at half power: 600 + 200 + 3 · 50.
    assert FOUR.power_w(gpus_held=1, gpu_power_share=0.5) == 950.0
    # No cap brings a GPU below idle.
    assert FOUR.power_w(gpus_held=4, gpu_power_share=0.01) == 800.0


def test_a_job_bears_its_part_of_the_rest_or_whole_nodes() -> None:
    # Two of four GPUs: 800 W and half of 600; on a node of its own, all of 600 and two idle GPUs.
    assert job_power_mw(2.0, server=FOUR) * 1e6 == pytest.approx(1100.0)
    assert job_power_mw(2.0, server=FOUR, nodes=1) * 1e6 == pytest.approx(1500.0)
    assert job_power_mw(2.0, server=FOUR, nodes=1, above_empty=True) * 1e6 == pytest.approx(1000.0)
    assert job_power_mw(4.0, server=FOUR, gpu_power_share=0.5) * 1e6 == pytest.approx(1400.0)


def test_jobs_on_whole_nodes_and_empty_servers_add_up_to_the_site() -> None:
    # 10 servers, 3 of them full: 3 jobs of four GPUs above ten empty servers.
    site = it_power.site_it_mw(10, busy=0.3, server=FOUR)

    assert site * 1e6 == pytest.approx(3 * 2200.0 + 7 * 500.0)
    assert 3 * job_power_mw(4.0, server=FOUR, above_empty=True) + 10 * 500e-6 == pytest.approx(site)


def test_a_limit_of_it_power_holds_so_many_full_servers() -> None:
    assert it_power.servers_at_most(1.0, FOUR) == 454
    assert it_power.servers_at_most(10 * FOUR.full_w / 1e6, FOUR) == 10


def test_cooling_comes_on_top_by_temperature() -> None:
    axis = TimeAxis(datetime(2026, 1, 1, tzinfo=UTC), 60, 2)
    zero = np.zeros(2)
    weather = Weather(
        axis=axis,
        place=Place(latitude_deg=43.8, longitude_deg=87.6, altitude_m=800.0, time_zone="Asia/Shanghai"),
        kind=WeatherKind.MEASURED,
        source=Text.same("two hours"),
        ghi_w_per_m2=zero,
        dni_w_per_m2=zero,
        dhi_w_per_m2=zero,
        air_temperature_c=np.array([10.0, 30.0]),
        wind_speed_m_per_s=zero,
        wind_height_m=10.0,
        pressure_pa=zero + 101325.0,
    )

    draw = it_power.facility_draw_mw(
        np.array([5.0, 5.0]),
        rated_mw=10.0,
        overhead_fixed=0.02,
        overhead_slope=((10.0, 0.1), (30.0, 0.3)),
        weather=weather,
    )

    assert draw == pytest.approx([5.0 + 0.2 + 0.5, 5.0 + 0.2 + 1.5])


def test_a_cap_binds_only_below_the_draw() -> None:
    assert it_power.capped_power_share([100.0, 300.0, 400.0], 320.0) == pytest.approx([0.3125, 0.9375, 1.0])


def test_clocks_below_those_measured_are_refused() -> None:
    with pytest.raises(InputError, match=r"0\.5 to 0\.5; expected 0\.606 to 1"):
        locked_power_share(0.5)


@pytest.mark.parametrize("wrong", [{"gpus": 0}, {"gpu_idle_w": 500.0}, {"rest_busy_w": 100.0}, {"rest_empty_w": -1.0}])
def test_a_server_whose_levels_fall_is_refused(wrong: dict[str, float]) -> None:
    values = {"gpus": 4, "gpu_idle_w": 50.0, "gpu_full_w": 400.0, "rest_empty_w": 300.0, "rest_busy_w": 600.0}

    with pytest.raises(InputError, match="server: found"):
        Server(**(values | wrong))  # type: ignore[arg-type]


def test_the_part_that_a_cap_acts_on_is_the_one_used_for_curves() -> None:
    assert SEREN_SERVER.capped_share == pytest.approx(GPU_SHARE_OF_SERVER_POWER, abs=0.005)


def test_mean_server_power_follows_from_gpu_power() -> None:
    """The server was set by the ends of the distributions; their means judge it, and the share of idle GPUs."""
    table = pd.read_parquet(data("acme_llm_cluster", "power_util_cdf.parquet")).groupby("series")["value"]
    gpu, server = table.get_group("seren_gpu_power"), table.get_group("seren_gpu_node_server_power")
    idle = float((gpu <= 65.0).mean())

    rest = idle * SEREN_SERVER.rest_empty_w + (1 - idle) * SEREN_SERVER.rest_busy_w
    told = 8 * gpu.mean() + rest

    assert idle == pytest.approx(0.2, abs=0.02)
    # 2,974 W told, 2,930 W measured.
    assert told == pytest.approx(server.mean(), rel=0.02)
    assert SEREN_SERVER.empty_w == pytest.approx(np.quantile(server, 0.05), rel=0.002)
    assert SEREN_SERVER.full_w == pytest.approx(np.quantile(server, 0.95), rel=0.002)
    assert SEREN_SERVER.gpu_full_w == pytest.approx(np.quantile(gpu, 0.95), rel=0.002)


def test_servers_without_gpus_idle_as_published() -> None:
    table = pd.read_parquet(data("specpower_servers", "specpower.parquet"))
    recent = table[(table["nodes"] == 1) & (pd.to_datetime(table["date_submitted"]).dt.year >= 2017)]
    share = (recent["watts_idle"] / recent["watts_100"]).dropna()

    assert share.median() == pytest.approx(it_power.CPU_SERVER_IDLE_SHARE, abs=0.005)
    assert share.size == 167
    assert it_power.cpu_server_w(500.0, [0.0, 0.5, 1.0]) == pytest.approx([90.0, 295.0, 500.0])


def test_gpus_stay_a_little_below_their_cap() -> None:
    """Emerald's sweep: what a GPU draws under a cap, against the cap itself."""
    table = pd.read_csv(data("emerald_field_demo", "dvfs_sweep.csv"))
    uncapped = table.groupby("workload")["power_per_gpu_w"].transform("max")
    told = it_power.capped_power_share(table["gpu_power_cap_w"], uncapped)

    missed = told - table["power_rel"]
    assert missed.abs().mean() < 0.025
    assert missed.abs().max() < 0.09


def test_power_at_locked_clocks_agrees_with_the_stages() -> None:
    table = pd.read_parquet(data("perseus_llm_training_a100", "stage_freq_profile.parquet"))
    both = table.groupby(["model", "stage", "sm_freq_mhz"])[["energy_j", "time_s"]].sum()
    power = (both["energy_j"] / both["time_s"]).rename("power_w").reset_index()
    power = power.pivot_table(index=["model", "stage"], columns="sm_freq_mhz", values="power_w")
    measured = power.div(power[1410], axis=0)
    clocks = np.array([float(clock) for clock in measured.columns]) / 1410
    there = clocks >= it_power.LOCKED_CLOCK_POWER[0][0]

    missed = locked_power_share(clocks[there]) - measured.to_numpy()[:, there]

    assert np.abs(missed).mean() < 0.012
    assert np.abs(missed).max() < 0.04
