"""How does a territory judge and pay a response? Parameters of its document, or of the user, never of this code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Literal

from wattloom.domain.errors import InputError, Problem
from wattloom.domain.money import Rounding, exact
from wattloom.domain.text import SILENT, Text
from wattloom.domain.verdicts import Clause, Confidence
from wattloom.rules.response import Programme, programme

if TYPE_CHECKING:
    from datetime import date

KWH_PER_MWH = 1000
GIVEN = Clause(document=Text("given by the user", "用户提供"), confidence=Confidence.USER)
NEEDED = ("paid_from_share", "paid_to_share", "penalty_below_share", "penalty_of_price")
"""Without these nothing can be paid: a source states them, or the user does."""
HARMLESS: Mapping[str, float] = {"share_above": 0.0, "minutes_min": 0.0, "price_cny_per_kw_event": 0.0}
"""What holds where neither says anything: nothing is paid above the full share, and no length is asked for."""
OF_THE_RULE = frozenset({*NEEDED, *HARMLESS, "judged_minutes", "peak_below_baseline", "price_cny_per_mwh"})
"""Every parameter that a user may give."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseRule:
    """How an event is judged and paid."""

    direction: Literal["down", "up"] = "down"
    """Down: less is drawn (peak shaving). Up: more (valley filling)."""
    price_cny_per_kwh: Fraction | tuple[Fraction, ...]
    """One for the event, or one for each stretch that is judged."""
    paid_from_share: Fraction
    """Of what was called for: below it a stretch earns nothing."""
    paid_to_share: Fraction
    """Up to it, what was delivered counts in full."""
    share_above: Fraction = Fraction(0)
    """Of what was delivered beyond, this counts."""
    penalty_below_share: Fraction = Fraction(0)
    """What lacks to this share is charged for."""
    penalty_of_price: Fraction = Fraction(0)
    """Charge of what lacks, as a multiple of the price."""
    price_cny_per_kw_event: Fraction = Fraction(0)
    """Paid for each event on the mean power that counts, beside the energy."""
    judged_minutes: int | None = None
    """Length of the stretches that are judged one by one; None: the event as a whole."""
    minutes_min: int = 0
    """A shorter event does not count."""
    peak_below_baseline: bool = False
    """Whether the highest power within the event must stay below the baseline's."""
    rounding: Rounding = Rounding.HALF_UP
    clause: Clause = GIVEN
    assumed: Mapping[str, Text] = field(default_factory=dict)
    """Parameters that the document leaves open, with who says what was taken: to be confirmed."""

    def prices(self, stretches: int) -> tuple[Fraction, ...]:
        """The price of each stretch."""
        if isinstance(self.price_cny_per_kwh, Fraction):
            return (self.price_cny_per_kwh,) * stretches
        if len(self.price_cny_per_kwh) != stretches:
            raise InputError.one("response, prices", found=f"{len(self.price_cny_per_kwh)} prices",
                                 expected=f"one for each of {stretches} stretches",
                                 remedy="give one price, or as many")  # fmt: skip
        return self.price_cny_per_kwh


def plain_rule(
    price_cny_per_kwh: str, *, paid_from_share: str = "0", paid_to_share: str = "1", penalty_of_price: str = "0"
) -> ResponseRule:
    """A rule of few words, for examples: what lacks to the whole is charged at a multiple of the price."""
    return ResponseRule(
        price_cny_per_kwh=Fraction(price_cny_per_kwh),
        paid_from_share=Fraction(paid_from_share),
        paid_to_share=Fraction(paid_to_share),
        penalty_below_share=Fraction(1),
        penalty_of_price=Fraction(penalty_of_price),
    )


def response_rule(
    key: str, day: date, *, given: Mapping[str, float | bool] | None = None, price_cny_per_mwh: float | None = None
) -> ResponseRule:
    """The rule of a programme as in force on a day, the user's own parameters in the place of the document's.

    Args:
        key: of the programme, such as sichuan_shave.
        day: of the event.
        given: by the names of `OF_THE_RULE`; what the document leaves open must be here.
        price_cny_per_mwh: clearing price; None: the programme's own fixed one.

    Raises:
        InputError: names every parameter that neither the document nor the user states.
    """
    found, own = programme(key, day), dict(given or {})
    own_price = own.pop("price_cny_per_mwh", None)
    price = next((float(one) for one in (price_cny_per_mwh, own_price) if one is not None), None)
    price = found.value("price_cny_per_mwh") if price is None else price
    _refuse(found, own, price)
    number = {
        name: exact(float(value))
        for name in (*NEEDED, *HARMLESS)
        if (value := own.get(name, found.value(name, HARMLESS.get(name)))) is not None
    }
    judged = own.get("judged_minutes", found.value("judged_minutes"))
    minutes_min = int(number.pop("minutes_min"))
    return ResponseRule(
        direction=found.direction,
        price_cny_per_kwh=exact(Decimal(repr(float(price or 0.0)))) / KWH_PER_MWH,
        judged_minutes=None if judged is None else int(judged),
        minutes_min=minutes_min,
        peak_below_baseline=bool(own.get("peak_below_baseline", found.value("peak_below_baseline", default=False))),
        clause=found.clause,
        assumed=dict.fromkeys(own, GIVEN.document),
        **number,  # type: ignore[arg-type]
    )


def _refuse(found: Programme, own: Mapping[str, float | bool], price: float | None) -> None:
    """Refuse what is unknown, open or outside the limits of the programme, all at once."""
    problems = [
        Problem(where=f"{found.key}, {name}", found="no such parameter", remedy="correct the name",
                expected=f"one of {', '.join(sorted(OF_THE_RULE))}")
        for name in sorted(set(own) - OF_THE_RULE)
    ]  # fmt: skip
    problems += [
        Problem(where=f"{found.key}, {name}", found="not stated by any source that was seen",
                expected="a value that its document states", remedy="read the document, and give it under `given`")
        for name in NEEDED
        if name not in own and found.value(name) is None
    ]  # fmt: skip
    floor, cap = found.value("price_floor_cny_per_mwh"), found.value("price_cap_cny_per_mwh")
    if price is None:
        problems.append(Problem(where=f"{found.key}, price", found="none", expected="the clearing price in CNY/MWh",
                                remedy="give price_cny_per_mwh"))  # fmt: skip
    elif not (0.0 if floor is None else floor) <= price <= (float("inf") if cap is None else cap):
        problems.append(Problem(where=f"{found.key}, price", found=f"{price:g} CNY/MWh",
                                expected=f"{floor or 0:g} to {'any' if cap is None else f'{cap:g}'} CNY/MWh",
                                remedy="give the clearing price of the event"))  # fmt: skip
    if problems:
        raise InputError(problems)


__all__ = ["GIVEN", "OF_THE_RULE", "SILENT", "ResponseRule", "plain_rule", "response_rule"]
