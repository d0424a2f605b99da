"""By what is a value in one unit multiplied to stand in another? Money is never exchanged here."""

from __future__ import annotations

from dataclasses import dataclass

from wattloom.domain.errors import InputError

KELVIN_AT_0_C = 273.15


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit as so much of its family's base, and where its zero lies."""

    family: str
    factor: float
    offset: float = 0.0
    """Added after the factor, in the base unit."""


_POWER, _ENERGY, _SHARE = "power in MW", "energy in MWh", "share"
_TEMPERATURE, _IRRADIANCE, _SPEED = "temperature in °C", "irradiance in W/m²", "speed in m/s"
_PRESSURE, _CARBON = "pressure in Pa", "carbon in t/MWh"
_CNY, _EUR, _USD = "price in CNY/MWh", "price in EUR/MWh", "price in USD/MWh"

UNITS = {
    "W": Unit(_POWER, 1e-6),
    "kW": Unit(_POWER, 1e-3),
    "MW": Unit(_POWER, 1.0),
    "GW": Unit(_POWER, 1e3),
    "万千瓦": Unit(_POWER, 10.0),
    "千瓦": Unit(_POWER, 1e-3),
    "兆瓦": Unit(_POWER, 1.0),
    "Wh": Unit(_ENERGY, 1e-6),
    "kWh": Unit(_ENERGY, 1e-3),
    "MWh": Unit(_ENERGY, 1.0),
    "GWh": Unit(_ENERGY, 1e3),
    "千瓦时": Unit(_ENERGY, 1e-3),
    "兆瓦时": Unit(_ENERGY, 1.0),
    "万千瓦时": Unit(_ENERGY, 10.0),
    "1": Unit(_SHARE, 1.0),
    "p.u.": Unit(_SHARE, 1.0),
    "%": Unit(_SHARE, 0.01),
    "°C": Unit(_TEMPERATURE, 1.0),
    "℃": Unit(_TEMPERATURE, 1.0),
    "K": Unit(_TEMPERATURE, 1.0, -KELVIN_AT_0_C),
    "W/m2": Unit(_IRRADIANCE, 1.0),
    "W/m²": Unit(_IRRADIANCE, 1.0),
    "kW/m2": Unit(_IRRADIANCE, 1e3),
    "kW/m²": Unit(_IRRADIANCE, 1e3),
    "m/s": Unit(_SPEED, 1.0),
    "km/h": Unit(_SPEED, 1 / 3.6),
    "Pa": Unit(_PRESSURE, 1.0),
    "hPa": Unit(_PRESSURE, 100.0),
    "mbar": Unit(_PRESSURE, 100.0),
    "kPa": Unit(_PRESSURE, 1e3),
    "t/MWh": Unit(_CARBON, 1.0),
    "kg/MWh": Unit(_CARBON, 1e-3),
    "kg/kWh": Unit(_CARBON, 1.0),
    "g/kWh": Unit(_CARBON, 1e-3),
    "CNY/MWh": Unit(_CNY, 1.0),
    "CNY/kWh": Unit(_CNY, 1e3),
    "元/MWh": Unit(_CNY, 1.0),
    "元/兆瓦时": Unit(_CNY, 1.0),
    "元/kWh": Unit(_CNY, 1e3),
    "元/千瓦时": Unit(_CNY, 1e3),
    "fen/kWh": Unit(_CNY, 10.0),
    "分/千瓦时": Unit(_CNY, 10.0),
    "EUR/MWh": Unit(_EUR, 1.0),
    "€/MWh": Unit(_EUR, 1.0),
    "EUR/kWh": Unit(_EUR, 1e3),
    "ct/kWh": Unit(_EUR, 10.0),
    "USD/MWh": Unit(_USD, 1.0),
    "$/MWh": Unit(_USD, 1.0),
    "USD/kWh": Unit(_USD, 1e3),
}
"""Units that files are written in. Upper and lower case differ: mW is not MW."""


@dataclass(frozen=True, slots=True)
class Conversion:
    """wanted = value × factor + shift."""

    factor: float
    shift: float


def conversion(unit: str, wanted: str, *, step_hours: float, where: str) -> Conversion:
    """How values in `unit` become values in `wanted`; energy per period becomes mean power by the period's length.

    Example:
        >>> conversion("元/kWh", "CNY/MWh", step_hours=1.0, where="price").factor
        1000.0
        >>> conversion("kWh", "MW", step_hours=0.25, where="meter").factor
        0.004
    """
    given, target = _unit(unit, where), _unit(wanted, where)
    factor = given.factor / target.factor
    if (given.family, target.family) == (_ENERGY, _POWER):
        return Conversion(factor / step_hours, 0.0)
    if given.family != target.family:
        raise InputError.one(
            where,
            found=f"{unit}, which is a {given.family}",
            expected=f"a unit that becomes {wanted}, which is a {target.family}",
            remedy="give an exchange rate where the project asks for one"
            if given.family.startswith("price") and target.family.startswith("price")
            else "name the unit of the column as it is, or choose the right column",
        )
    return Conversion(factor, (given.offset - target.offset) / target.factor)


def currency(unit: str) -> str:
    """The currency of a price's unit; empty for what is no price.

    Example:
        >>> currency("€/MWh"), currency("元/兆瓦时"), currency("MW")
        ('EUR', 'CNY', '')
    """
    family = UNITS[unit.strip()].family if unit.strip() in UNITS else ""
    return family.removeprefix(PRICE_IN).partition("/")[0] if family.startswith(PRICE_IN) else ""


PRICE_IN = "price in "


def _unit(name: str, where: str) -> Unit:
    """A unit by its name."""
    key = name.strip()
    if key in UNITS:
        return UNITS[key]
    close = [known for known in UNITS if known.casefold() == key.casefold()]
    raise InputError.one(
        where,
        found=f"unit {name!r}",
        expected=f"one of {', '.join(UNITS)}",
        remedy=f"did you mean {close[0]}?" if close else "write the unit in one of these ways",
    )
