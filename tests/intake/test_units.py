"""By what is a value multiplied to stand in another unit?"""

import pytest

from wattloom.domain.errors import InputError
from wattloom.intake.units import conversion


@pytest.mark.parametrize(
    ("unit", "wanted", "step_hours", "value", "expected"),
    [
        ("kW", "MW", 1.0, 2500.0, 2.5),
        ("万千瓦", "MW", 1.0, 1.2, 12.0),
        ("元/kWh", "CNY/MWh", 1.0, 0.45, 450.0),
        ("fen/kWh", "CNY/MWh", 1.0, 45.0, 450.0),
        ("€/MWh", "EUR/MWh", 1.0, -76.01, -76.01),
        ("ct/kWh", "EUR/MWh", 1.0, 4.5, 45.0),
        ("kWh", "MW", 0.25, 500.0, 2.0),  # half a MWh in a quarter of an hour
        ("%", "1", 1.0, 42.0, 0.42),
        ("K", "°C", 1.0, 273.15, 0.0),
        ("°C", "K", 1.0, 25.0, 298.15),
        ("km/h", "m/s", 1.0, 36.0, 10.0),
        ("g/kWh", "t/MWh", 1.0, 536.6, 0.5366),
    ],
)
def test_a_value_keeps_its_meaning_in_another_unit(
    unit: str, wanted: str, step_hours: float, value: float, expected: float
) -> None:
    how = conversion(unit, wanted, step_hours=step_hours, where="a column")

    assert value * how.factor + how.shift == pytest.approx(expected, abs=1e-9)


def test_milliwatts_are_not_megawatts() -> None:
    with pytest.raises(InputError, match="did you mean MW") as caught:
        conversion("mw", "MW", step_hours=1.0, where="load")

    assert "'mw'" in caught.value.problems[0].found


def test_money_is_not_exchanged_here() -> None:
    with pytest.raises(InputError, match="exchange rate"):
        conversion("EUR/MWh", "CNY/MWh", step_hours=1.0, where="price")


def test_power_is_no_price() -> None:
    with pytest.raises(InputError, match="power in MW"):
        conversion("kW", "CNY/MWh", step_hours=1.0, where="price")
