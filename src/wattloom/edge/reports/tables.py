"""Which tables does a site plan come to? Each is language-free; page, workbook and screen show the same."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from wattloom.domain.glossary import OF_DOCUMENT, glossary
from wattloom.domain.text import Text
from wattloom.edge.reports import energy
from wattloom.edge.reports.figures import OF_ROW
from wattloom.edge.reports.table import Column, Table, columns
from wattloom.edge.reports.words import LANGUAGES, Amount, Cell, Named, Said, Word, Words, said_of
from wattloom.rules.vocabulary import BY_NAME

if TYPE_CHECKING:
    from wattloom.domain.verdicts import Verdict
    from wattloom.plan.result import Binding, Outcome, Scan, SitePlan
    from wattloom.rules.contract import Fact
    from wattloom.solve.lp import SolveReport

MEASURES_OF_SHARE = (
    "green_share_hourly",
    "green_share_annual",
    "green_share_with_certificates",
    "carbon_free_share_hourly",
    "self_use_of_generation",
    "self_use_of_load",
    "export_of_generation",
    "curtailment_of_generation",
)
MEASURES_OF_SITE = (
    "pue",
    "ref",
    "erf",
    "cue_kg_per_kwh",
    "carbon_location_t",
    "carbon_market_t",
    "import_peak_mw",
    "islanded_hours",
)
BALANCE = (
    "load_mean_mw",
    "load_mwh",
    "it_mwh",
    "available_mwh",
    "delivered_mwh",
    "import_mwh",
    "export_mwh",
    "storage_loss_mwh",
    "contracted_mwh",
    "certificates_mwh",
)
ECONOMICS = (
    "capital_cny",
    "npv_cny",
    "irr",
    "equity_npv_cny",
    "equity_irr",
    "payback_years",
    "lcoe_cny_per_kwh",
    "lcoc_cny_per_kwh_it",
    "lcoc_cny_per_gpu_hour",
    "ppa_lowest_cny_per_mwh",
    "ppa_highest_cny_per_mwh",
)


def sizes(outcome: Outcome, *, key: str = "sizes") -> Table:
    """What is built: one row a size."""
    names = energy.named_parts(outcome.parts)
    rows = [
        (names[name], Word(size_key), Amount(float(size), unit_of(size_key)))
        for name, part in outcome.parts.items()
        for size_key, size in part.sizes.items()
    ]
    return Table(key=key, columns=columns("asset", "item", "size"), rows=tuple(rows))


def key_figures(plan: SitePlan) -> Table:
    """The figures that a reader asks for first."""
    measures_, economics_ = plan.outcome.measures, plan.economics
    cost, baseline = plan.outcome.energy_cost_cny_per_mwh, plan.baseline.energy_cost_cny_per_mwh
    figures: dict[str, float | None] = {
        "load_mean_mw": measures_.get("load_mean_mw"),
        "energy_cost_cny_per_mwh": cost,
        "baseline_cost_cny_per_mwh": baseline,
        "cost_reduction": 1.0 - cost / baseline if cost is not None and baseline else None,
        "green_share_hourly": measures_.get("green_share_hourly"),
        "green_share_annual": measures_.get("green_share_annual"),
        "self_use_of_generation": measures_.get("self_use_of_generation"),
        "self_use_of_load": measures_.get("self_use_of_load"),
        "capital_cny": economics_.capital_cny,
        "npv_cny": economics_.npv_cny,
        "irr": economics_.irr,
        "carbon_location_t": measures_.get("carbon_location_t"),
    }
    rows = tuple((Word(key), Amount(value, unit_of(key))) for key, value in figures.items())
    return Table(key="key_figures", columns=columns("measure", "figure"), rows=rows)


def costs(plan: SitePlan) -> Table:
    """Capital and yearly cost by item, beside the same item all on the grid."""
    names = {**energy.named_parts(plan.baseline.parts), **energy.named_parts(plan.outcome.parts)}
    lines = {(line.asset, line.item): line for line in plan.outcome.costs}
    grid = {(line.asset, line.item): line for line in plan.baseline.costs}
    rows: list[tuple[Cell, ...]] = []
    for asset, item in dict.fromkeys((*lines, *grid)):
        ours, theirs = lines.get((asset, item)), grid.get((asset, item))
        rows.append(
            (
                names.get(asset, Named(asset, asset)),
                Word(item),
                ours.capital_cny if ours and ours.capital_cny else None,
                ours.yearly_cny if ours else None,
                theirs.yearly_cny if theirs else None,
            )
        )
    rows.append(
        (
            Word("total"),
            "",
            sum(line.capital_cny for line in lines.values()),
            sum(line.yearly_cny for line in lines.values()),
            sum(line.yearly_cny for line in grid.values()),
        )
    )
    return Table(
        key="costs",
        columns=(
            *columns("asset", "item", "capital_cny"),
            Column(key="plan_cny"),
            Column(key="baseline_cny"),
        ),
        rows=tuple(rows),
        total_rows=1,
        footnotes=(NONE + _said("absent_item"),),
    )


def measures(plan: SitePlan, keys: tuple[str, ...], *, key: str) -> Table:
    """Figures of the plan beside the baseline's, each with its definition."""
    ours, theirs = plan.outcome.measures, plan.baseline.measures
    rows = [
        (Word(name), Amount(ours[name], unit_of(name)), Amount(theirs.get(name), unit_of(name)), defined(name))
        for name in keys
        if name in ours
    ]
    absent = [name for name in keys if name in ours and (ours[name] is None or theirs.get(name) is None)]
    return Table(
        key=key,
        columns=columns("measure", "plan", "baseline", "definition"),
        rows=tuple(rows),
        footnotes=_why_absent(absent),
    )


