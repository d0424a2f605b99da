"""What does the board look like? Each test with its ranking, in both languages, and the files of the run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wattloom.edge.reports import forecast_scores as tables
from wattloom.edge.reports.answer import Alert, Tile
from wattloom.edge.reports.charts import Payload
from wattloom.edge.reports.dispatch_files import provenance as provenance_of
from wattloom.edge.reports.dispatch_tables import provenance
from wattloom.edge.reports.match_said import joined
from wattloom.edge.reports.page import rendered
from wattloom.edge.reports.plain import as_json, plain
from wattloom.edge.reports.run_files import REPORT
from wattloom.edge.reports.words import LANGUAGES, Lang, Words

if TYPE_CHECKING:
    from wattloom.app.forecast_answer import BoardTest, ForecastBoard
    from wattloom.edge.reports.table import Table

SECTIONS = ("answer", "forecast_board", "dispatch_sources")
MANY_LOOKS = 20
"""Looks at one test from which a lead may come of choosing."""


def forecast_board_page(board: ForecastBoard, *, lang: Lang = "en") -> str:
    """The board of a file's stations."""
    made = tables_of(board)
    return rendered([_article(board, Words(one), made) for one in LANGUAGES], payload=Payload(), lang=lang)


def forecast_board_files(board: ForecastBoard, *, lang: Lang = "en") -> dict[str, bytes]:
    """Every file of the board's run folder."""
    files = {
        REPORT: forecast_board_page(board, lang=lang).encode(),
        "summary.json": as_json(summary(board)),
        "project.json": as_json(plain(board.project)),
    }
    files["provenance.json"] = as_json(provenance_of(board.provenance, files))
    return files


def tables_of(board: ForecastBoard) -> dict[str, Table]:
    """Every table by its key."""
    made = [tables.ranking(test, n) for n, test in enumerate(board.tests)]
    return {table.key: table for table in [*made, provenance(board.provenance)]}


def summary(board: ForecastBoard) -> dict[str, Any]:
    """Each test with its entries."""
    told = [
        {
            "station": test.station,
            "current": test.current,
            "task": _question(test).task["name"],
            "start": _question(test).start,
            "end": _question(test).end,
            "looks": test.looks,
            "ranked": [{"id": entry.id, **entry.plain()} for entry in test.ranking.ranked],
            "unranked": [{"id": entry.id, "why": why, **entry.plain()} for entry, why in test.ranking.unranked],
        }
        for test in board.tests
    ]
    result: dict[str, Any] = plain({"tests": told, "again": board.again_id, "differences": board.again})
    return result


def heading(test: BoardTest, words: Words) -> str:
    """Which test it is."""
    asked = _question(test)
    return words.say(
        "forecast_board_heading" if test.current else "forecast_board_heading_old",
        station=test.station.replace("_", " "),
        task=words.term(f"forecast_{asked.task['name']}"),
        start=asked.start[:10],
        end=asked.end[:10],
        looks=test.looks,
        unit=test.unit,
    )


def paragraph(board: ForecastBoard, words: Words) -> str:
    """How many tests and entries there are, and whether a score came out the same again."""
    entries = sum(len(test.ranking.ranked) + len(test.ranking.unranked) for test in board.tests)
    counted = words.say("forecast_board_counts", tests=len(board.tests), entries=entries)
    if not board.tests:
        counted = words.say("forecast_board_empty")
    if board.again is None:
        return counted
    told = {"id": board.again_id[: tables.ID_SHOWN]}
    if not board.again:
        return joined([counted, words.say("forecast_again_same", **told)], words)
    return joined([counted, words.say("forecast_again_other", what="; ".join(board.again), **told)], words)


def alerts(board: ForecastBoard, words: Words) -> list[Alert]:
    """A score that did not come out again; tests that were looked at often."""
    found = []
    if board.again:
        found.append(Alert(text=words.say("forecast_again_alert"), bad=True, first=True))
    for test in board.tests:
        if test.looks >= MANY_LOOKS:
            told = {"station": test.station.replace("_", " "), "looks": test.looks}
            found.append(Alert(text=words.say("forecast_many_looks", **told)))
    return found


def _question(test: BoardTest) -> Any:
    """What all entries of a test have in common."""
    ranking = test.ranking
    return (ranking.ranked[0] if ranking.ranked else ranking.unranked[0][0]).question


def _article(board: ForecastBoard, words: Words, made: dict[str, Table]) -> dict[str, Any]:
    """Everything one language's article shows."""
    entries = sum(len(test.ranking.ranked) + len(test.ranking.unranked) for test in board.tests)
    return {
        "words": words,
        "lang": words.lang,
        "title": words.say("forecast_title_board", name=board.project.name),
        "subtitle": "",
        "sections": SECTIONS,
        "paragraph": paragraph(board, words),
        "tiles": [
            Tile(name=words.term("forecast_tests"), figure=str(len(board.tests))),
            Tile(name=words.term("forecast_entries"), figure=str(entries)),
        ],
        "alerts": alerts(board, words),
        "tables": made,
        "rankings": [(heading(test, words), made[f"forecast_ranking_{n}"]) for n, test in enumerate(board.tests)],
        "notes": list(dict.fromkeys(note.of(words.lang) for note in board.notes)),
    }
