"""Is each sort of planted leak caught, and is clean data let through?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from tests.forecast.stations import HOUR_S, START, station

from wattloom.domain.forecasts import TargetKind
from wattloom.domain.text import Text
from wattloom.forecast.backtest import Period
from wattloom.forecast.contract import Model
from wattloom.forecast.feed import ALWAYS, Channel, Feed, starts_of
from wattloom.forecast.fingerprint import fingerprint
from wattloom.forecast.leakage import Finding, LeakageReport, Severity, Sort, leakage_report
from wattloom.forecast.leakage.timing import training_findings
from wattloom.forecast.models.seasonal_naive import MODEL, SeasonalNaive
from wattloom.forecast.sight import Sight, Training
from wattloom.forecast.task import Task

MIDNIGHT = Task.day_ahead(step_minutes=60)
CUTOFF = START + timedelta(days=60)
PERIOD = Period(start=CUTOFF, end=START + timedelta(days=90))
KINDS = pytest.mark.parametrize("kind", list(TargetKind))


@dataclass(frozen=True, slots=True, kw_only=True)
class Foundation(SeasonalNaive):
    """Stands for a model that learnt elsewhere."""

    pretrained_on: tuple[str, ...] | None = None


def report(feed: Feed, *, model: Model = MODEL, **more: object) -> LeakageReport:
    return leakage_report(model, feed, MIDNIGHT, PERIOD, **more)  # type: ignore[arg-type]


def sorts(found: LeakageReport, severity: Severity = Severity.REFUSES) -> set[Sort]:
    return {one.sort for one in found.findings if one.severity is severity}


def with_target(feed: Feed, values: np.ndarray) -> Feed:
    return replace(feed, target=replace(feed.target, values=np.atleast_2d(values)))


def with_channel(feed: Feed, name: str, channel: Channel) -> Feed:
    return replace(feed, channels={**feed.channels, name: channel})


def target_of(feed: Feed) -> np.ndarray:
    return feed.target.values[-1].copy()


# Clean data passes.


@KINDS
def test_an_honest_station_is_clean(kind: TargetKind) -> None:
    found = report(station(kind))

    assert found.findings == ()
    assert found.ranked


def test_honest_neighbours_are_clean() -> None:
    feed = station(TargetKind.WIND, seed=0)
    others = [replace(station(TargetKind.WIND, seed=seed), place=None) for seed in (1, 2)]

    assert report(feed, teachers=others).findings == ()


def test_a_price_told_the_day_before_is_honest_when_asked_before_it_is_told() -> None:
    """Auctioned at 13:00 for the next day: an issue at 09:00 is honest, one at midnight knows all already."""
    feed = station(TargetKind.PRICE)
    days = (np.arange(feed.axis.count) // 24) * 24
    known = starts_of(feed.axis)[days] - 11 * HOUR_S
    feed = replace(feed, target=replace(feed.target, known_s=known[None, :]))
    morning = Task.day_ahead(step_minutes=60, issue_minute=9 * 60)

    assert leakage_report(MODEL, feed, morning, PERIOD).findings == ()
    (finding,) = report(feed).findings
    assert finding.sort is Sort.AVAILABILITY
    assert finding.figure == 1.0


# Duplicates.


def test_copied_days_are_caught() -> None:
    """A data logger's gap filled with the days of a month ago: three test days of 30."""
    feed = station(TargetKind.LOAD)
    values = target_of(feed)
    values[70 * 24 : 73 * 24] = values[30 * 24 : 33 * 24]

    (finding,) = report(with_target(feed, values)).findings

    assert (finding.sort, finding.severity) == (Sort.DUPLICATE, Severity.REFUSES)
    assert finding.figure == pytest.approx(3 / 30)
    assert "3 of 30 test days (10.0%)" in finding.text.en
    assert "30 个测试日中有 3 个" in finding.text.zh


