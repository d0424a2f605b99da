"""What does an auditor of carbon hold in hands? Each method for itself, each figure with energy, factor and source."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wattloom.domain.text import Text
from wattloom.edge.reports import certificates_tables as tables
from wattloom.edge.reports.answer import Alert, Tile
from wattloom.edge.reports.certificates_tables import exact, mwh, named
from wattloom.edge.reports.charts import Payload, Spec
from wattloom.edge.reports.dispatch_files import provenance as provenance_of
from wattloom.edge.reports.dispatch_files import sheets_of
from wattloom.edge.reports.page import rendered
from wattloom.edge.reports.plain import as_json, plain
from wattloom.edge.reports.run_files import REPORT
from wattloom.edge.reports.table import Table, columns
from wattloom.edge.reports.words import LANGUAGES, Amount, Lang, Word, Words
from wattloom.edge.reports.workbook import sheets_workbook
from wattloom.ledger.carbon import GRAMS_PER_T, Method, grams_of

if TYPE_CHECKING:
    from wattloom.app.carbon_report import CarbonReport, UserCarbon
    from wattloom.edge.reports.words import Cell

SECTIONS = ("answer", "carbon_methods", "carbon_lines", "carbon_meters", "carbon_measures")
SHEETS = {
    "sheet_answer": ("carbon_methods", "carbon_choices", "carbon_measures", "carbon_avoided"),
    "sheet_carbon_lines": ("carbon_lines",),
    "sheet_carbon_meters": ("cert_meters", "carbon_months", "carbon_covered"),
    "sheet_sources": ("provenance",),
}
WH_PER_MWH = 1_000_000
METHODS: dict[Method, str] = {
    "location": "carbon_location_total",
    "location_hourly": "carbon_hourly_total",
    "market": "carbon_market_total",
}
WHAT = {
    "all": Text("all consumption", "全部用电"),
    "untracked": Text("covered by nothing", "未被覆盖"),
    "claimed": Text("claimed in its period", "同时段主张"),
    "certificates": Text("certificates cancelled", "核销绿证"),
}
CHOICES = {
    "untracked": Text("average without market-traded non-fossil energy", "不含市场化交易非化石电量的平均"),
    "fossil": Text("fossil energy only", "化石电量"),
    "national": Text("national average", "全国平均"),
}
MEASURES = {
    "pue": ("pue", ""),
    "ref": ("ref", "1"),
    "erf": ("erf", "1"),
    "cue_location": ("cue_location", "kg/kWh"),
    "cue_market": ("cue_market", "kg/kWh"),
    "wue_l_per_kwh": ("wue_l_per_kwh", "l/kWh"),
}
HASHES_SHOWN = 3


def carbon_report_files(found: CarbonReport, *, lang: Lang = "en") -> dict[str, bytes]:
    """Every file of a carbon report's run folder."""
    made, words = tables_of(found), Words(lang)
    files = {
        REPORT: carbon_page(found, lang=lang).encode(),
        "summary.json": as_json(summary(found)),
        "workbook.xlsx": sheets_workbook(
            sheets_of(made, SHEETS, words), title=found.project.name, paragraph=paragraph(found, words), words=words
        ),
        "project.json": as_json(plain(found.project)),
    }
    head = {"book": f"{found.head[0]}:{found.head[1]}"} if found.head else {}
    files["provenance.json"] = as_json(provenance_of(head, files))
    return files


def carbon_page(found: CarbonReport, *, lang: Lang = "en") -> str:
    """The report of a year's carbon."""
    payload, made = Payload(), tables_of(found)
    payload.charts["carbon"] = chart(found, payload)
    sections = (*SECTIONS, *(("carbon_avoided",) if found.avoided else ()), "dispatch_sources")
    articles = [
        {
            "words": words,
            "lang": words.lang,
            "title": words.say("carbon_title", name=found.project.name, year=found.year),
            "subtitle": words.say(
                "cert_subtitle", devices=len(found.project.devices) + len(found.project.stores),
                users=len(found.users), step=found.project.step_minutes, zone=found.project.zone,
            ),
            "sections": sections,
            "paragraph": paragraph(found, words),
            "tiles": tiles(found, words),
            "alerts": alerts(found, words),
            "tables": made,
            "choice": words.say("carbon_choice_note", choice=CHOICES[found.untracked.name].of(words.lang)),
            "notes": [note.of(words.lang) for note in found.notes] + list(found.project.notes),
        }
        for words in (Words(one) for one in LANGUAGES)
    ]  # fmt: skip
    return rendered(articles, payload=payload, lang=lang)


def tables_of(found: CarbonReport) -> dict[str, Table]:
    """Every table by its key."""
    made = (
        methods(found),
        choices(found),
        lines(found),
        tables.meters_of([(one.user, one.readings) for one in found.users]),
        months(found),
        covered(found),
        measured(found),
        avoided(found),
        tables.origin(found.head, {}),
    )
    return {table.key: table for table in made}


