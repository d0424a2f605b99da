"""What do thousands of scenarios tell? Distributions by family, the worst by name, on one page in both languages."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

import numpy as np

from wattloom.domain.text import Text
from wattloom.edge.reports import match_tables as tables
from wattloom.edge.reports.answer import Alert, Tile
from wattloom.edge.reports.charts import Payload, Spec
from wattloom.edge.reports.dispatch_files import provenance, sheets_of
from wattloom.edge.reports.dispatch_words import money
from wattloom.edge.reports.figures import WHOLE_CNY
from wattloom.edge.reports.match_said import joined
from wattloom.edge.reports.page import rendered
from wattloom.edge.reports.plain import as_json, plain
from wattloom.edge.reports.run_files import REPORT
from wattloom.edge.reports.table import Column, Table, columns
from wattloom.edge.reports.words import LANGUAGES, Lang, Word, Words
from wattloom.edge.reports.workbook import sheets_workbook

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.app.match_answer import MatchStudy
    from wattloom.edge.reports.words import Cell

SECTIONS = ("answer", "match_spread", "match_families", "match_worst", "match_asked", "dispatch_sources")
SHEETS = {
    "sheet_answer": ("match_families", "match_worst"),
    "sheet_match_asked": ("match_asked", "match_supply_asked", "match_lines_asked"),
    "sheet_sources": ("provenance",),
}
BINS = 24
QUANTILES = (0, 1, 5, 10, 25, 50, 75, 90, 95, 99, 100)
SHED_MW = 0.05
"""Below it a scenario counts as served."""
MILLION = 1e6


def match_study_page(study: MatchStudy, *, lang: Lang = "en") -> str:
    """The report of a study; `lang` is the language that it opens in, a switch shows the other."""
    payload, made = charts(study), tables_of(study)
    articles = [_article(study, Words(language), made) for language in LANGUAGES]
    return rendered(articles, payload=payload, lang=lang)


def match_study_files(study: MatchStudy, *, lang: Lang = "en") -> dict[str, bytes]:
    """Every file of a study's run folder: report, summary, a row for each scenario, provenance."""
    made, words = tables_of(study), Words(lang)
    files = {
        REPORT: match_study_page(study, lang=lang).encode(),
        "summary.json": as_json(summary(study)),
        "workbook.xlsx": sheets_workbook(
            sheets_of(made, SHEETS, words), title=study.project.name, paragraph=paragraph(study, words), words=words
        ),
        "scenarios.csv": _rows(study),
        "project.json": as_json(plain(study.project)),
    }
    files["provenance.json"] = as_json(provenance(study.provenance, files))
    return files


def tables_of(study: MatchStudy) -> dict[str, Table]:
    """Every table of the report by its key."""
    made = (
        families(study),
        worst(study),
        tables.asked(study.project, study.sites, study.fleet_it_mw),
        tables.supply_asked(study.project, study.facts),
        tables.lines_asked(study.project),
        tables.provenance({name: str(value) for name, value in study.provenance.items()}),
    )
    return {table.key: table for table in made}


def families(study: MatchStudy) -> Table:
    """Each family's cost, green share and unserved load."""
    rows: list[tuple[Cell, ...]] = [_row(Word(f"family_{name}"), study, study.family == name) for name in names(study)]
    rows.append(_row(Word("total"), study, np.ones(study.family.size, dtype=bool)))
    heads = ("family", "scenarios", "cost_median", "cost_p95", "cost_worst", "green_median", "green_p5", "unserved_p95",
             "unserved_worst", "shed_share")  # fmt: skip
    money_heads = {"cost_median", "cost_p95", "cost_worst"}
    return Table(
        key="match_families",
        columns=tuple(Column(key=key, unit=WHOLE_CNY if key in money_heads else "") for key in heads),
        rows=tuple(rows),
        total_rows=1,
    )


def _row(name: Word, study: MatchStudy, part: NDArray[np.bool_]) -> tuple[Cell, ...]:
    """The spread of some scenarios."""
    cost, green, unserved = study.cost_cny_per_h[part], study.green_share[part], study.unserved_mw[part]
    return (
        name,
        int(part.sum()),
        *(float(value) for value in np.percentile(cost, [50, 95, 100])),
        *(float(value) for value in np.percentile(green, [50, 5])),
        *(_shown(float(value)) for value in np.percentile(unserved, [95, 100])),
        float(np.mean(unserved >= SHED_MW)),
    )


