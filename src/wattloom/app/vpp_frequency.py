"""What does an hour of following the grid's signal earn the pool, and whose is it?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from wattloom.assets.kinds.pool.members import BatteryMember, Member
from wattloom.dispatch.pool_agc import Follower, Following, drawn_signal, follow_signal
from wattloom.dispatch.pool_project import PoolProject, SignalEntry
from wattloom.domain.errors import InputError
from wattloom.domain.money import Rounding, cny, exact, fen
from wattloom.domain.text import Text
from wattloom.market.ancillary import MileageRule, Response, mileage_pay_cny, mileage_rule, performance
from wattloom.market.shares import ShareLine, largest_remainder
from wattloom.rules import territory

DECIMALS = 6
"""Measured figures are taken to a millionth before they are paid: from there on all is exact."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """A stretch on the signal, measured and settled."""

    following: Following
    rule: MileageRule
    score: Fraction
    """K, capped and rounded as the rule says."""
    pay_fen: int
    shares: tuple[ShareLine, ...]
    refused: Text | None
    """Why nothing is paid; None where it is."""


def follow(project: PoolProject) -> Followed:
    """The pool's followers on a drawn signal, paid by the territory's mileage rule."""
    said = project.signal
    if said is None:
        raise InputError.one("signal", found="no signal", expected="the keys of signal", remedy="add `signal:`")
    rule = mileage_rule(territory(project.territory), project.event.day)
    signal = drawn_signal(said.capacity_mw, minutes=said.minutes, seed=said.seed)
    done = follow_signal(signal, followers(project.members), capacity_mw=said.capacity_mw)
    response = Response(
        rate_share=_exact(done.rate_mw_per_min / said.capacity_mw),
        standard_rate_share=exact(said.standard_rate_per_min),
        delay_s=_exact(done.delay_s),
        error_share=_exact(done.error_mw / said.capacity_mw),
    )
    return _settled(project, said, rule, done, response)


def followers(members: Mapping[str, Member]) -> list[Follower]:
    """Members that follow a signal, with what they reach."""
    found = []
    for name, one in members.items():
        give, take = one.swing_mw
        if not one.ramp_mw_per_min or give + take <= 0:
            continue
        found.append(
            Follower(
                name=name,
                give_mw=give,
                take_mw=take,
                ramp_mw_per_min=one.ramp_mw_per_min,
                delay_s=round(one.delay_s),
                energy_mwh=_energy(one),
            )
        )
    return found


def _energy(one: Member) -> tuple[float, float]:
    """What a store may give and take from its content; others have no such limit within an hour."""
    if not isinstance(one, BatteryMember):
        return float("inf"), float("inf")
    give = max(one.content_share - one.least_share, 0.0) * one.energy_mwh * one.efficiency
    return give, (1.0 - one.content_share) * one.energy_mwh / one.efficiency


def _settled(
    project: PoolProject, said: SignalEntry, rule: MileageRule, done: Following, response: Response
) -> Followed:
    """Paid by mileage; a score below the least is told and not paid."""
    score, refused, pay = performance(rule, response), None, Fraction(0)
    if score < rule.score_min:
        refused = TOO_LOW.filled(score=f"{float(score):.2f}", least=f"{float(rule.score_min):g}")
    else:
        pay = mileage_pay_cny(
            rule,
            response,
            mileage_mw=_exact(done.mileage_mw),
            price_cny_per_mw=exact(said.price_cny_per_mw),
            factor=exact(said.factor),
        )
    amount = fen(pay, Rounding.HALF_UP)
    return Followed(
        following=done, rule=rule, score=score, pay_fen=amount, shares=_parts(project, done, amount), refused=refused
    )


def _parts(project: PoolProject, done: Following, pay_fen: int) -> tuple[ShareLine, ...]:
    """The pay after the fee, by how far each moved."""
    fee = int(pay_fen * exact(project.split.fee_share)) if pay_fen else 0
    moved = {name: _exact(mileage) for name, mileage in done.by_member_mw.items()}
    whole = sum(moved.values(), start=Fraction(0))
    lines = [ShareLine(member=project.operator, party=project.operator, amount_fen=fee, why=FEE)] if fee else []
    for (name, mileage), amount in zip(moved.items(), largest_remainder(pay_fen - fee, list(moved.values())),
                                       strict=True):  # fmt: skip
        share = float(mileage / whole) if whole else 1.0 / len(moved)
        why = MOVED.filled(mileage=f"{float(mileage):,.1f}", share=f"{share:.4%}", pay=f"{cny(pay_fen - fee):,}")
        owner = project.members[name].owner or name
        lines.append(ShareLine(member=name, party=owner, amount_fen=amount, why=why))
    return tuple(line for line in lines if line.amount_fen)


def _exact(value: float) -> Fraction:
    """A measured figure to a millionth."""
    return Fraction(round(value * 10**DECIMALS), 10**DECIMALS)


FEE = Text("fee of the pool's operator", "聚合商服务费")
MOVED = Text(
    "moved {mileage} MW as called, {share} of all: so much of {pay} CNY",
    "按指令调节里程 {mileage} 兆瓦，占 {share}，按此分配 {pay} 元",
)
TOO_LOW = Text("K = {score} is below the {least} that the rule asks for", "K = {score}，低于准入值 {least}")
