"""What did the writer of this word probably mean, and what should stand there instead?"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Collection, Iterable

PLAIN_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?", re.ASCII)
"""A number as YAML 1.2 writes it."""
NOT_FINITE = re.compile(r"[-+]?\.?(inf|infinity|nan)", re.IGNORECASE)
AMOUNT = re.compile(r"([-+]?[\d.,_'’ ]*\d\.?)\s*([^\d\s].*)?", re.ASCII)
"""A number as people write it, with what stands behind it."""
MULTIPLES = {"万": 1e4, "亿": 1e8}
TRUE_WORDS = {"yes", "y", "on", "1", "true", "是"}
FALSE_WORDS = {"no", "n", "off", "0", "false", "否"}

SCALES = {
    "power": {"w": 1e-6, "kw": 1e-3, "mw": 1.0, "gw": 1e3},
    "energy": {"wh": 1e-6, "kwh": 1e-3, "mwh": 1.0, "gwh": 1e3, "twh": 1e6},
    "apparent power": {"va": 1e-6, "kva": 1e-3, "mva": 1.0, "gva": 1e3},
    "voltage": {"v": 1e-3, "kv": 1.0},
    "length": {"mm": 1e-3, "m": 1.0, "km": 1e3},
    "mass": {"g": 1e-6, "kg": 1e-3, "t": 1.0},
    "time": {
        "s": 1 / 3600,
        "second": 1 / 3600,
        "min": 1 / 60,
        "minute": 1 / 60,
        "h": 1.0,
        "hour": 1.0,
        "day": 24.0,
        "year": 8760.0,
    },
    "share": {"pct": 0.01, "percent": 0.01, "%": 0.01, "1": 1.0},
    "angle": {"°": 1.0, "deg": 1.0, "degree": 1.0},
    "money in CNY": {"cny": 1.0, "rmb": 1.0, "yuan": 1.0, "¥": 1.0, "元": 1.0, "fen": 0.01, "分": 0.01},
    "money in EUR": {"eur": 1.0, "€": 1.0},
    "money in USD": {"usd": 1.0, "$": 1.0},
}
"""Size of each unit, in one unit of its kind: what a key or a file may have in place of the right one."""
_KINDS = {unit: (kind, scale) for kind, units in SCALES.items() for unit, scale in units.items()}


def listed(words: Iterable[str], *, last: str = "or", most: int = 12) -> str:
    """Words as a person lists them: a, b or c."""
    shown = list(words)
    if len(shown) > most:
        return ", ".join(shown[:most]) + ", …"
    return f" {last} ".join(filter(None, [", ".join(shown[:-1]), *shown[-1:]]))


def alike(word: str, known: Collection[str]) -> str:
    """The known word that is most like it; empty where none is."""
    lowered = {name.casefold().replace("-", "_").replace(" ", "_"): name for name in known}
    plain = word.casefold().replace("-", "_").replace(" ", "_")
    close = difflib.get_close_matches(plain[:80], lowered, n=1, cutoff=0.6)
    return lowered[close[0]] if close else ""


def did_you_mean(word: str, known: Collection[str], otherwise: str) -> str:
    """A remedy for a word that names nothing."""
    close = alike(word, known)
    return f"did you mean {close}?" if close else otherwise


def exchanged(unit: str, into: str) -> float | None:
    """By what to multiply to get from one unit to another of the same kind; None where they are not, or unknown.

    Example:
        >>> exchanged("CNY/kWh", "CNY/MWh"), exchanged("MW", "CNY/MWh")
        (1000.0, None)
    """
    return _exchanged(_unit_words(unit), _unit_words(into))


def unit_twin(key: str, known: Collection[str]) -> tuple[str, float] | None:
    """The known key that says the same in another unit, and the factor to it.

    Example:
        >>> unit_twin("power_kw", ["power_mw", "life_years"])
        ('power_mw', 0.001)
    """
    words = key.casefold().split("_")
    for name in known:
        factor = _exchanged(words, name.split("_"))
        if factor is not None and name != key:
            return name, factor
    if words[-1] in SCALES["share"] and "_".join(words[:-1]) in known:
        return "_".join(words[:-1]), SCALES["share"][words[-1]]
    return None


def number_meant(text: str, unit: str) -> str:
    """A remedy for what stands where a number should: the number that was meant, as YAML writes it."""
    if NOT_FINITE.fullmatch(text.strip()):
        endless = "inf" in text.casefold()
        return "write a finite number" + ("; for a size without limit leave max away" if endless else "")
    match = AMOUNT.fullmatch(unicodedata.normalize("NFKC", text).strip())
    digits = re.sub(r"[,_'’ ]", "", match[1]) if match else ""
    if match is None or not PLAIN_NUMBER.fullmatch(digits) or not _grouped(match[1]):
        return "write a plain number with a point, such as 25 or 0.07"
    behind = (match[2] or "").strip()
    if not behind:
        return f"write {digits}"
    if behind in MULTIPLES:
        return f"write {tidy(float(digits) * MULTIPLES[behind])}"
    return _in_the_keys_unit(float(digits), behind, unit)


def _in_the_keys_unit(value: float, behind: str, unit: str) -> str:
    """A remedy for a number with a unit behind it."""
    factor = exchanged(behind, unit) if unit else None
    means = f"; the key means {unit}" if unit not in {"", "1"} else ""
    return f"write the number alone{means}" if factor is None else f"write {tidy(value * factor)}{means}"


def flag_meant(text: str) -> str:
    """A remedy for what stands where true or false should."""
    word = text.strip().casefold()
    if word in TRUE_WORDS:
        return "write true"
    return "write false" if word in FALSE_WORDS else "write true or false"


def tidy(value: float) -> str:
    """A number without trailing noise.

    Example:
        >>> tidy(0.30000000000000004), tidy(25.0)
        ('0.3', '25')
    """
    rounded = float(f"{value:.12g}")
    return str(int(rounded)) if rounded.is_integer() and abs(rounded) < LARGEST_WRITTEN_OUT else repr(rounded)


LARGEST_WRITTEN_OUT = 1e15


def _grouped(digits: str) -> bool:
    """Whether its commas, if any, part thousands: 1,000 is a number, 0,07 may be 0.07 or 7."""
    return "," not in digits or re.fullmatch(r"[-+]?\d{1,3}(,\d{3})+(\.\d*)?", digits.replace(" ", "")) is not None


def _unit_words(unit: str) -> list[str]:
    """A unit as the words of a key: CNY/MWh is cny, per, mwh."""
    return [word for word in re.split(r"[\s·*_]+", unit.casefold().replace("/", " per ")) if word]


def _exchanged(words: list[str], into: list[str]) -> float | None:
    """Factor between two rows of words that differ only in units of the same kind."""
    if len(words) != len(into):
        return None
    factor, below = 1.0, False
    for word, other in zip(words, into, strict=True):
        below = below or other == "per"
        if word == other:
            continue
        kind, scale = _KINDS.get(word, _KINDS.get(word.removesuffix("s"), ("", 1.0)))
        other_kind, other_scale = _KINDS.get(other, _KINDS.get(other.removesuffix("s"), ("other", 1.0)))
        if kind != other_kind:
            return None
        factor *= other_scale / scale if below else scale / other_scale
    return float(f"{factor:.12g}")
