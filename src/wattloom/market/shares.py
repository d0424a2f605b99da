"""Who gets how much of what a pool was paid, and why? Every part a whole fen, and the parts add up.

Pay goes by a weight: what each delivered, what the pool would have been paid less without it, or the mean of that over
all orders in which members could have come (Shapley, "A value for n-person games", 1953). What a shortfall cost is
borne by those that fell short. Each amount is rounded by largest remainder (Hare and Niemeyer): every part is its exact
share rounded down, and the fen that are left go to the largest remainders, the earlier name first where two are equal.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from math import factorial, floor
from typing import Literal

from wattloom.domain.errors import InputError
from wattloom.domain.money import Rounding, cny, rounded
from wattloom.domain.text import Text

Way = Literal["delivered", "marginal", "shapley"]
Worth = Callable[[frozenset[str]], int]
"""What the pool would be paid, in fen, if only these members had answered."""
SHAPLEY_MEMBERS_MAX = 10
"""Every set of members is paid once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What one member was told and did, in whole watt-minutes."""

    name: str
    told: int
    delivered: int
    """By its own baseline and meter; below zero where it went the other way."""
    most: int | None = None
    """As much of it counts: what it was asked for in the end, as far as the rule pays for more."""

    @property
    def counts(self) -> int:
        """Delivered, nothing below zero and nothing in vain."""
        done = max(self.delivered, 0)
        return done if self.most is None else min(done, self.most)

    @property
    def short(self) -> int:
        """Told and not delivered."""
        return max(self.told - max(self.delivered, 0), 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareLine:
    """One amount of one party, in words."""

    member: str
    """Whose; the operator's for its fee."""
    party: str
    """Within the member: its owner, or owner, load, storage as agreed."""
    amount_fen: int
    """Below zero is borne."""
    why: Text


def largest_remainder(total: int, weights: Sequence[int | Fraction]) -> list[int]:
    """A whole amount, of either sign, parted by weights.

    Example:
        >>> largest_remainder(100, [1, 1, 1]), largest_remainder(-100, [1, 2]), largest_remainder(7, [0, 0])
        ([34, 33, 33], [-33, -67], [4, 3])
    """
    if not weights:
        raise InputError.one("shares", found="nobody", expected="one party at least", remedy="name the members")
    exact = [Fraction(one) for one in weights]
    if min(exact) < 0:
        raise InputError.one("shares", found=f"a weight of {float(min(exact)):g}", expected="weights at or above 0",
                             remedy="count what went the other way as nothing")  # fmt: skip
    whole = sum(exact, start=Fraction(0))
    # Where nobody has a weight, all have the same.
    parts = [abs(total) * (one / whole if whole else Fraction(1, len(exact))) for one in exact]
    given = [floor(part) for part in parts]
    order = sorted(range(len(parts)), key=lambda at: (given[at] - parts[at], at))
    for at in order[: abs(total) - sum(given)]:
        given[at] += 1
    return [one if total >= 0 else -one for one in given]


def marginal(names: Sequence[str], worth: Worth) -> dict[str, Fraction]:
    """What the pool would be paid less without each; nothing below zero."""
    every = frozenset(names)
    whole = worth(every)
    return {name: Fraction(max(whole - worth(every - {name}), 0)) for name in names}


def shapley(names: Sequence[str], worth: Worth) -> dict[str, Fraction]:
    """The mean of what each adds, over all orders in which they could come; exact, for few members.

    Example:
        >>> pay = {0: 0, 1: 100, 2: 300}
        >>> {name: str(part) for name, part in shapley(["a", "b"], lambda some: pay[len(some)]).items()}
        {'a': '150', 'b': '150'}
    """
    if len(names) > SHAPLEY_MEMBERS_MAX:
        raise InputError.one("shares", found=f"shapley among {len(names)} members", expected=f"at most "
                             f"{SHAPLEY_MEMBERS_MAX}", remedy="part by delivered or marginal")  # fmt: skip
    count = len(names)
    paid = {some: worth(some) for size in range(count + 1) for some in map(frozenset, combinations(names, size))}
    value = dict.fromkeys(names, Fraction(0))
    for some, amount in paid.items():
        orders = factorial(len(some)) * factorial(max(count - len(some) - 1, 0))
        for name in names:
            if name not in some:
                value[name] += Fraction(orders * (paid[some | {name}] - amount), factorial(count))
    return value