def test_one_copied_day_in_a_long_test_is_a_warning() -> None:
    feed = station(TargetKind.LOAD, days=300)
    values = target_of(feed)
    values[170 * 24 : 171 * 24] = values[30 * 24 : 31 * 24]
    period = replace(PERIOD, end=START + timedelta(days=300))

    found = leakage_report(MODEL, with_target(feed, values), MIDNIGHT, period)

    assert sorts(found) == set()
    assert sorts(found, Severity.WARNS) == {Sort.DUPLICATE}


def test_days_copied_with_rounding_are_nearly_equal() -> None:
    feed = station(TargetKind.LOAD)
    values = target_of(feed)
    values[70 * 24 : 73 * 24] = values[30 * 24 : 33 * 24].round(2)

    assert sorts(report(with_target(feed, values))) == {Sort.NEAR_DUPLICATE}


def test_a_test_day_in_another_stations_record_is_caught() -> None:
    feed, teacher = station(TargetKind.SOLAR, seed=0), station(TargetKind.SOLAR, seed=1)
    values = target_of(teacher)
    values[10 * 24 : 20 * 24] = target_of(feed)[65 * 24 : 75 * 24]

    found = report(feed, teachers=[with_target(teacher, values)])

    assert Sort.DUPLICATE in sorts(found)


def test_days_that_stand_still_are_no_duplicates() -> None:
    """A price at its cap, a curtailed station: the same flat day again and again."""
    feed = station(TargetKind.PRICE)
    values = target_of(feed)
    values[40 * 24 : 80 * 24] = 500.0

    assert report(with_target(feed, values)).of(Sort.DUPLICATE) == ()


# Groups.


def test_the_station_itself_is_not_unseen() -> None:
    feed = station(TargetKind.WIND)

    assert Sort.GROUP in sorts(report(feed, teachers=[replace(feed)]))


def test_a_renamed_copy_is_a_twin() -> None:
    feed = station(TargetKind.WIND)
    scaled = replace(with_target(feed, target_of(feed) * 1000), name="wind-b", capacity=100_000.0, highest=np.inf)

    (finding, *_) = report(feed, teachers=[scaled]).of(Sort.GROUP)

    assert finding.severity is Severity.REFUSES
    assert "under another name" in finding.text.en


def test_a_twin_is_caught_beside_the_stations_own_past_too() -> None:
    feed = station(TargetKind.WIND)

    assert Sort.GROUP in sorts(report(feed, teachers=[feed, replace(feed, name="wind-b")]))


def test_one_group_may_not_stand_on_both_sides() -> None:
    feed, other = station(TargetKind.WIND, seed=0), station(TargetKind.WIND, seed=1)

    found = report(feed, teachers=[other], groups={feed.name: "farm A", other.name: "farm A"})

    assert "farm A" in found.of(Sort.GROUP)[0].text.zh
    assert found.refuses


def test_a_teacher_at_the_same_place_is_a_warning() -> None:
    feed, other = station(TargetKind.WIND, seed=0), station(TargetKind.WIND, seed=1)

    assert sorts(report(feed, teachers=[other]), Severity.WARNS) == {Sort.GROUP}


# Time.


def test_readings_known_before_they_happen_are_caught() -> None:
    feed = station(TargetKind.LOAD)
    early = replace(feed.target, known_s=np.full_like(feed.target.known_s, ALWAYS))

    morning = Task.day_ahead(step_minutes=60, issue_minute=9 * 60)

    found = leakage_report(MODEL, replace(feed, target=early), morning, PERIOD)

    assert sorts(found) == {Sort.AVAILABILITY, Sort.GAP}, "and what is learnt then reaches into the test"


def training_of(feed: Feed, last: datetime) -> Training:
    """Origins up to and with an instant, whatever was known."""
    origins = MIDNIGHT.origins(START, last + timedelta(seconds=1), feed.zone)
    return Training(Sight(feed, MIDNIGHT, origins), np.zeros((len(origins), 24)), last)


@pytest.mark.parametrize(
    ("last", "sort"), [(CUTOFF, Sort.TIME), (CUTOFF + timedelta(days=3), Sort.TIME)], ids=["same_day", "days_after"]
)
def test_learning_into_the_test_is_time_overlap(last: datetime, sort: Sort) -> None:
    found = training_findings(
        training_of(station(), last), MIDNIGHT, first_test_s=int(CUTOFF.timestamp()), where="station"
    )

    assert [one.sort for one in found] == [sort]


