"""What does the reader of a month of certificates hold in hands? A page in both languages, and the files of the run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wattloom.edge.reports import certificates_charts as charts
from wattloom.edge.reports import certificates_said as said
from wattloom.edge.reports import certificates_tables as tables
from wattloom.edge.reports.charts import Payload
from wattloom.edge.reports.dispatch_files import provenance as provenance_of
from wattloom.edge.reports.dispatch_files import sheets_of
from wattloom.edge.reports.page import rendered
from wattloom.edge.reports.plain import as_json, plain
from wattloom.edge.reports.run_files import REPORT
from wattloom.edge.reports.words import LANGUAGES, Lang, Words
from wattloom.edge.reports.workbook import sheets_workbook

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wattloom.app.certificates_issue import CertificatesIssue
    from wattloom.app.certificates_match import CertificatesMatch
    from wattloom.edge.reports.table import Table

ISSUE_SECTIONS = ("answer", "cert_devices", "cert_book", "dispatch_sources")
MATCH_SECTIONS = (
    "answer", "cert_users", "cert_hours", "cert_income", "cert_claims", "cert_book", "dispatch_sources",
)  # fmt: skip
ISSUE_SHEETS = {
    "sheet_cert_devices": ("cert_devices", "cert_meters"),
    "sheet_cert_book": ("cert_granular", "cert_gec"),
    "sheet_sources": ("provenance",),
}
MATCH_SHEETS = {
    "sheet_cert_users": ("cert_users", "cert_contracts", "cert_incomes", "cert_hours", "cert_meters"),
    "sheet_cert_book": ("cert_claims", "cert_granular", "cert_gec"),
    "sheet_sources": ("provenance",),
}


def certificates_issue_files(found: CertificatesIssue, *, lang: Lang = "en") -> dict[str, bytes]:
    """Every file of an issue's run folder."""
    made, words = issue_tables(found), Words(lang)
    files = {
        REPORT: issue_page(found, lang=lang).encode(),
        "summary.json": as_json(issue_summary(found)),
        "workbook.xlsx": sheets_workbook(
            sheets_of(made, ISSUE_SHEETS, words), title=found.project.name,
            paragraph=said.issue_paragraph(found, words), words=words,
        ),
    }  # fmt: skip
    return _closed(files, found)


def certificates_match_files(
    found: CertificatesMatch, proofs: Mapping[str, Mapping[str, Any]], *, lang: Lang = "en"
) -> dict[str, bytes]:
    """Every file of a match's run folder; a proof beside the page for each claim."""
    made, words = match_tables(found), Words(lang)
    files = {
        REPORT: match_page(found, lang=lang).encode(),
        "summary.json": as_json(match_summary(found)),
        "workbook.xlsx": sheets_workbook(
            sheets_of(made, MATCH_SHEETS, words), title=found.project.name,
            paragraph=said.match_paragraph(found, words), words=words,
        ),
    }  # fmt: skip
    files |= {f"{_kind(proof)}-{name[: tables.HASH_SHOWN]}.json": as_json(proof) for name, proof in proofs.items()}
    return _closed(files, found)


def _kind(proof: Mapping[str, Any]) -> str:
    """What a proof's file is called by: a claim, or what was put into a store."""
    return "stored" if proof["bundles"][-1]["state"] == "stored" else "proof"


def issue_page(found: CertificatesIssue, *, lang: Lang = "en") -> str:
    """The report of an issue."""
    payload, made = Payload(), issue_tables(found)
    payload.charts["cert_states"] = charts.states(found.granular, found.month, payload)
    articles = [
        {
            **_article(found, Words(one), made),
            "title": Words(one).say("cert_title_issue", name=found.project.name, month=found.month),
            "sections": ISSUE_SECTIONS,
            "paragraph": said.issue_paragraph(found, Words(one)),
            "tiles": said.issue_tiles(found, Words(one)),
            "alerts": said.issue_alerts(found, Words(one)),
            "notes": [note.of(one) for note in found.notes] + list(found.project.notes),
        }
        for one in LANGUAGES
    ]
    return rendered(articles, payload=payload, lang=lang)