def pay_weights(way: Way, members: Sequence[Answered], worth: Worth) -> dict[str, Fraction]:
    """By what each is paid; where no member has a weight so, by what it delivered."""
    names = [one.name for one in members]
    by_delivery = {one.name: Fraction(one.counts) for one in members}
    if way == "delivered":
        return by_delivery
    found = marginal(names, worth) if way == "marginal" else shapley(names, worth)
    kept = {name: max(weight, Fraction(0)) for name, weight in found.items()}
    return kept if any(kept.values()) else by_delivery


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How the parts are agreed."""

    way: Way = "delivered"
    operator: str = "pool operator"
    fee_share: Fraction = Fraction(0)
    """Of what is paid, before members; nothing of a charge."""
    parties: Mapping[str, Mapping[str, int]]
    """Within each member: whole shares by party; one party takes all."""


def shares(
    pay_fen: int, charge_fen: int, members: Sequence[Answered], terms: Terms, *, worth: Worth
) -> tuple[ShareLine, ...]:
    """Every party's part of what the pool was paid and of what it was charged.

    Args:
        pay_fen: at or above zero.
        charge_fen: at or below zero: what a shortfall cost.
        members: what each was told and did.
        terms: who gets what.
        worth: what the pool would be paid with some members only; asked for but by `marginal` and `shapley`.
    """
    fee = rounded(pay_fen * terms.fee_share.numerator, terms.fee_share.denominator, Rounding.FLOOR)
    lines: list[ShareLine] = []
    if fee:
        why = FEE.filled(share=f"{float(terms.fee_share):.2%}", pay=_yuan(pay_fen))
        lines.append(ShareLine(member=terms.operator, party=terms.operator, amount_fen=fee, why=why))
    weights = pay_weights(terms.way, members, worth)
    whole = sum(weights.values(), start=Fraction(0))
    for one, amount in zip(members, largest_remainder(pay_fen - fee, list(weights.values())), strict=True):
        share = weights[one.name] / whole if whole else Fraction(1, len(members))
        why = PAID[terms.way].filled(
            kwh=_kwh(one.counts), share=f"{float(share):.4%}", pay=_yuan(pay_fen - fee), amount=_yuan(amount)
        )
        lines += _among_parties(one.name, amount, terms, why)
    if charge_fen:
        short = [one.short for one in members]
        lacked = sum(short)
        for one, amount in zip(members, largest_remainder(charge_fen, short), strict=True):
            why = BORNE.filled(short=_kwh(one.short), of=_kwh(lacked), charge=_yuan(-charge_fen), amount=_yuan(-amount))
            lines += _among_parties(one.name, amount, terms, why)
    return tuple(lines)


def _among_parties(member: str, amount_fen: int, terms: Terms, why: Text) -> list[ShareLine]:
    """A member's amount, among its parties."""
    if not amount_fen:
        return []
    parties = terms.parties.get(member) or {member: 1}
    amounts = largest_remainder(amount_fen, list(parties.values()))
    whole = sum(parties.values())
    return [
        ShareLine(
            member=member,
            party=party,
            amount_fen=amount,
            why=why if len(parties) == 1 else why + OF_PARTY.filled(part=part, whole=whole),
        )
        for (party, part), amount in zip(parties.items(), amounts, strict=True)
        if amount
    ]


def _yuan(amount_fen: int) -> str:
    """An amount for a sentence."""
    return f"{cny(amount_fen):,}"


def _kwh(watt_minutes: int) -> str:
    """An energy for a sentence."""
    return f"{watt_minutes / 60_000:,.1f}"


FEE = Text("fee: {share} of {pay} CNY", "服务费：{pay} 元的 {share}")
PAID: Mapping[Way, Text] = {
    "delivered": Text(
        "delivered {kwh} kWh, {share} of the pool's: so much of {pay} CNY",
        "实际响应 {kwh} 千瓦时，占全池 {share}，按此分配 {pay} 元",
    ),
    "marginal": Text(
        "without its {kwh} kWh the pool would earn less: {share} of all such losses, so of {pay} CNY",
        "缺其 {kwh} 千瓦时则全池收益减少，占各成员边际减少额之和的 {share}，按此分配 {pay} 元",
    ),
    "shapley": Text(
        "its {kwh} kWh add, in the mean of all orders of joining, {share} of {pay} CNY",
        "其 {kwh} 千瓦时按所有加入次序的平均贡献占 {share}，按此分配 {pay} 元",
    ),
}
BORNE = Text(
    "fell short by {short} kWh of {of} kWh in all: bears {amount} of {charge} CNY",
    "少响应 {short} 千瓦时（全池共 {of} 千瓦时），承担 {charge} 元中的 {amount} 元",
)
OF_PARTY = Text("; of it {part} parts in {whole}", "；其中按 {part}/{whole} 分配")
