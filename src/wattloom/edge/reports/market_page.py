"""What does the reader of a bid or of its back-test hold in hands? A page in both languages, and the run's files."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

from wattloom.app.market_backtest_answer import BID, FLAT
from wattloom.edge.reports import market_tables as tables
from wattloom.edge.reports.answer import Alert, Tile
from wattloom.edge.reports.charts import Payload
from wattloom.edge.reports.dispatch_files import provenance as provenance_of
from wattloom.edge.reports.dispatch_files import sheets_of
from wattloom.edge.reports.dispatch_tables import provenance
from wattloom.edge.reports.page import rendered
from wattloom.edge.reports.plain import as_json, plain
from wattloom.edge.reports.run_files import REPORT
from wattloom.edge.reports.words import LANGUAGES, Lang, Words
from wattloom.edge.reports.workbook import sheets_workbook

if TYPE_CHECKING:
    from wattloom.app.market_backtest_answer import MarketBacktest
    from wattloom.app.market_bid import MarketBid
    from wattloom.edge.reports.table import Table

BID_SHEETS = {"sheet_market": ("market_curves", "market_limits"), "sheet_sources": ("provenance",)}
TEST_SHEETS = {"sheet_market": ("market_rows", "market_leakage"), "sheet_sources": ("provenance",)}


def market_bid_files(found: MarketBid, *, lang: Lang = "en") -> dict[str, bytes]:
    """Every file of a bid's run folder: the bid itself as a table for machines, page, summary, workbook."""
    made = {one.key: one for one in (tables.curves(found), tables.limits(found), provenance(found.provenance))}
    sections = ("answer", "market_curves", "market_limits", "dispatch_sources")
    articles = []
    for words in (Words(one) for one in LANGUAGES):
        zone = found.inputs.market.ahead.feed.zone
        articles.append(
            _article(words, sections, made)
            | {
                "title": words.say("market_bid_title", name=found.inputs.project.name, day=found.day.isoformat()),
                "subtitle": words.say(
                    "market_subtitle",
                    step=found.question.axis.step_minutes,
                    zone=str(zone),
                    gate=found.gate.astimezone(zone).strftime("%Y-%m-%d %H:%M"),
                ),
                "paragraph": bid_paragraph(found, words),
                "tiles": _bid_tiles(found, words),
                "alerts": bid_alerts(found, words),
                "notes": list(dict.fromkeys(note.of(words.lang) for note in found.notes)),
            }
        )
    files = {
        REPORT: rendered(articles, payload=Payload(), lang=lang).encode(),
        "summary.json": as_json(bid_summary(found)),
        "bid.csv": bid_csv(found),
    }
    words = Words(lang)
    book = sheets_of(made, BID_SHEETS, words)
    return _closed(files, book, bid_paragraph(found, words), found.inputs.project.name, words, found.provenance)


def market_backtest_files(found: MarketBacktest, *, lang: Lang = "en") -> dict[str, bytes]:
    """Every file of a back-test's run folder."""
    made = {one.key: one for one in (tables.rows(found), tables.leakage(found), provenance(found.provenance))}
    rows = () if found.refused else ("market_rows",)
    sections = ("answer", *rows, "market_leakage", "dispatch_sources")
    articles = [
        _article(words, sections, made)
        | {
            "title": words.say("market_backtest_title", name=found.name),
            "subtitle": "",
            "paragraph": backtest_paragraph(found, words),
            "tiles": _backtest_tiles(found, words),
            "alerts": backtest_alerts(found, words),
            "notes": list(dict.fromkeys(note.of(words.lang) for note in found.notes)),
        }
        for words in (Words(one) for one in LANGUAGES)
    ]
    files = {
        REPORT: rendered(articles, payload=Payload(), lang=lang).encode(),
        "summary.json": as_json(backtest_summary(found)),
    }
    words = Words(lang)
    book = sheets_of(made, TEST_SHEETS, words)
    return _closed(files, book, backtest_paragraph(found, words), found.name, words, found.provenance)


def bid_paragraph(found: MarketBid, words: Words) -> str:
    """What is bid and what it is thought to cost."""
    risk = found.question.risk
    text = words.say(
        "market_bid_said",
        steps=f"{sum(len(found.bid.curves.steps(one)) for one in range(found.question.axis.count)):,}",
        periods=found.question.axis.count,
        cost=words.figure(found.cost_cny, "CNY"),
        flat=words.figure(found.flat_cost_cny, "CNY"),
        count=found.scenarios.count,
        tail=words.figure(1.0 - risk.level, "1"),
        dear=words.figure(found.bid.tail_cny, "CNY"),
    )
    if found.award_mw is None:
        return text
    award = words.figure(float(found.award_mw.sum()) * found.question.axis.step_hours, "MWh")
    return " ".join((text, words.say("market_bid_cleared", award=award)))


def bid_alerts(found: MarketBid, words: Words) -> list[Alert]:
    """That prices are made up, and what is assumed."""
    return [Alert(text=words.say("market_generated"), first=True)] if found.inputs.generated else []


