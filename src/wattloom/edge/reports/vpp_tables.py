"""Which tables tell of a pool's promise and event? Steps, members, payment, parts, lines for the ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from wattloom.domain.money import cny
from wattloom.domain.text import SILENT, Text
from wattloom.edge.reports.table import Table, columns
from wattloom.edge.reports.words import Amount, Word

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from wattloom.app.vpp_event import MemberEvent, VppEvent
    from wattloom.app.vpp_nominate import VppNomination
    from wattloom.edge.reports.words import Cell

KINDS = {
    "computing": Text("computing, by its jobs", "算力（按作业）"),
    "clusters": Text("computing, by its sheet", "算力（按评估表）"),
    "batteries": Text("battery", "储能"),
    "loads": Text("interruptible load", "可中断负荷"),
    "fleets": Text("cars", "电动汽车"),
}
FEN_PER_CNY = 100
LONG_MW = 1e-3


def named(name: str) -> Text:
    """A name of the file for a reader."""
    return Text.same(name.replace("_", " "))


def yuan(amount_fen: int) -> str:
    """An amount to the fen."""
    return f"{cny(amount_fen):,}"


def promise(found: VppNomination) -> Table:
    """What is promised, what was foreseen, and how it held."""
    said = found.nomination
    rows: list[tuple[Cell, ...]] = [
        (Word("vpp_nominated_mw"), Amount(float(said.mw.min()), "MW"), _shape(said.mw)),
        (Word("vpp_foreseen_mw"), Amount(found.foreseen_mw, "MW"), SILENT),
        (Word("vpp_probability"), Amount(said.probability, "1"), RULES[said.rule]),
    ]
    for number, one in enumerate(found.coverage, 1):
        which = SILENT if len(found.coverage) == 1 else Text(f"period {number}: ", f"时段 {number}：")
        told = Text(
            f"{one.hits:,} of {one.draws:,} draws never seen; 95 % interval {one.low:.2%} to {one.high:.2%}",
            f"{one.draws:,} 次新情景中 {one.hits:,} 次履约；95% 区间 {one.low:.2%} 至 {one.high:.2%}",
        )
        rows.append((Word("vpp_coverage"), Amount(one.share, "1"), which + told))
    for verdict in found.verdicts:
        told = (
            STATUS[str(verdict.status)].filled(limit=f"{verdict.limit:g}") + Text.same(" · ") + verdict.clause.document
        )
        rows.append((Word(verdict.rule), Amount(verdict.figure, UNITS[verdict.rule]), told))
    return Table(key="vpp_promise", columns=columns("item", "value", "vpp_why"), rows=tuple(rows))


def offers(found: VppNomination) -> Table:
    """What each member would draw and can give, or why it stays out."""
    givers = {one.name: one for one in found.crew.givers}
    rows: list[tuple[Cell, ...]] = []
    for name, base in found.crew.baseline_mw.items():
        one, member = givers.get(name), found.project.members[name]
        rows.append((
            named(name),
            float(base.mean()),
            float(one.rate_mw.max()) if one else 0.0,
            float(min(one.energy_mwh, one.rate_mw.sum() * found.crew.window.step_hours)) if one else 0.0,
            one.cost_cny_per_mwh if one else None,
            member.availability,
            found.crew.out.get(name, WHOLE if one and one.whole else SILENT),
        ))  # fmt: skip
    heads = (
        "vpp_member", "vpp_baseline_mw", "vpp_offer_mw", "vpp_offer_mwh", "vpp_cost_cny_per_mwh", "vpp_availability",
        "vpp_note",
    )  # fmt: skip
    return Table(key="vpp_offers", columns=columns(*heads), rows=tuple(rows))


def steps(found: VppEvent) -> Table:
    """From the promise to the payment."""
    hours = found.nominated.crew.window.step_hours
    judged = found.verified
    rows: list[tuple[Cell, ...]] = [
        (Word("vpp_nominated_mw"), Amount(float(found.nominated.nomination.mw.min()), "MW"),
         RULES[found.nominated.nomination.rule]),
        (Word("vpp_awarded_mw"), Amount(float(found.awarded_mw.min()), "MW"), _shape(found.awarded_mw)),
        (Word("vpp_called_mwh"), Amount(float(judged.called_kwh) / 1000, "MWh"), SILENT),
        (Word("vpp_short_mwh"), Amount(hours * float(found.told.short_mw.sum()), "MWh"), NOBODY),
        (Word("vpp_baseline_mwh"), Amount(hours * float(found.baseline_mw.sum()), "MWh"), found.baseline.said),
        (Word("vpp_metered_mwh"), Amount(hours * float(found.metered_mw.sum()), "MWh"), SILENT),
        (Word("vpp_delivered_mwh"), Amount(float(judged.delivered_kwh) / 1000, "MWh"),
         Text(f"{float(judged.share):.1%} of the call", f"为调用量的 {float(judged.share):.1%}")),
        (Word("vpp_counted_mwh"), Amount(float(judged.counted_kwh) / 1000, "MWh"), judged.why_not),
        (Word("vpp_paid_cny"), Amount(found.paid_fen / FEN_PER_CNY, "CNY"), found.rule.clause.document),
        (Word("vpp_cost_cny"), Amount(found.member_cost_cny, "CNY"), BY_THEIR_WORD),
    ]  # fmt: skip
    return Table(key="vpp_steps", columns=columns("item", "value", "vpp_why"), rows=tuple(rows))


def members(found: VppEvent) -> Table:
    """What each was told and did."""
    hours = found.nominated.crew.window.step_hours
    income: dict[str, int] = {}
    for line in found.shares:
        income[line.member] = income.get(line.member, 0) + line.amount_fen
    rows: list[tuple[Cell, ...]] = [
        (
            named(one.name),
            KINDS[one.kind],
            float(one.baseline_mw.mean()),
            hours * float(one.first_told_mw.sum()),
            hours * float(one.told_mw.sum()),
            hours * float(one.delivered_mw.sum()),
            yuan(income.get(one.name, 0)),
            _source(one),
        )
        for one in found.members
    ]
    heads = (
        "vpp_member", "vpp_kind", "vpp_baseline_mw", "vpp_first_told_mwh", "vpp_told_mwh", "vpp_delivered_mwh",
        "vpp_income", "vpp_note",
    )  # fmt: skip
    return Table(key="vpp_members", columns=columns(*heads), rows=tuple(rows))


def course(found: VppEvent) -> Table:
    """Period by period."""
    window, zone = found.nominated.crew.window, found.project.zone
    rows: list[tuple[Cell, ...]] = [
        (clock.strftime("%H:%M"), float(called), float(base), float(metered), float(given))
        for clock, called, base, metered, given in zip(
            window.local(zone), found.awarded_mw, found.baseline_mw, found.metered_mw, found.delivered_mw, strict=True
        )
    ]
    heads = ("vpp_period", "vpp_awarded_mw", "vpp_baseline_mw", "vpp_metered_mw", "vpp_delivered_mw")
    return Table(key="vpp_course", columns=columns(*heads), rows=tuple(rows))


def payment(found: VppEvent) -> Table:
    """Each line of the market with its formula and clause."""
    rows: list[tuple[Cell, ...]] = [
        (line.item, line.formula, line.clause.document, yuan(line.amount_fen)) for line in found.paid
    ]
    rows.append((Word("total"), "", SILENT, yuan(found.paid_fen)))
    return Table(
        key="vpp_payment", columns=columns("item", "vpp_formula", "document", "vpp_amount"), rows=tuple(rows),
        total_rows=1,
    )  # fmt: skip


def parts(found: VppEvent) -> Table:
    """Whose is every fen, and why."""
    rows: list[tuple[Cell, ...]] = [
        (named(line.member), named(line.party), line.why, yuan(line.amount_fen)) for line in found.shares
    ]
    rows.append((Word("total"), SILENT, SILENT, yuan(sum(line.amount_fen for line in found.shares))))
    return Table(
        key="vpp_parts", columns=columns("vpp_member", "vpp_party", "vpp_why", "vpp_amount"), rows=tuple(rows),
        total_rows=1,
    )  # fmt: skip


def ledger(found: VppEvent) -> Table:
    """Lines of the entry as the ledger takes it."""
    rows: list[tuple[Cell, ...]] = [
        (entry.id, str(entry.kind), line.account, SIDES[line.side], yuan(line.amount))
        for entry in found.entries
        for line in entry.lines
    ]
    heads = ("vpp_entry", "vpp_entry_kind", "vpp_account", "vpp_side", "vpp_amount")
    return Table(key="vpp_ledger", columns=columns(*heads), rows=tuple(rows))


def frequency(found: VppEvent) -> Table:
    """What was measured on the signal, and what it earned."""
    rows: list[tuple[Cell, ...]] = []
    if found.frequency is not None:
        done, score = found.frequency.following, found.frequency.score
        rows = [
            (Word("vpp_mileage_mw"), Amount(done.mileage_mw, "MW")),
            (Word("vpp_rate_mw_per_min"), Amount(done.rate_mw_per_min, "MW/min")),
            (Word("vpp_delay_s"), Amount(done.delay_s, "s")),
            (Word("vpp_error_mw"), Amount(done.error_mw, "MW")),
            (Word("vpp_score"), Amount(float(score), "")),
            (Word("frequency_income"), Amount(found.frequency.pay_fen / FEN_PER_CNY, "CNY")),
        ]
    return Table(key="vpp_frequency", columns=columns("item", "value"), rows=tuple(rows))


def _source(one: MemberEvent) -> Text:
    """Where its response comes from, or why it stays out."""
    if one.out is not None:
        return one.out
    if one.measured:
        return METERED
    return BY_TWIN if one.plan is not None else BY_CHANCE


def _shape(power_mw: NDArray[np.float64] | Sequence[float]) -> Text:
    """Whether it is the same in every period."""
    least, most = float(np.min(power_mw)), float(np.max(power_mw))
    if most - least < LONG_MW:
        return EVEN
    return Text(f"from {least:.3f} to {most:.3f} MW by period", f"各时段 {least:.3f} 至 {most:.3f} 兆瓦")


RULES = {
    "whole_event": Text("delivered in every period of the event", "整个事件各时段均履约"),
    "each_period": Text("each period by itself", "逐时段"),
}
STATUS = {
    "pass": Text("at least {limit}: kept", "不低于 {limit}：符合"),
    "fail": Text("at least {limit}: missed", "不低于 {limit}：不符合"),
}
UNITS = {"response_pool_mw_min": "MW", "response_hours_min": "h"}
SIDES = {"debit": Text("debit", "借"), "credit": Text("credit", "贷")}
EVEN = Text("the same in every period", "各时段相同")
WHOLE = Text("all or nothing", "仅可整体中断")
NOBODY = Text("of the call: what nobody could give", "调用量中无成员可承担的部分")
BY_THEIR_WORD = Text("by their own word; computing by its jobs", "按成员申报；算力按作业计算")
METERED = Text("meter", "表计")
BY_TWIN = Text("played by the twin, job by job", "孪生逐作业回放")
BY_CHANCE = Text("drawn by chance", "随机生成")
