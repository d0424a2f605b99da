"""What does the reader of a forecast hold in hands? One page in both languages, and the files of the run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wattloom.edge.reports import forecast_charts as charts
from wattloom.edge.reports import forecast_record as records
from wattloom.edge.reports import forecast_said as answer
from wattloom.edge.reports import forecast_tables as tables
from wattloom.edge.reports.dispatch_tables import provenance
from wattloom.edge.reports.forecast_words import instant, of_station
from wattloom.edge.reports.page import rendered
from wattloom.edge.reports.words import LANGUAGES, Lang, Words

if TYPE_CHECKING:
    from wattloom.app.forecast_answer import ForecastRun
    from wattloom.edge.reports.charts import Payload
    from wattloom.edge.reports.table import Table

SECTIONS = (
    "answer", "forecast_fan", "forecast_lately", "forecast_quality", "forecast_record", "forecast_asked",
    "dispatch_sources",
)  # fmt: skip

TITLES = {"day_ahead": "forecast_title_day_ahead", "intraday": "forecast_title_intraday"}


def forecast_page(run: ForecastRun, *, lang: Lang = "en") -> str:
    """The report of a forecast; `lang` is the language that it opens in, a switch shows the other."""
    payload, made = charts.of_run(run), tables_of(run)
    articles = [_article(run, Words(language), payload, made) for language in LANGUAGES]
    return rendered(articles, payload=payload, lang=lang)


def tables_of(run: ForecastRun) -> dict[str, Table]:
    """Every table of the report by its key."""
    made = (
        tables.stations(run),
        tables.quality(run),
        tables.fallbacks(run),
        records.columns_of(run),
        records.edits(run),
        tables.asked(run.project),
        tables.terms(run),
        provenance(run.provenance),
        *(tables.periods(one) for one in run.stations),
    )
    return {table.key: table for table in made}


def notes_of(run: ForecastRun, words: Words) -> list[str]:
    """Notes of the file and of every station, each once."""
    said = [*run.notes, *(note for one in run.stations for note in one.notes)]
    return list(dict.fromkeys(note.of(words.lang) for note in said))


def _article(run: ForecastRun, words: Words, payload: Payload, made: dict[str, Table]) -> dict[str, Any]:
    """Everything one language's article shows."""
    first = run.stations[0]
    absent = {"forecast_lately": "reliability" not in payload.charts, "forecast_record": not records.cleaned(run)}
    sections = [name for name in SECTIONS if not absent.get(name)]
    return {
        "words": words,
        "lang": words.lang,
        "title": words.say(TITLES[run.task.name], name=run.project.name),
        "subtitle": words.say(
            "forecast_subtitle",
            issued=instant(first.issued.forecast.issued_at, first.about),
            zone=str(first.about.zone),
            stations=len(run.stations),
        ),
        "sections": sections,
        "paragraph": answer.paragraph(run, words),
        "tiles": answer.tiles(run, words),
        "alerts": answer.alerts(run, words),
        "tables": made,
        "periods": [
            (of_station(one.key, one.about).of(words.lang), made[f"forecast_periods_{one.key}"])
            for one in run.stations[: charts.SHOWN_MAX]
        ],
        "notes": notes_of(run, words),
    }