def other_measures(plan: SitePlan) -> Table:
    """Figures that no other table lists, so that nothing is hidden."""
    listed = {*MEASURES_OF_SHARE, *MEASURES_OF_SITE, *BALANCE}
    return measures(plan, tuple(name for name in plan.outcome.measures if name not in listed), key="other_measures")


def months(plan: SitePlan) -> Table:
    """Energy of each month by source and direction, and the hourly green share."""
    year = year_of(plan)
    shown = energy.months_worth_showing(year)
    streams = [(stream_column(s), energy.by_month(year, s.values)) for s in (*year.given, *year.taken)]
    load, not_green = energy.by_month(year, year.load), energy.by_month(year, year.not_green)
    curtailed = energy.by_month(year, year.curtailed)
    rows: list[tuple[Cell, ...]] = [
        (
            month,
            load[month],
            *(amounts[month] for _, amounts in streams),
            curtailed[month],
            max(0.0, 1.0 - not_green[month] / load[month]) if load[month] else None,
        )
        for month in shown
    ]
    all_load = sum(load.values())
    rows.append(
        (
            Word("total"),
            all_load,
            *(sum(amounts.values()) for _, amounts in streams),
            sum(curtailed.values()),
            plan.outcome.measures.get("green_share_hourly"),
        )
    )
    heads = (
        Column(key="month"),
        Column(key="load_mwh"),
        *(column for column, _ in streams),
        Column(key="curtailed_mwh"),
        Column(key="green_share_hourly"),
    )
    return Table(key="months", columns=heads, rows=tuple(rows), total_rows=1)


def compliance(plan: SitePlan) -> Table:
    """What each rule says: verdict, figure, limit, where it is written, since when, how sure."""
    rows = [
        (
            Word(v.rule),
            Word(v.status.value),
            Amount(v.figure, unit_of(v.rule) or "1"),
            _limit(v),
            Text.joined((v.clause.document, v.clause.article), Text(", ", "，")),
            v.clause.in_force,
            Word(v.clause.confidence.value),
            v.note,
        )
        for v in plan.outcome.verdicts
    ]
    keys = ("rule", "verdict", "figure", "limit", "clause", "in_force", "confidence", "note")
    footnotes = (NONE + _said("absent_figure"),) if any(v.figure is None for v in plan.outcome.verdicts) else ()
    return Table(key="compliance", columns=columns(*keys), rows=tuple(rows), footnotes=footnotes)


