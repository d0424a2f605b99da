"""What is the answer of a month of certificates, in words? What was made or met, and what a reader must not miss."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wattloom.edge.reports.answer import Alert, Tile
from wattloom.edge.reports.certificates_tables import WH_PER_MWH, named

if TYPE_CHECKING:
    from wattloom.app.certificates_issue import CertificatesIssue
    from wattloom.app.certificates_match import CertificatesMatch
    from wattloom.edge.reports.words import Words


def issue_paragraph(found: CertificatesIssue, words: Words) -> str:
    """What was made, and how long the book is."""
    if not found.new_entries:
        return words.say("cert_issue_same", records=found.head[0])
    return words.say(
        "cert_issue_said",
        granular=energy(sum(one.granular_wh for one in found.devices), words),
        gecs=f"{sum(one.gecs for one in found.devices):,}",
        records=found.head[0],
    )


def issue_tiles(found: CertificatesIssue, words: Words) -> list[Tile]:
    """What was metered and what was made of it, in this run."""
    metered = sum(one.readings.total_wh for one in found.devices)
    granular = sum(one.granular_wh for one in found.devices)
    carried = sum(one.carry_after_wh for one in found.devices)
    return [
        Tile(name=words.term("cert_metered_mwh"), figure=energy(metered, words)),
        Tile(name=words.term("cert_granular_now_mwh"), figure=energy(granular, words)),
        Tile(name=words.term("cert_gecs"), figure=f"{sum(one.gecs for one in found.devices):,}"),
        Tile(name=words.term("cert_carry_kwh"), figure=energy(carried, words)),
    ]


def issue_alerts(found: CertificatesIssue, words: Words) -> list[Alert]:
    """Generated readings, gaps, and what cannot be taken back."""
    told = [Alert(text=words.say("cert_generated"), first=True)] if found.generated else []
    for one in found.devices:
        name = named(one.device).of(words.lang)
        if one.outstanding_wh:
            text = words.say("cert_issue_outstanding", device=name, wh=energy(one.outstanding_wh, words))
            told.append(Alert(text=text, bad=True, first=True))
        if one.readings.missing:
            told.append(Alert(text=words.say("cert_issue_gaps", device=name, count=one.readings.missing)))
    return told


def match_paragraph(found: CertificatesMatch, words: Words) -> str:
    """How much was met in its period, and how much by volume."""
    if not any(one.load_wh.any() for one in found.users):
        return words.say("cert_match_none")
    return words.say(
        "cert_match_said",
        share=words.figure(found.scores.period_share, "1"),
        volume=words.figure(found.scores.volume_share, "1"),
        claims=len(found.claims),
        new=found.new_claims,
    )


def match_tiles(found: CertificatesMatch, words: Words) -> list[Tile]:
    """Both scores, and the energy behind them."""
    load, taken = (sum(int(getattr(one, key).sum()) for one in found.users) for key in ("load_wh", "taken_wh"))
    return [
        Tile(name=words.term("cert_period_share"), figure=words.figure(found.scores.period_share, "1")),
        Tile(name=words.term("cert_volume_share"), figure=words.figure(found.scores.volume_share, "1")),
        Tile(name=words.term("cert_load_mwh"), figure=energy(load, words)),
        Tile(name=words.term("cert_matched_mwh"), figure=energy(taken, words)),
        Tile(name=words.term("cert_claims"), figure=f"{len(found.claims):,}"),
    ]


def match_alerts(found: CertificatesMatch, words: Words) -> list[Alert]:
    """Generated readings, gaps, nothing issued, claims on what was not used."""
    told = [Alert(text=words.say("cert_generated"), first=True)] if found.meters.generated else []
    if not found.supply_wh.any():
        told.append(Alert(text=words.say("cert_nothing_issued"), bad=True, first=True))
    for store, wh in found.stores_over_wh.items():
        text = words.say("cert_match_store", store=named(store).of(words.lang), wh=energy(wh, words))
        told.append(Alert(text=text, bad=True, first=True))
    for one in found.users:
        name = named(one.user).of(words.lang)
        if one.overclaimed_wh:
            text = words.say("cert_match_over", user=name, wh=energy(one.overclaimed_wh, words))
            told.append(Alert(text=text, bad=True, first=True))
        if one.missing:
            told.append(Alert(text=words.say("cert_match_gaps", user=name, count=one.missing)))
    return told


def energy(wh: int, words: Words) -> str:
    """An energy for a sentence."""
    return words.figure(wh / WH_PER_MWH, "MWh")