def match_page(found: CertificatesMatch, *, lang: Lang = "en") -> str:
    """The report of a match."""
    payload, made = charts.of_match(found), match_tables(found)
    sections = [name for name in MATCH_SECTIONS if name != "cert_income" or found.incomes]
    articles = [
        {
            **_article(found, Words(one), made),
            "title": Words(one).say("cert_title_match", name=found.project.name, month=found.meters.month),
            "sections": sections,
            "paragraph": said.match_paragraph(found, Words(one)),
            "tiles": said.match_tiles(found, Words(one)),
            "alerts": said.match_alerts(found, Words(one)),
            "notes": [note.of(one) for note in found.notes] + list(found.project.notes),
        }
        for one in LANGUAGES
    ]
    return rendered(articles, payload=payload, lang=lang)


def issue_tables(found: CertificatesIssue) -> dict[str, Table]:
    """Every table of an issue by its key."""
    made = (
        tables.devices(found),
        tables.meters_of_issue(found),
        tables.granular(found.granular),
        tables.gecs(found.gecs),
        tables.origin(found.head, {}),
    )
    return {table.key: table for table in made}


def match_tables(found: CertificatesMatch) -> dict[str, Table]:
    """Every table of a match by its key."""
    made = (
        tables.users(found),
        tables.contracts(found),
        tables.incomes(found),
        tables.hours(found),
        tables.claims(found),
        tables.claims_shown(found),
        tables.meters_of_match(found),
        tables.granular(found.granular),
        tables.gecs(found.gecs),
        tables.origin(found.head, {}),
    )
    return {table.key: table for table in made}


def issue_summary(found: CertificatesIssue) -> dict[str, Any]:
    """What a machine asks of an issue."""
    devices = {
        one.device: {
            "outcome": one.outcome,
            "metered_wh": one.readings.total_wh,
            "missing_periods": one.readings.missing,
            "estimated_periods": int(one.readings.estimated.sum()),
            "remainder_wh": str(one.readings.remainder_wh),
            "file_sha256": one.readings.file_sha256,
            "granular_wh": one.granular_wh,
            "gecs": one.gecs,
            "carry_before_wh": one.carry_before_wh,
            "carry_after_wh": one.carry_after_wh,
            "withdrawn_wh": one.withdrawn_wh,
            "outstanding_wh": one.outstanding_wh,
        }
        for one in found.devices
    }
    made: dict[str, Any] = plain({
        "month": found.month,
        "devices": devices,
        "granular": found.granular,
        "gecs": found.gecs,
        "new_entries": found.new_entries,
        "head": f"{found.head[0]}:{found.head[1]}",
        "generated": found.generated,
        "notes": found.notes,
    })  # fmt: skip
    return made


def match_summary(found: CertificatesMatch) -> dict[str, Any]:
    """What a machine asks of a match."""
    users = {
        one.user: {
            "load_wh": int(one.load_wh.sum()),
            "matched_wh": int(one.taken_wh.sum()),
            "missing_periods": one.missing,
            "period_share": one.scores.period_share,
            "volume_share": one.scores.volume_share,
            "by_contract_wh": one.by_contract,
            "by_source_wh": one.by_source,
            "overclaimed_wh": one.overclaimed_wh,
        }
        for one in found.users
    }
    claims = [{"claim": one.bundle.hash, "user": one.user, "contract": one.contract, "wh": one.bundle.total_wh,
               "device": one.bundle.production.device, "record": one.record} for one in found.claims]  # fmt: skip
    made: dict[str, Any] = plain({
        "month": found.meters.month,
        "period_share": found.scores.period_share,
        "volume_share": found.scores.volume_share,
        "by_day": charts.matched_by_day(found),
        "users": users,
        "stores_over_wh": found.stores_over_wh,
        "incomes": found.incomes,
        "claims": claims,
        "new_claims": found.new_claims,
        "granular": found.granular,
        "gecs": found.gecs,
        "head": f"{found.head[0]}:{found.head[1]}",
        "generated": found.meters.generated,
        "notes": found.notes,
    })  # fmt: skip
    return made


def _article(found: CertificatesIssue | CertificatesMatch, words: Words, made: dict[str, Table]) -> dict[str, Any]:
    """What both articles show."""
    asked = found.project
    return {
        "words": words,
        "lang": words.lang,
        "subtitle": words.say(
            "cert_subtitle",
            devices=len(asked.devices) + len(asked.stores),
            users=len(asked.users),
            step=asked.step_minutes,
            zone=asked.zone,
        ),
        "tables": made,
    }


def _closed(files: dict[str, bytes], found: CertificatesIssue | CertificatesMatch) -> dict[str, bytes]:
    """The files with what was asked and their checksums."""
    files["project.json"] = as_json(plain(found.project))
    files["provenance.json"] = as_json(provenance_of({"book": f"{found.head[0]}:{found.head[1]}"}, files))
    return files