def modes(plan: SitePlan) -> Table:
    """Every admissible way of being billed, solved."""
    cheapest = min((mode.yearly_cost_cny for mode in plan.modes), default=0.0)
    rows = [
        (Word(m.mode), m.yearly_cost_cny, m.yearly_cost_cny - cheapest, m.chosen)
        for m in sorted(plan.modes, key=lambda m: m.yearly_cost_cny)
    ]
    return Table(key="modes", columns=columns("mode", "yearly_cost_cny", "difference_cny", "chosen"), rows=tuple(rows))


def bindings(plan: SitePlan) -> Table:
    """What stands at its limit, and what that costs."""
    rows = [(_requirement(plan, b), b.sentence) for b in plan.outcome.bindings]
    return Table(key="bindings", columns=columns("requirement", "meaning"), rows=tuple(rows))


def economics(plan: SitePlan) -> Table:
    """What the owner of the whole gains."""
    rows: list[tuple[Cell, ...]] = [
        (Word(name), Amount(getattr(plan.economics, name), unit_of(name)), defined(name)) for name in ECONOMICS
    ]
    absent = [name for name in ECONOMICS if getattr(plan.economics, name) is None]
    return Table(
        key="economics",
        columns=columns("measure", "figure", "definition"),
        rows=tuple(rows),
        footnotes=_why_absent(absent),
    )


def finance(plan: SitePlan) -> Table:
    """How the project is paid for."""
    keys = ("discount_rate", "life_years", "debt_share", "debt_rate", "debt_years", "income_tax", "tax_holiday")
    rows: list[tuple[Cell, ...]] = []
    for key in keys:
        value = getattr(plan.project.finance, key)
        rows.append((Word(key), value if isinstance(value, bool) else Amount(value, unit_of(key))))
    return Table(key="finance", columns=columns("assumption", "value"), rows=tuple(rows))


def needed(plan: SitePlan) -> Table:
    """What each assumption would have to be."""
    rows: list[tuple[Cell, ...]] = [
        (Word(key), Amount(value, unit_of(key)) if value is not None else Said("nothing_does_it"))
        for key, value in plan.break_even.items()
    ]
    return Table(key="needed", columns=columns("assumption", "needed_value"), rows=tuple(rows))


def of_scan(scan: Scan) -> Table:
    """A scan as it is; where names stand beside keys, the keys are shown as a project file writes them."""
    if "name_en" in scan.columns:
        return Table(key=scan.key, columns=columns(*scan.columns), rows=scan.rows)
    units = [unit_of(key) for key in scan.columns]
    rows = tuple(
        tuple(_scan_cell(scan, cell, unit, about=row[0]) for cell, unit in zip(row, units, strict=True))
        for row in scan.rows
    )
    lacking = any(cell is None for row in scan.rows for cell in row)
    why = WHY_NO_ROW.get(scan.key) if lacking else None
    return Table(key=scan.key, columns=columns(*scan.columns), rows=rows, footnotes=(NONE + _said(why),) if why else ())


def facts(plan: SitePlan) -> Table:
    """Facts used, those to be confirmed first."""
    ordered = sorted(plan.facts.items(), key=lambda pair: (not pair[1].to_be_confirmed, pair[0]))
    return Table(key="facts", columns=columns("fact", "value", "source", "confidence"), rows=_fact_rows(ordered))


def to_be_confirmed(plan: SitePlan) -> Table:
    """What the reader must check before relying on the plan."""
    doubtful = [(name, fact) for name, fact in plan.facts.items() if fact.to_be_confirmed]
    return Table(
        key="to_be_confirmed", columns=columns("fact", "value", "source", "confidence"), rows=_fact_rows(doubtful)
    )


def solver(plan: SitePlan) -> Table:
    """How the answer was found and how far it may be off."""
    return Table(key="solver", columns=columns("check", "value"), rows=tuple(solver_rows(plan.outcome.report)))


def solver_rows(report: SolveReport) -> list[tuple[Cell, ...]]:
    """A row for each thing that a solver tells of its work."""
    rows: list[tuple[Cell, ...]] = [(Word("method"), _method(report.method))]
    rows += [
        (Word(name), Amount(getattr(report, name), unit_of(name)))
        for name in ("cpu_s", "wall_s", "gap", "max_violation", "rows", "columns")
    ]
    return rows