def test_a_gap_shorter_than_the_horizon_is_caught() -> None:
    """Issued at 09:00 for the next day: 39 hours; the origin of the day before the test is 24 hours away."""
    feed = station()
    morning = Task.day_ahead(step_minutes=60, issue_minute=9 * 60)
    origins = morning.origins(START, CUTOFF, feed.zone)
    training = Training(Sight(feed, morning, origins), np.zeros((len(origins), 24)), CUTOFF)
    first_test = int(origins[-1]) + 24 * HOUR_S

    (finding,) = training_findings(training, morning, first_test_s=first_test, where="station")

    assert finding.sort is Sort.GAP
    assert finding.figure == 24.0
    assert "24.0 h before the test, less than the horizon of 39.0 h" in finding.text.en


def test_what_the_back_test_learns_keeps_the_gap() -> None:
    feed = station()
    training = Training.until(feed, MIDNIGHT, CUTOFF)

    assert training_findings(training, MIDNIGHT, first_test_s=int(CUTOFF.timestamp()), where="station") == []
    assert training.sight.origins_s.max() == int(CUTOFF.timestamp()) - 24 * HOUR_S


# Availability.


def issued(feed: Feed, values: np.ndarray, hours_before: int = 48) -> Channel:
    known = starts_of(feed.axis) - hours_before * HOUR_S
    return Channel.issued(values, known, unit="1", source="planted")


def refused_channel(feed: Feed, channel: Channel) -> Finding:
    found = report(with_channel(feed, "planted", channel))
    (finding,) = [one for one in found.findings if one.where.endswith("planted")]
    assert found.refuses
    assert finding.sort is Sort.AVAILABILITY
    return finding


@KINDS
def test_the_target_passed_off_as_a_forecast_is_caught(kind: TargetKind) -> None:
    feed = station(kind)

    assert "target's own" in refused_channel(feed, issued(feed, target_of(feed))).text.en


@pytest.mark.parametrize("factor", [1.0, -0.3, 1000.0])
def test_the_target_in_another_unit_with_a_little_noise_is_caught(factor: float) -> None:
    feed = station(TargetKind.WIND)
    noise = np.random.default_rng(1).normal(0, 0.01 * target_of(feed).std(), feed.axis.count)

    finding = refused_channel(feed, issued(feed, factor * (target_of(feed) + noise)))

    assert finding.figure == pytest.approx(1.0, abs=0.001)


def test_a_measurement_passed_off_as_a_weather_forecast_is_caught() -> None:
    """The sun as measured stands beside the sun as 'forecast': equal to the last digit."""
    feed = station(TargetKind.SOLAR)
    measured = Channel.measured(
        feed.axis, feed.channels["nwp_ghi_w_per_m2"].values[-1], unit="W/m²", source="pyranometer"
    )
    feed = with_channel(feed, "ghi_w_per_m2", measured)

    finding = refused_channel(feed, issued(feed, measured.values[-1]))

    assert "equal the measured ghi_w_per_m2: a forecast errs" in finding.text.en


def test_a_forecast_that_is_never_revised_is_a_warning() -> None:
    feed = station(TargetKind.WIND)
    wind = feed.channels["nwp_wind_speed_m_per_s"]
    same = replace(wind, values=np.repeat(wind.values[:1], 2, axis=0))

    found = report(with_channel(feed, "nwp_wind_speed_m_per_s", same))

    assert sorts(found) == set()
    assert sorts(found, Severity.WARNS) == {Sort.AVAILABILITY}


@pytest.mark.parametrize("hours", [1, 7, 24])
def test_a_reading_that_is_the_target_of_later_is_caught(hours: int) -> None:
    """A column shifted the wrong way: 'measured' now, but of hours ahead."""
    feed = station(TargetKind.LOAD)
    values = np.full(feed.axis.count, np.nan)
    values[:-hours] = target_of(feed)[hours:]

    finding = refused_channel(feed, Channel.measured(feed.axis, values, unit="MW", source="planted"))

    assert f"tells {hours:.2g} h ahead" in finding.text.en


