"""What does a machine read of a pool's promise and event? The same as the page, flat, words in both languages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wattloom.edge.reports.plain import plain

if TYPE_CHECKING:
    from wattloom.app.vpp_event import MemberEvent, VppEvent
    from wattloom.app.vpp_nominate import VppNomination


def vpp_nominate_json(found: VppNomination) -> dict[str, Any]:
    """A promise."""
    window, said = found.crew.window, found.nomination
    told: dict[str, Any] = plain({
        "name": found.project.name,
        "territory": found.project.territory,
        "event": {"start": window.start, "end": window.end, "step_minutes": window.step_minutes,
                  "direction": found.project.event.direction, "notice_minutes": found.project.event.notice_minutes},
        "nominated_mw": said.mw.tolist(),
        "rule": said.rule,
        "probability": said.probability,
        "confidence": said.confidence,
        "draws": said.draws,
        "foreseen_mw": found.foreseen_mw,
        "coverage": [{"hits": one.hits, "draws": one.draws, "share": one.share, "low": one.low, "high": one.high}
                     for one in found.coverage],
        "envelope": None if found.envelope is None else {
            "earliest_mwh": found.envelope.earliest_mwh.tolist(),
            "latest_mwh": found.envelope.latest_mwh.tolist(),
            "rate_mw_max": found.envelope.rate_mw_max.tolist(),
            "rate_mw_min": found.envelope.rate_mw_min.tolist(),
        },
        "members": {
            one.name: {"rate_mw": one.rate_mw.tolist(), "energy_mwh": one.energy_mwh, "whole": one.whole,
                       "cost_cny_per_mwh": one.cost_cny_per_mwh}
            for one in found.crew.givers
        },
        "out": found.crew.out,
        "verdicts": found.verdicts,
        "admitted": found.admitted,
        "notes": found.notes,
    })  # fmt: skip
    return told


def vpp_event_json(found: VppEvent) -> dict[str, Any]:
    """An event, step by step."""
    judged = found.verified
    told: dict[str, Any] = plain({
        "nominate": vpp_nominate_json(found.nominated),
        "awarded_mw": found.awarded_mw.tolist(),
        "called_kwh": float(judged.called_kwh),
        "told_short_mw": found.told.short_mw.tolist(),
        "told_over_mw": found.told.over_mw.tolist(),
        "baseline_mw": found.baseline_mw.tolist(),
        "baseline_said": found.baseline.said,
        "metered_mw": found.metered_mw.tolist(),
        "delivered_mw": found.delivered_mw.tolist(),
        "delivered_kwh": float(judged.delivered_kwh),
        "delivered_share": float(judged.share),
        "counted_kwh": float(judged.counted_kwh),
        "valid": judged.valid,
        "why_not": judged.why_not,
        "members": [_member(one) for one in found.members],
        "paid": [{"item": line.item, "amount_fen": line.amount_fen, "formula": line.formula, "clause": line.clause}
                 for line in found.paid],
        "paid_fen": found.paid_fen,
        "shares": found.shares,
        "member_cost_cny": found.member_cost_cny,
        "assumed": found.rule.assumed,
        "entries": [_entry(one) for one in found.entries],
        "frequency": _frequency(found),
        "notes": found.notes,
    })  # fmt: skip
    return told


def _member(one: MemberEvent) -> dict[str, Any]:
    """One member; of a computing one what its jobs were told."""
    told: dict[str, Any] = {
        "name": one.name,
        "kind": one.kind,
        "baseline_mw": one.baseline_mw.tolist(),
        "first_told_mw": one.first_told_mw.tolist(),
        "told_mw": one.told_mw.tolist(),
        "delivered_mw": one.delivered_mw.tolist(),
        "measured": one.measured,
        "out": one.out,
    }
    if one.plan is not None:
        told["jobs"] = {
            "baseline_sha256": one.plan.event.baseline.sha256,
            "commands": len(one.plan.commands),
            "cost_cny": one.plan.cost_cny,
            "deferred_gpu_hours": one.plan.deferred_gpu_hours,
            "lost_gpu_hours": one.plan.lost_gpu_hours,
            "classes": one.plan.classes,
        }
    return told


def _entry(entry: Any) -> dict[str, Any]:
    """An entry as the ledger takes it."""
    return {
        "id": entry.id,
        "kind": str(entry.kind),
        "account": entry.account,
        "book": entry.book,
        "unit": entry.unit,
        "lines": [{"account": line.account, "side": line.side, "amount": line.amount} for line in entry.lines],
        "why": dict(entry.why),
    }


def _frequency(found: VppEvent) -> dict[str, Any] | None:
    """The stretch on the signal."""
    if found.frequency is None:
        return None
    done = found.frequency.following
    return {
        "score": float(found.frequency.score),
        "mileage_mw": done.mileage_mw,
        "rate_mw_per_min": done.rate_mw_per_min,
        "delay_s": done.delay_s,
        "error_mw": done.error_mw,
        "by_member_mw": done.by_member_mw,
        "pay_fen": found.frequency.pay_fen,
        "shares": found.frequency.shares,
        "refused": found.frequency.refused,
    }