def methods(found: CarbonReport) -> Table:
    """Tonnes of each user by each method, and their sums; never across methods."""
    shown = shown_methods(found)
    rows: list[tuple[Cell, ...]] = [
        (named(one.user), mwh(one.readings.total_wh), *(tonnes(grams_of(one.lines, method)) for method in shown))
        for one in found.users
    ]
    load = sum(one.readings.total_wh for one in found.users)
    rows.append((Word("total"), mwh(load), *(tonnes(found.grams(method)) for method in shown)))
    heads = ("cert_user", "cert_load_mwh", *(METHODS[method] for method in shown))
    return Table(key="carbon_methods", columns=columns(*heads), rows=tuple(rows), total_rows=1)


def shown_methods(found: CarbonReport) -> list[Method]:
    """Methods that have a figure."""
    there = {line.method for one in found.users for line in one.lines}
    return [method for method in METHODS if method in there]


def choices(found: CarbonReport) -> Table:
    """Carbon by market at each factor of untracked energy."""
    rows: list[tuple[Cell, ...]] = [
        (text, tonnes(sum(one.alternatives[choice] for one in found.users)), choice == found.untracked.name)
        for choice, text in CHOICES.items()
    ]
    return Table(key="carbon_choices", columns=columns("carbon_choice", "carbon_market_total", "chosen"),
                 rows=tuple(rows))  # fmt: skip


def lines(found: CarbonReport) -> Table:
    """Every product of an energy and a factor."""
    rows: list[tuple[Cell, ...]] = [
        (
            named(one.user),
            Word(METHODS[line.method]),
            WHAT[line.what],
            mwh(line.wh),
            f"{line.factor.t_per_mwh:.4f}",
            tonnes(line.grams),
            line.factor.source,
            Word(line.factor.confidence),
        )
        for one in found.users
        for line in one.lines
    ]
    heads = (
        "cert_user", "carbon_method", "carbon_what", "carbon_energy_mwh", "carbon_factor", "carbon_result_t",
        "carbon_source", "confidence",
    )  # fmt: skip
    return Table(key="carbon_lines", columns=columns(*heads), rows=tuple(rows))


def months(found: CarbonReport) -> Table:
    """Consumption of each user by month."""
    rows: list[tuple[Cell, ...]] = [
        (f"{found.year}-{month + 1:02d}", named(one.user), mwh(wh))
        for one in found.users
        for month, wh in enumerate(one.months_wh)
    ]
    return Table(key="carbon_months", columns=columns("month", "cert_user", "cert_load_mwh"), rows=tuple(rows))


def covered(found: CarbonReport) -> Table:
    """Which claims and certificates cover whose consumption, with the beginnings of their hashes."""
    rows: list[tuple[Cell, ...]] = []
    for one in found.users:
        by_device: dict[str, list[Any]] = {}
        for bundle in one.claims:
            by_device.setdefault(bundle.production.device, []).append(bundle)
        for device, bundles in by_device.items():
            hashes = ", ".join(bundle.hash[: tables.HASH_SHOWN] for bundle in bundles[:HASHES_SHOWN])
            more = " …" if len(bundles) > HASHES_SHOWN else ""
            rows.append((named(one.user), WHAT["claimed"], named(device), mwh(sum(b.total_wh for b in bundles)),
                         hashes + more))  # fmt: skip
        rows += [(named(one.user), WHAT["certificates"], named(held.device), mwh(held.amount * WH_PER_MWH), held.month)
                 for held in one.gecs]  # fmt: skip
        if one.other_wh and found.project.carbon:
            source = found.project.carbon.certificates_source
            rows.append((named(one.user), WHAT["certificates"], "—", mwh(one.other_wh), source))
    heads = ("cert_user", "carbon_what", "cert_device", "carbon_covered_mwh", "cert_claim")
    return Table(key="carbon_covered", columns=columns(*heads), rows=tuple(rows))


def measured(found: CarbonReport) -> Table:
    """The measures of ISO/IEC 30134, a row each."""
    rows: list[tuple[Cell, ...]] = [
        (Word(term), named(one.user), None if one.measures[key] is None else Amount(one.measures[key], unit))
        for key, (term, unit) in MEASURES.items()
        for one in found.users
    ]
    return Table(key="carbon_measures", columns=columns("measure", "cert_user", "value"), rows=tuple(rows))


def avoided(found: CarbonReport) -> Table:
    """Effects elsewhere, each with its own factor; no sum."""
    rows: list[tuple[Cell, ...]] = [
        (Text.same(one.name), SORTS[one.sort], one.energy_mwh, f"{one.factor_t_per_mwh:.4f}",
         one.energy_mwh * one.factor_t_per_mwh, one.source)
        for one in found.avoided
    ]  # fmt: skip
    heads = ("item", "kind", "carbon_energy_mwh", "carbon_factor", "carbon_avoided_t", "source")
    return Table(key="carbon_avoided", columns=columns(*heads), rows=tuple(rows))


