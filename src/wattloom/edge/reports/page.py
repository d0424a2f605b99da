"""What does the reader hold in hands? One self-contained HTML page in both languages, drawn from a result value."""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import jinja2
from markupsafe import Markup, escape

from wattloom.domain.glossary import Term, glossary
from wattloom.edge.reports import answer, charts, figures, tables
from wattloom.edge.reports.behind import heat_tables, week_tables
from wattloom.edge.reports.table import Table
from wattloom.edge.reports.words import ABSENT, LANGUAGES, Lang, Word, Words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wattloom.plan.result import Scan, SitePlan

PACKAGE = "wattloom.edge.reports"
ORDER: dict[Lang, tuple[str, ...]] = {
    "en": (
        "answer",
        "design",
        "energy",
        "compliance",
        "tariff",
        "economics",
        "sensitivity",
        "project",
        "sources",
    ),
    # The order of an application for direct connection.
    "zh": (
        "answer",
        "project",
        "design",
        "energy",
        "tariff",
        "economics",
        "compliance",
        "sensitivity",
        "sources",
    ),
}
LONG = frozenset({"definition", "meaning", "source", "clause", "note"})
"""Columns of sentences, which need width."""
SHORT = frozenset({"in_force", "figure", "limit", "side"})
"""Columns of figures, which must not break."""
OWN = ("field usage", "this project", "wattloom", "project file")
"""Sources of the glossary that tell a reader of a report nothing."""
URL = re.compile(r"https?://[^\s;,)\]]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A cell as the page writes it."""

    html: Markup
    css: str
    head: str


def site_plan(plan: SitePlan, *, lang: Lang = "en") -> str:
    """The report of a site plan; `lang` is the language that it opens in, a switch shows the other."""
    payload = charts.of_plan(plan)
    articles = [_article(plan, Words(language), payload) for language in LANGUAGES]
    return rendered(articles, payload=payload, lang=lang)


def scan_page(
    title: dict[Lang, str], scans: Sequence[Scan], notes: dict[Lang, Sequence[str]], *, lang: Lang = "en"
) -> str:
    """A page of tables and lines for a comparison or a frontier."""
    payload = charts.Payload()
    payload.charts = charts.of_scans(scans, payload)
    articles = [
        {
            "words": Words(language),
            "lang": language,
            "title": title[language],
            "subtitle": "",
            "sections": ["scans"],
            "scans": scan_views(scans, payload),
            "notes": notes[language],
        }
        for language in LANGUAGES
    ]
    return rendered(articles, payload=payload, lang=lang)


def scan_views(scans: Sequence[Scan], payload: charts.Payload) -> list[dict[str, Any]]:
    """Each scan's key, pictures and table."""
    return [
        {
            "key": scan.key,
            "pictures": [name for name in payload.charts if re.fullmatch(re.escape(scan.key) + r"-\d+", name)],
            "table": tables.of_scan(scan),
        }
        for scan in scans
    ]


def _article(plan: SitePlan, words: Words, payload: charts.Payload) -> dict[str, Any]:
    """Everything one language's article shows."""
    asked = plan.project
    return {
        "words": words,
        "lang": words.lang,
        "plan": plan,
        "title": words.say("page_title", name=asked.name),
        "subtitle": words.say(
            "page_subtitle",
            place=asked.site.name or f"{asked.site.latitude_deg:.2f}°, {asked.site.longitude_deg:.2f}°",
            territory=words.term(asked.connection.territory),
            voltage=words.figure(asked.connection.voltage_kv, "kV"),
            year=asked.study.year,
        ),
        "sections": ORDER[words.lang],
        "paragraph": answer.paragraph(plan, words),
        "tiles": answer.tiles(plan, words),
        "alerts": answer.alerts(plan, words),
        "tables": _tables(plan),
        "scans": scan_views(plan.scans, payload),
        "years": scan_views((plan.years,), payload)[0],
        "basis": words.say(plan.project.money.price_basis.value),
        "weather": _weather(plan, words),
        "carbon": _carbon(plan, words),
        "classified": answer.classified(plan, words),
        "stated": [found.stated.of(words.lang) for found in plan.classifications.values()][:1],
        "ppa": _ppa(plan, words),
        "notes": _notes(plan, words),
        "claim": _claim(plan, words),
        "weeks": week_tables(tables.year_of(plan)),
        "heats": heat_tables(tables.year_of(plan)),
        "definitions": _definitions(plan, words),
    }


def _tables(plan: SitePlan) -> dict[str, Table]:
    """Every table of the report by its key."""
    made = (
        tables.project(plan),
        tables.finance(plan),
        tables.sizes(plan.outcome),
        tables.costs(plan),
        tables.measures(plan, tables.BALANCE, key="balance"),
        tables.measures(plan, tables.MEASURES_OF_SHARE, key="shares"),
        tables.measures(plan, tables.MEASURES_OF_SITE, key="site_measures"),
        tables.other_measures(plan),
        tables.months(plan),
        tables.compliance(plan),
        tables.modes(plan),
        tables.bindings(plan),
        tables.economics(plan),
        tables.of_scan(plan.economics.cash),
        tables.needed(plan),
        tables.classification(plan),
        tables.to_be_confirmed(plan),
        tables.facts(plan),
        tables.solver(plan),
        tables.provenance(plan),
    )
    return {table.key: table for table in made}


def _ppa(plan: SitePlan, words: Words) -> str:
    """The price range in which both sides gain, or that there is none."""
    lowest, highest = plan.economics.ppa_lowest_cny_per_mwh, plan.economics.ppa_highest_cny_per_mwh
    if lowest is None or highest is None:
        return ""
    key = "ppa_range_both" if lowest <= highest else "ppa_range_none"
    return words.say(key, lowest=words.figure(lowest, "CNY/MWh"), highest=words.figure(highest, "CNY/MWh"))


def _claim(plan: SitePlan, words: Words) -> tuple[str, str] | None:
    """A statement about cost that the plan tests, and whether it holds as planned; None where none is made."""
    claim, found = plan.project.claim, answer.cost_reduction(plan)
    if claim is None or found is None:
        return None
    source = words.say("claim_source", source=claim.source) if claim.source else ""
    heading = words.say("claim_heading", share=words.figure(claim.cost_reduction, "1"), source=source)
    key = "claim_holds" if found >= claim.cost_reduction else "claim_fails"
    return heading, words.say(key, found=words.figure(found, "1"))


def _notes(plan: SitePlan, words: Words) -> list[str]:
    """Notes of the plan, of the project and of its assets, each once."""
    return list(dict.fromkeys(note.of(words.lang) for note in plan.notes))


def _weather(plan: SitePlan, words: Words) -> str:
    """Whose weather it is, what sort of year, and whether it is of the site."""
    source = plan.weather_source.of(words.lang) or words.say("unknown")
    sort = words.term(plan.weather_kind) if plan.weather_kind else ""
    of_site = words.say("weather_of_site" if plan.weather_of_site else "weather_not_of_site")
    told = sort.lower() in source.lower()  # A source that names its sort is not made to say it twice.
    return " · ".join(filter(None, (source, "" if told else sort, of_site)))


def _carbon(plan: SitePlan, words: Words) -> list[str]:
    """By which factors the carbon was counted: value, document with its data year, method."""
    return [
        words.say(key, factor=words.figure(fact.value, fact.unit), document=fact.clause.document.of(words.lang))
        for key, name in CARBON_FACTORS.items()
        if (fact := plan.facts.get(name)) is not None and fact.value is not None
    ]


CARBON_FACTORS = {
    "carbon_by_location": "emission_factor_t_per_mwh",
    "carbon_by_market": "untracked_emission_factor_t_per_mwh",
}
"""The fact whose factor each count of carbon takes, as `plan.figures` does."""


def _definitions(plan: SitePlan, words: Words) -> list[tuple[str, str, str]]:
    """Words that the report uses and whose meaning needs saying: term, definition, source."""
    used = {*plan.outcome.measures, *tables.ECONOMICS, *(mode.mode for mode in plan.modes)}
    used |= {"energy_cost_cny_per_mwh", "baseline_cost_cny_per_mwh", "yearly_cost_cny", "price", "cost_reduction"}
    terms = [glossary()[key] for key in used if key in glossary() and words.definition(key)]
    rows = {(words.term(term.key), words.definition(term.key), _source(term, words)) for term in terms}
    return sorted(rows)


def _source(term: Term, words: Words) -> str:
    """The document of a term; empty where it is our own word."""
    if term.source.startswith(OWN):
        return ""
    return term.source_zh if words.lang == "zh" and term.source_zh else term.source


def rendered(articles: list[dict[str, Any]], *, payload: charts.Payload, lang: Lang) -> str:
    """The shell around both articles, with style, script and data inside."""
    data = {"charts": payload.charts, "labels": payload.labels, "units_zh": figures.UNITS_ZH}
    template = _environment().get_template("page.html.jinja")
    opened = next(article for article in articles if article["lang"] == lang)
    return template.render(
        articles=articles,
        lang=lang,
        title=opened["title"],
        css=Markup(asset("report.css")),  # noqa: S704 - our own file
        echarts=Markup(asset("echarts.min.js")),  # noqa: S704 - the vendored file, its checksum is tested
        script=Markup(asset("report.js")),  # noqa: S704 - our own file
        data=Markup(inline_json(data)),  # noqa: S704 - escaped for a script element by inline_json
        charts=payload.charts,
        version=version("wattloom"),
        echarts_version=vendored()["echarts.min.js"]["version"],
        cells=cells,
        Words=Words,
    )


def inline_json(data: object) -> str:
    """JSON that no script element can be ended by, whatever the names in it."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def cells(table: Table, words: Words) -> list[list[Shown]]:
    """The rows of a table as the page writes them."""
    heads = table.heads(words)
    rows = []
    for row, texts in zip(table.rows, table.shown(words), strict=True):
        shown = []
        for index, (cell, text) in enumerate(zip(row, texts, strict=True)):
            key = table.columns[index].key
            css = (
                "num"
                if table.numeric(index)
                else "long"
                if key in LONG
                else "nobreak"
                if key in SHORT
                else key
                if key == "confidence"
                else ""
            )
            html = escape(text)
            if key == "verdict" and isinstance(cell, Word):
                html = Markup('<span class="badge {}">{}</span>').format(cell.key, text)
            elif key in LONG:
                html = linked(text)
            shown.append(Shown(html=html, css=f"{css} absent".strip() if text == ABSENT else css, head=heads[index]))
        rows.append(shown)
    return rows


def linked(text: str) -> Markup:
    """Text with its web addresses as links that a reader may follow; the page itself follows none."""
    made, at = Markup(), 0
    for match in URL.finditer(text):
        host = re.sub(r"^https?://(www\.)?", "", match[0]).split("/")[0]
        made += escape(text[at : match.start()])
        made += Markup('<a href="{}" rel="noreferrer">{}</a>').format(match[0], host)
        at = match.end()
    return made + escape(text[at:])


@cache
def asset(name: str) -> str:
    """The text of a file that goes into every page."""
    return (files(PACKAGE) / "assets" / name).read_text(encoding="utf-8")


@cache
def vendored() -> dict[str, dict[str, str]]:
    """What in the assets was written by others, with version and checksum."""
    return tomllib.loads(asset("provenance.toml"))


@cache
def _environment() -> jinja2.Environment:
    """Templates of this folder, everything escaped that is not marked as safe."""
    return jinja2.Environment(
        loader=jinja2.PackageLoader(PACKAGE, "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