def names(study: MatchStudy) -> list[str]:
    """Families in the order in which they were drawn."""
    return list(dict.fromkeys(study.family.tolist()))


def worst(study: MatchStudy) -> Table:
    """The dearest scenarios, with what happens in them."""
    base = study.base.cost_cny_per_h
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            case.scenario.name.rpartition(" ")[2],
            study.said[case.scenario.name],
            case.finding.certificate.cost_cny_per_h,
            case.finding.certificate.cost_cny_per_h - base,
            _shown(float(case.finding.unserved_it_mw[:2].sum() + case.finding.shortfall_mw)),
            float(case.finding.unserved_it_mw[2:].sum()),
        )
        for case in study.worst
    )
    heads = (
        Column(key="scenario"),
        Column(key="meaning"),
        Column(key="cost_cny_per_h", unit=WHOLE_CNY),
        Column(key="change_cny", unit=WHOLE_CNY),
        *columns("unserved_mw", "waiting_it_mw"),
    )
    return Table(key="match_worst", columns=heads, rows=rows)


def summary(study: MatchStudy) -> dict[str, Any]:
    """The figures that are asked for first."""
    found = {
        "scenarios": study.family.size,
        "seed": study.seed,
        "at": study.at,
        "base_cost_cny_per_h": study.base.cost_cny_per_h,
        "certified_share": study.certified_share,
        "worst_gap": float(study.gap.max()),
        "answered_exactly": int(study.exact.sum()),
        "study_s": study.wall_s,
        "matching_cpu_s": study.cpu_s,
        "families": {
            name: {
                "scenarios": int(np.sum(study.family == name)),
                "cost_cny_per_h": _spread(study.cost_cny_per_h[study.family == name]),
                "green_share": _spread(study.green_share[study.family == name]),
                "unserved_mw": _spread(study.unserved_mw[study.family == name]),
            }
            for name in names(study)
        },
        "worst": [{"name": case.scenario.name, "what": study.said[case.scenario.name].en} for case in study.worst],
    }
    result: dict[str, Any] = plain(found)
    return result


def _spread(values: NDArray[np.float64]) -> dict[str, float]:
    """Quantiles by name."""
    return {f"p{q}": float(value) for q, value in zip(QUANTILES, np.percentile(values, QUANTILES), strict=True)}


def _shown(value: float) -> float:
    """Next to nothing is nothing."""
    return value if value >= SHED_MW else 0.0


