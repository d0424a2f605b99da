"""What does the reader of a back-test hold in hands? One page in both languages, and the files of the run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from wattloom.edge.reports import forecast_charts as charts
from wattloom.edge.reports import forecast_scores as tables
from wattloom.edge.reports.answer import Alert, Tile
from wattloom.edge.reports.charts import Payload
from wattloom.edge.reports.dispatch_charts import named, short
from wattloom.edge.reports.dispatch_files import provenance as provenance_of
from wattloom.edge.reports.dispatch_files import sheets_of
from wattloom.edge.reports.dispatch_tables import provenance
from wattloom.edge.reports.forecast_tables import asked
from wattloom.edge.reports.forecast_words import of_station
from wattloom.edge.reports.match_said import joined
from wattloom.edge.reports.page import rendered
from wattloom.edge.reports.plain import as_json, plain
from wattloom.edge.reports.run_files import REPORT
from wattloom.edge.reports.words import LANGUAGES, Lang, Words
from wattloom.edge.reports.workbook import sheets_workbook
from wattloom.forecast.curves import HOURS

if TYPE_CHECKING:
    from wattloom.app.forecast_answer import ForecastBacktest, ModelScore, StationBacktest
    from wattloom.edge.reports.charts import Spec
    from wattloom.edge.reports.table import Table

SECTIONS = (
    "answer",
    "forecast_scores",
    "forecast_skill",
    "forecast_calibration",
    "forecast_hours",
    "forecast_judged",
    "forecast_asked",
    "dispatch_sources",
)
SHEETS = {
    "sheet_forecast_quality": ("forecast_leaks", "forecast_reasons", "forecast_alarms"),
    "sheet_forecast_asked": ("forecast_tested", "forecast_asked"),
    "sheet_sources": ("provenance",),
}
CURVES_MAX = 6
"""Models in one picture beyond which it says nothing."""


def forecast_backtest_page(found: ForecastBacktest, *, lang: Lang = "en") -> str:
    """The report of a back-test; `lang` is the language that it opens in, a switch shows the other."""
    payload, made = pictures(found), tables_of(found)
    return rendered([_article(found, Words(one), payload, made) for one in LANGUAGES], payload=payload, lang=lang)


def forecast_backtest_files(found: ForecastBacktest, *, lang: Lang = "en") -> dict[str, bytes]:
    """Every file of a back-test's run folder: report, summary, entries of the board, curves, workbook, provenance."""
    made, words = tables_of(found), Words(lang)
    sheets = {
        of_station(one.key, one.about).of(lang): [made[f"forecast_scores_{one.key}"]] for one in found.stations
    } | sheets_of(made, SHEETS, words)
    files = {
        REPORT: forecast_backtest_page(found, lang=lang).encode(),
        "summary.json": as_json(summary(found)),
        "curves.json": as_json(curves_of(found)),
        "entries.json": as_json([one.entry.plain() for station in found.stations for one in station.models]),
        "workbook.xlsx": sheets_workbook(
            sheets, title=found.project.name, paragraph=paragraph(found, words), words=words
        ),
        "project.json": as_json(plain(found.project)),
    }
    files["provenance.json"] = as_json(provenance_of(found.provenance, files))
    return files


def tables_of(found: ForecastBacktest) -> dict[str, Table]:
    """Every table of the report by its key."""
    made = [
        tables.leaks(found),
        tables.reasons(found),
        tables.alarms(found),
        tables.tested(found),
        asked(found.project),
        provenance(found.provenance),
    ]
    for station in found.stations:
        light = tables.daytime(station)
        made += [tables.scores(station), *([light] if light else [])]
    return {table.key: table for table in made}