SORTS = {"avoided": Text("avoided", "避免"), "marginal": Text("marginal", "边际")}


def chart(found: CarbonReport, payload: Payload) -> Spec:
    """A bar each: by location, and by market at each factor of untracked energy."""
    bars = [
        (payload.word(METHODS[method]), found.grams(method)) for method in shown_methods(found) if method != "market"
    ]
    for choice, text in CHOICES.items():
        total = sum(one.alternatives[choice] for one in found.users)
        label = Text(*(f"{Words(lang).term('carbon_market_total')}: {text.of(lang)}" for lang in LANGUAGES))
        bars.append((payload.label(f"market.{choice}", label), total))
    chosen = {payload.label(f"market.{found.untracked.name}", _chosen(found))}
    return {
        "kind": "rows",
        "unit": "t",
        "x": [label for label, _ in bars],
        "x_words": True,
        "single": True,
        "series": [{
            "label": "",
            "roles": ["chosen" if label in chosen or not label.startswith("market.") else "other" for label, _ in bars],
            "values": [grams / GRAMS_PER_T for _, grams in bars],
        }],
    }  # fmt: skip


def _chosen(found: CarbonReport) -> Text:
    """By market, as the file chose."""
    text = CHOICES[found.untracked.name]
    return Text(*(f"{Words(lang).term('carbon_market_total')}: {text.of(lang)}" for lang in LANGUAGES))


def paragraph(found: CarbonReport, words: Words) -> str:
    """Both methods, and that they are never added."""
    return words.say(
        "carbon_said",
        location=words.figure(found.grams("location") / GRAMS_PER_T, "t"),
        market=words.figure(found.grams("market") / GRAMS_PER_T, "t"),
        choice=CHOICES[found.untracked.name].of(words.lang),
    )


def tiles(found: CarbonReport, words: Words) -> list[Tile]:
    """Each method, and the energy behind them."""
    made = [
        Tile(name=words.term(METHODS[method]), figure=words.figure(found.grams(method) / GRAMS_PER_T, "t"))
        for method in shown_methods(found)
    ]
    load = sum(one.readings.total_wh for one in found.users)
    cover = sum(line.wh for one in found.users for line in one.lines if line.what in {"claimed", "certificates"})
    return [
        *made,
        Tile(name=words.term("cert_load_mwh"), figure=words.figure(load / WH_PER_MWH, "MWh")),
        Tile(name=words.term("carbon_covered_mwh"), figure=words.figure(cover / WH_PER_MWH, "MWh")),
    ]


def alerts(found: CarbonReport, words: Words) -> list[Alert]:
    """Generated readings, gaps, a missing book."""
    told = [Alert(text=words.say("cert_generated"), first=True)] if found.generated else []
    if found.head is None:
        told.append(Alert(text=words.say("carbon_no_book"), first=True))
    return told + [_gaps(one, words) for one in found.users if one.readings.missing]


def _gaps(one: UserCarbon, words: Words) -> Alert:
    """How much of a year nobody knows."""
    missing = one.readings.missing
    share = words.figure(missing / one.readings.axis.count, "1")
    text = words.say("carbon_gaps", user=named(one.user).of(words.lang), count=f"{missing:,}", share=share)
    return Alert(text=text, bad=True, first=True)


def tonnes(grams: int) -> str:
    """Grams as tonnes, exact."""
    return exact(grams, GRAMS_PER_T, 6)


def summary(found: CarbonReport) -> dict[str, Any]:
    """What a machine asks: every line with its factor, and where the energy is from."""
    users = {
        one.user: {
            "load_wh": one.readings.total_wh,
            "missing_periods": one.readings.missing,
            "meter": one.readings.name,
            "meter_sha256": one.readings.file_sha256,
            "months_wh": one.months_wh,
            "claimed_wh": one.claimed_wh,
            "claims": [bundle.hash for bundle in one.claims],
            "gecs": one.gecs,
            "other_certificates_wh": one.other_wh,
            "grams": {method: grams_of(one.lines, method) for method in shown_methods(found)},
            "lines": one.lines,
            "market_grams_at": one.alternatives,
            "measures": one.measures,
        }
        for one in found.users
    }
    made: dict[str, Any] = plain({
        "year": found.year,
        "untracked": found.untracked,
        "users": users,
        "avoided_never_added": found.avoided,
        "head": f"{found.head[0]}:{found.head[1]}" if found.head else None,
        "new_entries": found.new_entries,
        "generated": found.generated,
        "notes": found.notes,
    })  # fmt: skip
    return made