def test_a_reading_of_later_with_noise_is_caught() -> None:
    feed = station(TargetKind.WIND)
    values = np.full(feed.axis.count, np.nan)
    noise = np.random.default_rng(1).normal(0, 0.01 * target_of(feed).std(), feed.axis.count - 6)
    values[:-6] = target_of(feed)[6:] + noise

    finding = refused_channel(feed, Channel.measured(feed.axis, values, unit="MW", source="planted"))

    assert "tells 6 h ahead" in finding.text.en


def test_the_target_of_before_is_honest() -> None:
    feed = station(TargetKind.LOAD)
    values = np.full(feed.axis.count, np.nan)
    values[24:] = target_of(feed)[:-24]

    found = report(with_channel(feed, "planted", Channel.measured(feed.axis, values, unit="MW", source="lag")))

    assert found.findings == ()


def test_a_good_forecast_of_the_target_is_honest() -> None:
    """The system operator's own load forecast, wrong by a tenth of the load's spread."""
    feed = station(TargetKind.LOAD)
    noise = np.random.default_rng(1).normal(0, 0.4 * target_of(feed).std(), feed.axis.count)

    assert report(with_channel(feed, "load_forecast_mw", issued(feed, target_of(feed) + noise))).findings == ()


# Oracles and pre-training.


def test_an_oracle_is_marked_and_never_ranked() -> None:
    feed = station(TargetKind.SOLAR)
    oracle = Channel.of_oracle(target_of(feed), unit="MW", source="what happened")

    found = report(with_channel(feed, "truth", oracle))

    assert not found.refuses
    assert not found.ranked
    assert [one.sort for one in found.findings] == [Sort.ORACLE]


def test_undeclared_pretraining_is_shown_but_not_ranked() -> None:
    found = report(station(), model=Foundation(pretrained_on=None))

    assert not found.refuses
    assert not found.ranked
    assert found.of(Sort.PRETRAINING)[0].severity is Severity.WARNS


def test_pretraining_on_made_up_data_is_ranked() -> None:
    assert report(station(), model=Foundation(pretrained_on=())).ranked


@pytest.mark.parametrize("by", ["name", "source", "fingerprint"])
def test_pretraining_on_the_test_itself_is_refused(by: str) -> None:
    feed = station()
    feed = replace(feed, target=replace(feed.target, source="GEFCom2014, load track"))
    declared = {"name": feed.name, "source": "gefcom2014", "fingerprint": fingerprint(feed)}[by]

    found = report(feed, model=Foundation(pretrained_on=("other", declared)))

    assert sorts(found) == {Sort.PRETRAINING}


# The report itself.


def test_what_refuses_stands_first() -> None:
    feed = station(TargetKind.SOLAR)
    feed = with_channel(feed, "truth", Channel.of_oracle(target_of(feed), unit="MW", source="what happened"))

    found = report(with_channel(feed, "planted", issued(feed, target_of(feed))))

    assert [one.severity for one in found.findings] == [Severity.REFUSES, Severity.WARNS]


def test_every_finding_speaks_both_languages() -> None:
    feed = station(TargetKind.WIND)
    found = report(
        with_channel(feed, "planted", issued(feed, target_of(feed))),
        model=Foundation(pretrained_on=None),
        teachers=[replace(feed, name="b")],
    )

    assert len(found.findings) >= 3
    for one in found.findings:
        assert isinstance(one.text, Text)
        assert one.text.en != one.text.zh
        assert "{" not in one.text.zh


def test_a_fingerprint_knows_a_changed_value_but_not_a_new_name() -> None:
    feed = station(TargetKind.WIND)
    values = target_of(feed)
    values[1000] += 1e-9

    assert fingerprint(replace(feed, name="other")) == fingerprint(feed)
    assert fingerprint(with_target(feed, values)) != fingerprint(feed)
    assert len(fingerprint(feed)) == 64


def test_the_stations_of_the_tests_begin_at_a_local_midnight() -> None:
    assert datetime.fromtimestamp(int(starts_of(station().axis)[0]), UTC) == START