def summary(found: ForecastBacktest) -> dict[str, Any]:
    """The figures that are asked for first, by station and model."""
    told = {
        station.key: {
            "start": station.start,
            "end": station.end,
            "issues": station.issues,
            "baseline": station.baseline,
            "unit": station.about.target.unit,
            "alarms": len(station.alarms),
            "models": {
                one.model: {
                    "roles": one.roles,
                    "entry": one.entry.id,
                    "ranked": one.judged.report.ranked,
                    "own_share": one.own_share,
                    "scores": one.judged.scores,
                    "comparison": one.judged.comparison,
                    "days_won": one.judged.days_won,
                    "findings": one.judged.report.findings,
                    "fits": one.fits,
                    "cpu_s": one.cpu_s,
                }
                for one in station.models
            },
        }
        for station in found.stations
    }
    result: dict[str, Any] = plain({"task": found.task.name, "stations": told})
    return result


def curves_of(found: ForecastBacktest) -> Any:
    """What the pictures draw, by station and model."""
    return plain(
        {
            station.key: {
                one.model: {name: getattr(one.curves, name).tolist() for name in CURVES}
                for one in station.models
                if one.curves is not None
            }
            for station in found.stations
        }
    )


CURVES = ("by_lead", "skill_by_lead", "by_hour", "reliability", "pit")


def paragraph(found: ForecastBacktest, words: Words) -> str:
    """For each station, who is best, by how much over the baseline, how sure that is, and how well it covers."""
    told = [_told(station, words) for station in found.stations[:TOLD_MAX]]
    more = len(found.stations) - TOLD_MAX
    return joined([*told, words.say("forecast_more", count=more) if more > 0 else ""], words)


TOLD_MAX = 4


def _told(station: StationBacktest, words: Words) -> str:
    """One station in one sentence."""
    best = next((one for one in station.models if "skill_pinball" in one.judged.scores), None)
    name = of_station(station.key, station.about).of(words.lang)
    if best is None:
        return words.say("forecast_no_score", station=name)
    skill, covered = best.judged.scores["skill_pinball"], tables.coverage(best.judged.scores)
    if best.model == station.baseline:
        return words.say("forecast_baseline_best", station=name, model=best.title.of(words.lang))
    return words.say(
        "forecast_best" if skill.low > 0 else "forecast_best_unsure",
        station=name,
        model=best.title.of(words.lang),
        skill=words.figure(skill.value, "1"),
        low=words.figure(skill.low, "1"),
        high=words.figure(skill.high, "1"),
        covered=words.figure(covered.value, "1") if covered else "–",
        promised=words.figure(tables.promised(station) or 0.0, "1"),
    )


def tiles(found: ForecastBacktest, words: Words) -> list[Tile]:
    """The figures that a reader asks for first."""
    made = [
        Tile(name=words.term("forecast_stations"), figure=str(len(found.stations))),
        Tile(name=words.term("forecast_issues"), figure=f"{sum(station.issues for station in found.stations):,}"),
    ]
    for station in found.stations[:TOLD_MAX]:
        one = station.named(station.asked)
        skill = one.judged.scores.get("skill_pinball")
        if skill is not None:
            made.append(
                Tile(
                    name=f"{of_station(station.key, station.about).of(words.lang)} · {one.title.of(words.lang)}",
                    figure=words.figure(skill.value, "1"),
                    beside=words.say(
                        "forecast_skill_tile", low=words.figure(skill.low, "1"), high=words.figure(skill.high, "1")
                    ),
                )
            )
    return made


def alerts(found: ForecastBacktest, words: Words) -> list[Alert]:
    """Leaks that refuse a score, findings beside one, models that are no better than the baseline."""
    made = []
    for station in found.stations:
        name = of_station(station.key, station.about).of(words.lang)
        for one in station.models:
            told = {"station": name, "model": one.title.of(words.lang)}
            for finding in one.judged.report.findings:
                bad = finding.severity.value == "refuses"
                key = "forecast_alert_refused" if bad else "forecast_alert_leak"
                made.append(Alert(text=words.say(key, why=finding.text.of(words.lang), **told), bad=bad, first=bad))
            skill = one.judged.scores.get("skill_pinball")
            if "asked" in one.roles and "baseline" not in one.roles and skill is not None and skill.low <= 0:
                made.append(Alert(text=words.say("forecast_alert_no_skill", **told)))
    return list({alert.text: alert for alert in made}.values())