def backtest_paragraph(found: MarketBacktest, words: Words) -> str:
    """The saving with its doubt; or why there is none."""
    if found.refused:
        return words.say("market_backtest_refused")
    bid, flat = found.row(BID), found.row(FLAT)
    share = "—" if bid.of_perfect is None else tables.percent(bid.of_perfect)
    return words.say(
        "market_backtest_said",
        days=len(found.days),
        cost=words.figure(bid.cost.value, "CNY"),
        flat=words.figure(flat.cost.value, "CNY"),
        saved=words.figure(bid.saved.value, "CNY"),
        low=words.figure(bid.saved.low, "CNY"),
        high=words.figure(bid.saved.high, "CNY"),
        share=share,
    )


def backtest_alerts(found: MarketBacktest, words: Words) -> list[Alert]:
    """Refusals, made-up prices, days left out."""
    told = [
        Alert(text=f"{name}: {one.text.of(words.lang)}", bad=True, first=True)
        for name, report in found.reports.items()
        if report.refuses
        for one in report.findings
    ]
    if found.generated:
        told.append(Alert(text=words.say("market_generated"), first=True))
    if found.left_out:
        days = ", ".join(found.left_out)
        told.append(Alert(text=words.say("market_left_out", count=len(found.left_out), days=days)))
    return told


def bid_summary(found: MarketBid) -> dict[str, Any]:
    """What a machine asks of a bid."""
    made: dict[str, Any] = plain({
        "day": found.day.isoformat(),
        "gate": found.gate.isoformat(),
        "model": found.model,
        "expected_cost_cny": found.cost_cny,
        "flat_cost_cny": found.flat_cost_cny,
        "tail_cny": found.bid.tail_cny,
        "scenarios": found.scenarios.count,
        "steps": [
            [{"limit_cny_per_mwh": step.limit_cny_per_mwh, "mw": step.mw} for step in found.bid.curves.steps(period)]
            for period in range(found.question.axis.count)
        ],
        "award_mw": None if found.award_mw is None else found.award_mw.tolist(),
        "rebid_mw": None if found.rebid is None else found.rebid.draw_mw.tolist(),
        "generated": found.inputs.generated,
        "notes": found.notes,
    })  # fmt: skip
    return made


def backtest_summary(found: MarketBacktest) -> dict[str, Any]:
    """What a machine asks of a back-test."""
    made: dict[str, Any] = plain({
        "refused": found.refused,
        "days": found.days,
        "left_out": found.left_out,
        "rows": found.rows,
        "block_days": found.block_days,
        "models": found.used,
        "findings": {name: report.findings for name, report in found.reports.items()},
        "daily_cost_cny": {name: [one.cost_cny for one in days] for name, days in found.results.items()},
        "generated": found.generated,
        "notes": found.notes,
    })  # fmt: skip
    return made


def bid_csv(found: MarketBid) -> bytes:
    """The bid as a table that a market's form takes: period start, limit, quantity of the step."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("start", "limit_cny_per_mwh", "mw"))
    zone = found.inputs.market.ahead.feed.zone
    for period, start in enumerate(found.question.axis.local(zone)):
        for step in found.bid.curves.steps(period):
            writer.writerow((start.isoformat(), f"{step.limit_cny_per_mwh:g}", f"{step.mw:.3f}"))
    return text.getvalue().encode()


def _bid_tiles(found: MarketBid, words: Words) -> list[Tile]:
    """Expected cost beside flat."""
    return [
        Tile(name=words.term("market_cost_cny_per_day"), figure=words.figure(found.cost_cny, "CNY")),
        Tile(
            name=words.term("market_saved_cny_per_day"),
            figure=words.figure(found.flat_cost_cny - found.cost_cny, "CNY"),
        ),
    ]


def _backtest_tiles(found: MarketBacktest, words: Words) -> list[Tile]:
    """Saving and share."""
    if found.refused:
        return []
    bid = found.row(BID)
    made = [
        Tile(name=words.term("market_saved_cny_per_day"), figure=words.figure(bid.saved.value, "CNY")),
        Tile(name=words.term("market_saved_share"), figure=words.figure(bid.saved_share.value, "1")),
    ]
    if bid.of_perfect is not None:
        made.append(Tile(name=words.term("market_of_perfect"), figure=words.figure(bid.of_perfect.value, "1")))
    return made


def _article(words: Words, sections: tuple[str, ...], made: dict[str, Table]) -> dict[str, Any]:
    """What all articles have."""
    return {"words": words, "lang": words.lang, "sections": sections, "tables": made}


def _closed(
    files: dict[str, bytes], book: Any, paragraph: str, name: str, words: Words, origin: Any
) -> dict[str, bytes]:
    """The files with the workbook and their checksums."""
    files["workbook.xlsx"] = sheets_workbook(book, title=name, paragraph=paragraph, words=words)
    files["provenance.json"] = as_json(provenance_of(origin, files))
    return files