METHODS = (
    ("simplex in a box", Text("simplex in a box", "限域单纯形法")),
    ("simplex", Text("simplex", "单纯形法")),
    ("hipo", Text("interior point (HiPO)", "内点法（HiPO）")),
    ("ipx", Text("interior point (IPX)", "内点法（IPX）")),
    (", warm", Text(", from the last solution", "，由上次解热启动")),
    ("links held", Text("links held", "固定联络量")),
    ("each site: ", Text("each site: ", "逐站：")),
)
"""Steps of the solver by how its report names them, longer ones first."""


def _method(said: str) -> Text:
    """The solver's road in words; what is no step of ours stays as it is."""
    en, zh = said, said
    for key, word in METHODS:
        en, zh = en.replace(key, word.en), zh.replace(key, word.zh)
    return Text(en, zh)


def provenance(plan: SitePlan) -> Table:
    """Versions, checksums, times."""
    return Table(
        key="provenance", columns=columns("item", "value"), rows=tuple((k, v) for k, v in plan.provenance.items())
    )


def project(plan: SitePlan) -> Table:
    """What was asked: place, connection, load, goals."""
    asked = plan.project
    place, connection = asked.site, asked.connection
    where = f"{place.latitude_deg:.2f}°, {place.longitude_deg:.2f}°, {place.altitude_m:.0f} m"
    rows: list[tuple[Cell, ...]] = [
        (Said("project_name"), asked.name),
        (Said("project_place"), f"{place.name} ({where})" if place.name else where),
        (Said("project_time_zone"), place.time_zone),
        (Word("territory"), Word(connection.territory)),
        (Said("project_voltage"), Amount(connection.voltage_kv, "kV")),
        (Said("project_connection"), Word(connection.type)),
        (Said("project_users"), Word(connection.users)),
        (Said("project_year"), str(asked.study.year)),
        (Said("project_step"), Amount(float(asked.study.step_minutes), "min")),
        (Said("project_price_basis"), Said(asked.money.price_basis.value)),
    ]
    for goal in GOALS:
        limit = getattr(asked.goals, goal)
        if limit is not None:
            rows.append((Word(goal), Amount(limit, "1")))
    return Table(key="project", columns=columns("item", "value"), rows=tuple(rows))


GOALS = (
    "green_share_hourly_min",
    "green_share_annual_min",
    "green_share_with_certificates_min",
    "carbon_free_share_hourly_min",
    "import_share_max",
)


OPERATING_YEAR = re.compile(r"operating[ _]year (\d+)")
"""How the table of years names a year of operation."""


def year_of(plan: SitePlan) -> energy.Year:
    """The plan's year as arrays."""
    place = plan.project.site
    return energy.year_of(plan.outcome, time_zone=place.time_zone, latitude_deg=place.latitude_deg)


def unit_of(key: str) -> str:
    """The unit of a figure, from the glossary or the end of its name."""
    term = glossary().get(key)
    if term is not None:
        return term.unit
    if key in BY_NAME:
        return BY_NAME[key].unit
    if match := OF_DOCUMENT.fullmatch(key):
        return unit_of(match[2])
    if match := re.search(r"_cny_per_(\w+)$", key):
        return f"CNY/{UNITS.get(match[1], match[1])}"
    return UNITS.get(key.rsplit("_", 1)[-1], "")


UNITS = {
    "mw": "MW",
    "mwh": "MWh",
    "mva": "MVA",
    "kv": "kV",
    "km": "km",
    "cny": "CNY",
    "kwh": "kWh",
    "kw": "kW",
    "years": "year",
    "hours": "h",
    "t": "t",
    "share": "1",
}
"""Units by how they end a name."""


def defined(key: str) -> Text | str:
    """The definition of a measure in both languages; empty where the word says it."""
    term = glossary().get(key)
    return Text(term.definition_en, term.definition_zh) if term and term.definition_en else ""


def stream_column(stream: energy.Stream) -> Column:
    """A stream's column: its role, with the user's name where several assets share the role."""
    if stream.asset is None or stream.asset.alone:
        return Column(key=stream.key, unit="MWh")
    return Column(key=stream.key, unit="MWh", asset=stream.asset.name)