def pictures(found: ForecastBacktest) -> Payload:
    """Every picture of the report."""
    payload = Payload()
    shown = [station for station in found.stations if _drawn(station)][: charts.SHOWN_MAX]
    if not shown:
        return payload
    makers = {
        "skill_by_lead": (_by_lead, "forecast_lead"),
        "reliability": (_reliability, "forecast_level"),
        "pit": (_pit, "forecast_between"),
        "by_hour": (_by_hour, "forecast_hour"),
    }
    for key, (make, label) in makers.items():
        payload.charts[key] = charts.curves(
            [{**_named(station, payload), **make(station, found, payload)} for station in shown], payload, label
        )
    return payload


def _drawn(station: StationBacktest) -> list[ModelScore]:
    """Models that a picture shows: the best, as many as it bears."""
    return [one for one in station.models if one.curves is not None][:CURVES_MAX]


def _named(station: StationBacktest, payload: Payload) -> Spec:
    """A station as a choice."""
    return named(payload, f"station.{station.key}", of_station(station.key, station.about))


def _lines(station: StationBacktest, payload: Payload, curve: str) -> list[tuple[str, Any]]:
    """A curve of each model with its label."""
    return [(payload.label(f"model.{one.model}", one.title), getattr(one.curves, curve)) for one in _drawn(station)]


def _by_lead(station: StationBacktest, found: ForecastBacktest, payload: Payload) -> Spec:
    """Skill over the baseline by lead, in hours from the issue to the period's end."""
    task = found.task
    hours = (task.first_lead + np.arange(1, task.leads + 1)) * task.step_minutes / 60
    series = [
        {"label": label, "role": f"line{n % 8}", "values": short(100 * curve)}
        for n, (label, curve) in enumerate(_lines(station, payload, "skill_by_lead"))
        if label != f"model.{station.baseline}"
    ]
    zero = {"label": payload.word("forecast_baseline"), "role": "other", "style": "dash", "values": [0.0] * len(hours)}
    return {"x": short(hours), "x_number": True, "unit": "%", "series": [*series, zero]}


def _reliability(station: StationBacktest, found: ForecastBacktest, payload: Payload) -> Spec:
    """Share of outcomes below each quantile."""
    return charts.reliability_of(found.task.levels, _lines(station, payload, "reliability"), payload)


def _pit(station: StationBacktest, found: ForecastBacktest, payload: Payload) -> Spec:
    """Outcomes between neighbouring quantiles."""
    return charts.pit_of(found.task.levels, _lines(station, payload, "pit"), payload)


def _by_hour(station: StationBacktest, found: ForecastBacktest, payload: Payload) -> Spec:
    """Mean absolute error by hour of the day."""
    del found
    series = [
        {"label": label, "role": f"line{n % 8}", "values": short(curve)}
        for n, (label, curve) in enumerate(_lines(station, payload, "by_hour"))
    ]
    hours = [f"{hour:02d}:00" for hour in range(HOURS)]
    return {"x": hours, "unit": station.about.target.unit, "series": series}


def _article(found: ForecastBacktest, words: Words, payload: Payload, made: dict[str, Table]) -> dict[str, Any]:
    """Everything one language's article shows."""
    drawn = {"forecast_skill", "forecast_calibration", "forecast_hours"}
    notes = [*found.notes, *(note for station in found.stations for note in station.notes)]
    return {
        "words": words,
        "lang": words.lang,
        "title": words.say("forecast_title_backtest", name=found.project.name),
        "subtitle": words.say(
            "forecast_backtest_subtitle", task=words.term(f"forecast_{found.task.name}"), stations=len(found.stations)
        ),
        "sections": [name for name in SECTIONS if payload.charts or name not in drawn],
        "paragraph": paragraph(found, words),
        "tiles": tiles(found, words),
        "alerts": alerts(found, words),
        "tables": made,
        "stations": [
            (
                of_station(one.key, one.about).of(words.lang),
                made[f"forecast_scores_{one.key}"],
                made.get(f"forecast_daytime_{one.key}"),
            )
            for one in found.stations
        ],
        "notes": list(dict.fromkeys(note.of(words.lang) for note in notes)),
    }
