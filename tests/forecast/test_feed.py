"""Does every value of a feed have the instant at which it became known?"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.forecast.stations import HOUR_S, START, station

from wattloom.domain.errors import InputError
from wattloom.domain.time import TimeAxis
from wattloom.forecast.feed import ALWAYS, Channel, starts_of

AXIS = TimeAxis(START, 15, 8)


def test_a_reading_is_known_when_its_period_has_ended_and_the_meter_has_told() -> None:
    plain = Channel.measured(AXIS, np.zeros(8), unit="MW", source="meter")
    late = Channel.measured(AXIS, np.zeros(8), unit="MW", source="meter", delay_minutes=5)

    assert int(plain.known_s[0, 0]) == int(START.timestamp()) + 900
    assert (late.known_s - plain.known_s == 300).all()


def test_starts_are_seconds_of_utc() -> None:
    assert starts_of(AXIS).tolist() == [int(START.timestamp()) + 900 * i for i in range(8)]


def test_versions_are_rows_and_one_instant_holds_for_all_values() -> None:
    channel = Channel.issued(np.zeros((2, 8)), [[0], [HOUR_S]], unit="1", source="run")

    assert channel.values.shape == channel.known_s.shape == (2, 8)
    assert channel.known_s[1].tolist() == [HOUR_S] * 8


def test_what_follows_from_the_calendar_was_always_known_and_is_no_oracle() -> None:
    sun = Channel.always(np.zeros(8), unit="1", source="sun's path")
    oracle = Channel.of_oracle(np.zeros(8), unit="1", source="what happened")

    assert (sun.known_s == ALWAYS).all()
    assert not sun.oracle
    assert oracle.oracle


def test_a_channel_keeps_its_own_copy() -> None:
    lent = np.zeros(8)
    channel = Channel.measured(AXIS, lent, unit="MW", source="meter")
    lent[0] = 99.0

    assert channel.values[0, 0] == 0.0
    with pytest.raises(ValueError, match="read-only"):
        channel.values[0, 0] = 1.0
    with pytest.raises(ValueError, match="read-only"):
        channel.known_s[0, 0] = 1


def test_a_channel_of_another_length_is_refused() -> None:
    feed = station()
    short = Channel.always(np.zeros(5), unit="1", source="short")

    with pytest.raises(InputError, match=r"short: found 5 values; expected 2160 values"):
        replace(feed, channels={"short": short})