WHY_ABSENT = {
    "self_use_of_generation": "absent_no_generation",
    "export_of_generation": "absent_no_generation",
    "curtailment_of_generation": "absent_no_generation",
    "irr": "absent_irr",
    "equity_irr": "absent_irr",
    "payback_years": "absent_payback",
    "lcoe_cny_per_kwh": "absent_no_source",
    "lcoc_cny_per_gpu_hour": "absent_gpus",
    "ppa_lowest_cny_per_mwh": "absent_no_source",
    "ppa_highest_cny_per_mwh": "absent_no_source",
    "carbon_location_t": "absent_factor",
    "carbon_market_t": "absent_factor",
    "cue_kg_per_kwh": "absent_factor",
}
"""The sentence that says why a figure is not there."""
WHY_NO_ROW = {
    "years": "absent_year",
    "load_sweep": "absent_load",
    "frontier": "absent_share",
    "break_even": "absent_break_even",
    "compare": "absent_territory",
    "rules": "absent_value",
}
"""The same for rows of a scan."""
NONE = Text("— ", "— ")


def _why_absent(keys: list[str]) -> tuple[Text, ...]:
    """One footnote a reason, with the figures that lack for it."""
    by_reason: dict[str, list[str]] = {}
    for key in keys:
        if key in WHY_ABSENT:
            by_reason.setdefault(WHY_ABSENT[key], []).append(key)
    return tuple(
        NONE
        + Text("; ".join(Words("en").term(key) for key in named), "、".join(Words("zh").term(key) for key in named))
        + Text(": ", "：")
        + _said(reason)
        for reason, named in by_reason.items()
    )


def _said(key: str) -> Text:
    """A sentence in both languages."""
    return Text(Words("en").say(key), Words("zh").say(key))


def classification(plan: SitePlan) -> Table:
    """How flexible each facility is: a row for every contribution, then the score."""
    rows: list[tuple[Cell, ...]] = []
    for found in plan.classifications.values():
        rows += [(Word(part.ability), round(part.points, 1), part.sentence) for part in found.contributions]
    return Table(key="classification", columns=columns("ability", "points", "meaning"), rows=tuple(rows))


def _limit(verdict: Verdict) -> Cell:
    """A limit with its sense."""
    if verdict.limit is None:
        return None
    sign = {">=": "≥", "<=": "≤"}.get(verdict.sense, verdict.sense)
    unit = unit_of(verdict.rule) or "1"
    return Text(*(f"{sign}\u00a0{Words(lang).figure(verdict.limit, unit)}" for lang in LANGUAGES))


def _requirement(plan: SitePlan, binding: Binding) -> Cell:
    """The word of a rule or goal; asset and size for a limit of a size."""
    asset, _, size = binding.requirement.partition(".")
    if size and asset in plan.outcome.parts:
        named = energy.named_parts(plan.outcome.parts)[asset]
        en, zh = Words("en"), Words("zh")
        return Text(f"{en.named(named)}: {en.term(size)}", f"{zh.named(named)}：{zh.term(size)}")
    return Word(binding.requirement)


def _scan_cell(scan: Scan, cell: float | str | None, unit: str, *, about: float | str | None) -> Cell:
    """Text in a scan is a word where one is known; a number takes its row's unit where its column says so."""
    if isinstance(cell, str):
        if match := OPERATING_YEAR.fullmatch(cell):
            en, zh = (Words(lang).say("operating_year_n", year=match[1]) for lang in LANGUAGES)
            return Text(en, zh)
        return scan.said.get(cell) or (Word(cell) if said_of(cell) else cell)
    if unit == OF_ROW and cell is not None:
        return Amount(float(cell), unit_of(str(about)))
    return cell


def _fact_rows(pairs: list[tuple[str, Fact]]) -> tuple[tuple[Cell, ...], ...]:
    """Name, value with unit, document and source, confidence."""
    rows: list[tuple[Cell, ...]] = []
    for name, fact in pairs:
        value: Cell = fact.value
        if isinstance(fact.value, int | float) and not isinstance(fact.value, bool):
            value = Amount(float(fact.value), fact.unit)
        clause = fact.clause
        origin = Text.joined((clause.document, clause.article, clause.source, fact.note), Text.same(" · "))
        rows.append((Word(name), value, origin, Word(clause.confidence.value)))
    return tuple(rows)