def _rows(study: MatchStudy) -> bytes:
    """A row for each scenario."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    heads = ("scenario", "family", "cost_cny_per_h", "green_share", "unserved_mw", "waiting_it_mw", "gap", "method")
    writer.writerow(heads)
    for n, family in enumerate(study.family):
        cells = (study.cost_cny_per_h[n], study.green_share[n], study.unserved_mw[n], study.waiting_mw[n], study.gap[n])
        method = "exact" if study.exact[n] else "prices"
        writer.writerow((n + 1, family, *(f"{value:.6g}" for value in cells), method))
    return text.getvalue().encode()


def charts(study: MatchStudy) -> Payload:
    """Histograms and quantile curves by family."""
    payload = Payload()
    for key, values, unit in (
        ("cost_cny_per_h", study.cost_cny_per_h / MILLION, "million CNY/h"),
        ("match_green_share", 100.0 * study.green_share, "%"),
        ("unserved_mw", study.unserved_mw, "MW"),
    ):
        payload.charts[f"spread_{key}"] = _histogram(study, payload, values, key=key, unit=unit)
    payload.charts["fan"] = _fan(study, payload)
    return payload


def _histogram(study: MatchStudy, payload: Payload, values: NDArray[np.float64], *, key: str, unit: str) -> Spec:
    """How many scenarios of each family fall into each bin."""
    low, high = float(values.min()), float(values.max())
    edges = np.linspace(low, high if high > low else low + 1.0, BINS + 1)
    middle = (edges[1:] + edges[:-1]) / 2
    digits = 1 if middle[-1] - middle[0] > BINS else 2
    payload.label(f"{key}.axis", _axis(key, unit))
    return {
        "kind": "columns",
        "unit": "",
        "x": [f"{value:.{digits}f}" for value in middle],
        "x_label": f"{key}.axis",
        "series": [
            {
                "label": payload.word(f"family_{name}"),
                "role": f"line{n % 8}",
                "stack": "all",
                "values": np.histogram(values[study.family == name], edges)[0].tolist(),
            }
            for n, name in enumerate(names(study))
        ],
    }


def _axis(key: str, unit: str) -> Cell:
    """What an axis is called, with its unit."""
    from_words = [Words(lang) for lang in LANGUAGES]
    units = {"en": unit, "zh": {"million CNY/h": "百万元/时"}.get(unit, unit)}
    return Text(*(f"{one.term(key)} ({units[one.lang]})" for one in from_words))


def _fan(study: MatchStudy, payload: Payload) -> Spec:
    """Cost that a share of the scenarios of a family does not exceed."""
    return {
        "kind": "lines",
        "unit": "CNY",
        "x": [q / 100.0 for q in QUANTILES],
        "x_label": payload.word("share_of_scenarios"),
        "x_unit": "1",
        "series": [
            {
                "label": payload.word(f"family_{name}"),
                "role": f"line{n % 8}",
                "values": [float(v) for v in np.percentile(study.cost_cny_per_h[study.family == name], QUANTILES)],
            }
            for n, name in enumerate(names(study))
        ],
    }


def paragraph(study: MatchStudy, words: Words) -> str:
    """The middle and the worst of cost, green share and unserved load, and how sure the answers are."""
    cost, green = study.cost_cny_per_h, study.green_share
    p50, p95 = np.percentile(cost, [50, 95])
    base = study.base.cost_cny_per_h
    shed = study.unserved_mw >= SHED_MW
    sentences = [
        words.say(
            "match_study_cost",
            count=f"{cost.size:,}",
            base=money(base, words),
            p50=money(float(p50), words),
            p95=money(float(p95), words),
            worst=money(float(cost.max()), words),
        ),
        words.say(
            "match_study_green",
            low=words.figure(float(np.percentile(green, 5)), "1"),
            high=words.figure(float(np.percentile(green, 95)), "1"),
        ),
        words.say(
            "match_study_shed",
            share=words.figure(float(shed.mean()), "1"),
            worst=words.figure(_shown(float(study.unserved_mw.max())), "MW"),
        ),
        words.say(
            "match_study_sure",
            share=words.figure(study.certified_share, "1"),
            seconds=f"{study.wall_s:.0f}",
        ),
    ]
    return joined(sentences, words)


def tiles(study: MatchStudy, words: Words) -> list[Tile]:
    """The figures that a reader asks for first."""
    cost, base = study.cost_cny_per_h, study.base.cost_cny_per_h
    return [
        Tile(name=words.term("scenarios"), figure=f"{cost.size:,}"),
        Tile(
            name=words.term("cost_p95"),
            figure=money(float(np.percentile(cost, 95)), words),
            beside=words.say("tile_base", value=money(base, words)),
        ),
        Tile(name=words.term("cost_worst"), figure=money(float(cost.max()), words)),
        Tile(name=words.term("green_p5"), figure=words.figure(float(np.percentile(study.green_share, 5)), "1")),
        Tile(name=words.term("shed_share"), figure=words.figure(float(np.mean(study.unserved_mw >= SHED_MW)), "1")),
        Tile(name=words.term("certified_share"), figure=words.figure(study.certified_share, "1")),
    ]


def alerts(study: MatchStudy, words: Words) -> list[Alert]:
    """Answers that are not certified."""
    if study.certified_share == 1.0:
        return []
    return [Alert(text=words.say("match_alert_gap", gap=f"{100 * float(study.gap.max()):.2f}"), bad=True)]


def _article(study: MatchStudy, words: Words, made: dict[str, Table]) -> dict[str, Any]:
    """Everything one language's article shows."""
    at = study.at.astimezone(study.project.zone).strftime("%Y-%m-%d %H:%M")
    return {
        "words": words,
        "lang": words.lang,
        "title": words.say("match_study_title", name=study.project.name),
        "subtitle": words.say(
            "match_study_subtitle", count=f"{study.family.size:,}", at=at, zone=str(study.project.zone), seed=study.seed
        ),
        "sections": SECTIONS,
        "paragraph": paragraph(study, words),
        "tiles": tiles(study, words),
        "alerts": alerts(study, words),
        "tables": made,
        "notes": list(dict.fromkeys(note.of(words.lang) for note in study.notes)),
    }
