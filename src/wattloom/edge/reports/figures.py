"""How is a number written so that a planner can read it? Sensible digits, separators, units, money in its scale."""

from __future__ import annotations

import math
from typing import Literal

Lang = Literal["en", "zh"]

SHARE = "1"
TINY = "1e"
"""Unit of figures that are shown as powers of ten: gaps and residuals."""
OF_ROW = "row"
"""Unit of a column whose numbers take the unit of what their row is about."""
CNY = "CNY"
WHOLE_CNY = "yuan"
"""Unit of money that is shown in full, for the sums of days and weeks; `CNY` is shown in the scale of projects."""
YEAR = "year"
NBSP = "\u00a0"
MINUS = "\u2212"

UNITS_EN = {"year": "years", "a": "year", "yuan": "CNY"}
UNITS_ZH = {
    "kW·month": "kW·月",
    "CNY/kW·month": "元/(kW·月)",
    "CNY/kVA·month": "元/(kVA·月)",
    "CNY/MVA/year": "元/(MVA·年)",
    "year": "年",
    "h": "小时",
    "s": "秒",
    "min": "分钟",
    "CNY": "元",
    "CNY/MWh": "元/MWh",
    "CNY/kWh": "元/kWh",
    "CNY/kW": "元/kW",
    "CNY/kVA": "元/kVA",
    "CNY/kW/year": "元/(kW·年)",
    "CNY/MW": "元/MW",
    "CNY/MVA": "元/MVA",
    "CNY/year": "元/年",
    "CNY/GPU-h": "元/(GPU·小时)",
    "GPU-h": "GPU·小时",
    "GPU-h/MWh": "GPU·小时/MWh",
    "CNY/t": "元/t",
    "yuan": "元",
    "CNY/EUR": "元/欧元",
    "CNY/USD": "元/美元",
    "rows": "行",
    "columns": "列",
}
HUNDRED_MILLION, TEN_THOUSAND, MILLION = 1e8, 1e4, 1e6


def figure(value: object, unit_: str, lang: Lang) -> str:
    r"""A value with its unit.

    Example:
        >>> figure(0.8734, "1", "zh"), figure(1234.5, "MW", "en"), figure(123_456_789.0, "CNY", "zh")
        ('87.3%', '1,234\xa0MW', '1.23\xa0亿元')
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    if unit_ == SHARE:
        return share(float(value), lang)
    if unit_ == CNY:
        return money(float(value), lang)
    number = tiny(float(value)) if unit_ == TINY else years(float(value)) if unit_ == YEAR else digits(float(value))
    shown = unit(unit_, lang)
    return f"{number}{NBSP}{shown}" if shown else number


def bare(value: object, unit_: str, lang: Lang) -> str:
    """A value under a column head that says the unit: shares keep their sign of per cent."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    if unit_ == SHARE:
        return share(float(value), lang)
    if unit_ == CNY:
        return money(float(value), lang, bare=True)
    if unit_ == YEAR:
        return years(float(value))
    return tiny(float(value)) if unit_ == TINY else digits(float(value))


def unit(unit_: str, lang: Lang) -> str:
    """A unit in a language; shares and powers of ten have none."""
    if unit_ in {SHARE, TINY, OF_ROW, ""}:
        return ""
    return UNITS_ZH.get(unit_, unit_) if lang == "zh" else UNITS_EN.get(unit_, unit_)


def head_unit(unit_: str, lang: Lang) -> str:
    """The unit that a column's head names: money in the scale of tables."""
    if unit_ == CNY:
        return "万元" if lang == "zh" else "million CNY"
    return "%" if unit_ == SHARE else unit(unit_, lang)


def share(value: float, lang: Lang) -> str:
    """Per cent with one decimal; a second one below 10 % and near 100 % where it says something.

    Example:
        >>> [share(x, "zh") for x in (0.8734, 0.0312, 0.07, 0.9996, 1.0, 0.0)]
        ['87.3%', '3.12%', '7.0%', '99.96%', '100.0%', '0.0%']
    """
    if not math.isfinite(value):
        return "–"
    percent = 100.0 * value
    fine = abs(percent) < 10.0 or 99.0 < percent < 99.995  # noqa: PLR2004 - per cent
    text = signed(percent, 2 if fine else 1)
    if fine and text.endswith("0"):
        text = text[:-1]
    return f"{text}%" if lang == "zh" else f"{text}{NBSP}%"


def money(cny: float, lang: Lang, *, bare: bool = False) -> str:  # noqa: PLR0911 - one line a scale
    """An amount in CNY in the scale that its language counts in; `bare` keeps one scale for a column."""
    if not math.isfinite(cny):
        return "–"
    if bare:
        return signed(cny / TEN_THOUSAND, 1) if lang == "zh" else signed(cny / MILLION, 2)
    if lang == "en":
        if abs(cny) >= 0.1 * MILLION:
            return f"{digits(cny / MILLION)}{NBSP}million{NBSP}CNY"
        return f"{digits(cny)}{NBSP}CNY"
    if abs(cny) >= HUNDRED_MILLION:
        return f"{digits(cny / HUNDRED_MILLION)}{NBSP}亿元"
    if abs(cny) >= TEN_THOUSAND:
        return f"{digits(cny / TEN_THOUSAND)}{NBSP}万元"
    return f"{digits(cny)}{NBSP}元"


def digits(value: float) -> str:  # noqa: PLR0911 - one line an order of magnitude
    """About three significant digits, never fewer than the whole part has.

    Example:
        >>> [digits(x) for x in (12345.6, 987.6, 45.67, 3.14159, 0.012345, 0.0, -45.67)]
        ['12,346', '988', '45.7', '3.14', '0.0123', '0', '−45.7']
    """
    if not math.isfinite(value):
        return "–"
    size = abs(value)
    if size == 0.0:
        return "0"
    if size >= 99.95:  # noqa: PLR2004 - from here one decimal would be a fourth digit
        return signed(value, 0)
    if size >= 9.995:  # noqa: PLR2004
        return signed(value, 0 if float(value).is_integer() else 1)
    if size >= 0.9995:  # noqa: PLR2004
        return signed(value, 0 if float(value).is_integer() else 2)
    if size < 1e-6:  # noqa: PLR2004
        return tiny(value)
    return signed(value, 2 - math.floor(math.log10(size)))


def years(value: float) -> str:
    """Years to the tenth; whole years without."""
    return str(int(value)) if value.is_integer() else signed(value, 1)


def tiny(value: float) -> str:
    """A power of ten with one decimal.

    Example:
        >>> tiny(3.2e-9), tiny(0.0)
        ('3.2×10⁻⁹', '0')
    """
    if value == 0.0:
        return "0"
    mantissa, exponent = f"{value:.1e}".split("e")
    raised = str(int(exponent)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"{mantissa.replace('-', MINUS)}×10{raised}"


def signed(value: float, decimals: int) -> str:
    """A fixed number of decimals with thousands separators and a true minus; never a minus zero."""
    text = f"{value:,.{decimals}f}"
    return text.lstrip("-") if not text.strip("-0.,") else text.replace("-", MINUS)
