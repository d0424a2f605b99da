"""Which numbers does each picture draw? Language-free: labels are keys, colours are roles; the page draws."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from wattloom.domain.text import Text
from wattloom.edge.reports import energy, figures, tables
from wattloom.edge.reports.words import LANGUAGES, Cell, Named, Word, Words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from wattloom.plan.result import CostLine, Scan, SitePlan

Spec = dict[str, Any]

STEP, PALEST = 0.3, 0.75
"""How much more paper is mixed into each shade of a colour, and how much into the palest."""
MEMBERS_MAX = 8
"""Lines in one panel beyond which a picture says nothing."""


@dataclass(slots=True)
class Payload:
    """All pictures of a page and the labels they use, in both languages."""

    charts: dict[str, Spec] = field(default_factory=dict)
    labels: dict[str, dict[str, str]] = field(default_factory=lambda: {lang: {} for lang in LANGUAGES})

    def label(self, key: str, cell: Cell) -> str:
        """Remember how a key is said; the key."""
        for lang in LANGUAGES:
            self.labels[lang][key] = Words(lang).cell(cell)
        return key

    def word(self, key: str) -> str:
        """Remember a glossary word or sentence."""
        for lang in LANGUAGES:
            self.labels[lang][key] = Words(lang).word(key)
        return key


def of_plan(plan: SitePlan) -> Payload:
    """Every picture of a site plan's report."""
    payload = Payload()
    year = tables.year_of(plan)
    payload.charts["sizes"] = sizes(plan, payload)
    payload.charts["capital"] = capital(plan, payload)
    payload.charts["week"] = week(year, payload)
    payload.charts["heat"] = heat(year, payload)
    payload.charts["months"] = months(year, payload)
    payload.charts["costs"] = costs(plan, payload)
    payload.charts["modes"] = modes(plan, payload)
    payload.charts["cash"] = cash(plan.economics.cash, payload)
    payload.charts |= of_scans((*plan.scans, _drawn_of_years(plan.years)), payload)
    return payload


def _drawn_of_years(scan: Scan) -> Scan:
    """Of the table of years what a picture tells: cost and green share."""
    drawn = [i for i, key in enumerate(scan.columns) if i == 0 or key in YEARS_DRAWN]
    rows = tuple(tuple(row[i] for i in drawn) for row in scan.rows)
    return replace(scan, columns=tuple(scan.columns[i] for i in drawn), rows=rows)


YEARS_DRAWN = frozenset({"energy_cost_cny_per_mwh", "baseline_cost_cny_per_mwh", "green_share_hourly"})


def of_scans(scans: Sequence[Scan], payload: Payload) -> dict[str, Spec]:
    """The panels of every scan that can be drawn, by `scan key-panel number`."""
    return {f"{scan.key}-{i}": panel for scan in scans for i, panel in enumerate(panels(scan, payload))}


def sizes(plan: SitePlan, payload: Payload) -> Spec:
    """Sizes that are powers, one bar each."""
    names = energy.named_parts(plan.outcome.parts)
    bars = [
        (payload.label(f"{name}.{key}", names[name]), names[name].kind, float(size))
        for name, part in plan.outcome.parts.items()
        for key, size in part.sizes.items()
        if tables.unit_of(key) in {"MW", "MVA"} and float(size) > 0
    ]
    return _bars(bars, unit="MW, MVA")


def capital(plan: SitePlan, payload: Payload) -> Spec:
    """What each asset costs to buy."""
    names = energy.named_parts(plan.outcome.parts)
    spent: dict[str, float] = {}
    for line in plan.outcome.costs:
        spent[line.asset] = spent.get(line.asset, 0.0) + line.capital_cny
    bars = [
        (payload.label(f"{name}.capital", names[name]), names[name].kind, amount)
        for name, amount in spent.items()
        if amount and name in names
    ]
    return _bars(bars, unit="CNY")


def modes(plan: SitePlan, payload: Payload) -> Spec:
    """Yearly cost under each way of being billed."""
    ordered = sorted(plan.modes, key=lambda mode: mode.yearly_cost_cny)
    bars = [
        (payload.label(m.mode, Word(m.mode)), "chosen" if m.chosen else "other", m.yearly_cost_cny) for m in ordered
    ]
    return _bars(bars, unit="CNY")


def week(year: energy.Year, payload: Payload) -> Spec:
    """Some weeks of energy: what the bus gets above the axis, what leaves it below, the load as a line."""
    variants = []
    for key, part in energy.weeks(year).items():
        series = [_stream(stream, part, payload, stack="given", sign=1) for stream in year.given if stream.values.any()]
        series += [
            _stream(stream, part, payload, stack="taken", sign=-1) for stream in year.taken if stream.values.any()
        ]
        series.append(
            {"label": payload.word("load_mw"), "role": "load", "line": True, "values": _short(year.load[part])}
        )
        variants.append(
            {
                "label": payload.word(key),
                "x": [t.strftime("%m-%d %H:%M") for t in year.local[part]],
                "series": series,
            }
        )
    return {"kind": "stack", "unit": "MW", "variants": variants}


def heat(year: energy.Year, payload: Payload) -> Spec:
    """The year as hour × day: what part of the load is green, and what the grid gives."""
    start = year.local[0]
    rows = [
        ("green_share_hourly", "1", "green", energy.green_share(year), 1.0),
        ("import", "MW", "draw", year.imported, float(year.imported.max())),
        ("export", "MW", "inject", year.exported, float(year.exported.max())),
        ("curtailed_power", "MW", "other", year.curtailed, float(year.curtailed.max())),
    ]
    variants = [
        {
            "label": payload.word(key),
            "unit": unit,
            "ramp": ramp,
            "max": round(highest, 3),
            "rows": energy.by_hour_and_day(year, values),
        }
        for key, unit, ramp, values, highest in rows
        if highest > 0
    ]
    return {"kind": "heat", "start": start.strftime("%Y-%m-%d"), "variants": variants}


def months(year: energy.Year, payload: Payload) -> Spec:
    """Energy of each month by source, with the load as a line."""
    shown = energy.months_worth_showing(year)

    def amounts(values: NDArray[Any], sign: int = 1) -> list[float]:
        found = energy.by_month(year, values)
        return [round(sign * found[month], 1) for month in shown]

    series: list[Spec] = [
        {"label": _named(s, payload), "role": s.key, "stack": "all", "values": amounts(s.values)}
        for s in year.given
        if s.key != "discharge" and s.values.any()
    ]
    if year.exported.any():
        series.append(
            {"label": payload.word("export"), "role": "export", "stack": "all", "values": amounts(year.exported, -1)}
        )
    series.append({"label": payload.word("load_mwh"), "role": "load", "line": True, "values": amounts(year.load)})
    return {"kind": "columns", "unit": "MWh", "x": shown, "series": series}


def costs(plan: SitePlan, payload: Payload) -> Spec:
    """The yearly cost of the plan and of the same facility all on the grid, item on item."""
    names = {**energy.named_parts(plan.baseline.parts), **energy.named_parts(plan.outcome.parts)}
    keys = list(dict.fromkeys((line.asset, line.item) for line in (*plan.outcome.costs, *plan.baseline.costs)))
    shades: dict[str, int] = {}
    series: list[Spec] = []
    for asset, item in keys:
        role = names[asset].kind if asset in names else "other"
        role = {"grid": "import"}.get(role, role) if item != "export_income" else "export"
        shade = shades[role] = shades.get(role, -1) + 1
        values = [_yearly(outcome.costs, asset, item) for outcome in (plan.outcome, plan.baseline)]
        label = payload.label(f"{asset}.{item}", _item(names.get(asset), item))
        series.append({"label": label, "role": role, "shade": shade, "stack": "all", "values": values})
    for one in series:  # Shades of one colour are steps towards the paper; the palest keeps a quarter of it.
        one["shade"] = round(one["shade"] * min(STEP, PALEST / max(1, shades[one["role"]])), 3)
    heads = [payload.word("plan"), payload.word("baseline")]
    return {"kind": "rows", "unit": "CNY", "x": heads, "x_words": True, "series": series}


def cash(scan: Scan, payload: Payload) -> Spec:
    """Cash of the project year by year, and what has come together by then."""
    at = {name: i for i, name in enumerate(scan.columns)}
    if "project_cash_cny" not in at:
        return {"kind": "columns", "unit": "CNY", "x": [], "series": []}
    flow = [float(row[at["project_cash_cny"]] or 0.0) for row in scan.rows]
    held = [sum(flow[: i + 1]) for i in range(len(flow))]
    return {
        "kind": "columns",
        "unit": "CNY",
        "x": [str(row[0]) for row in scan.rows],
        "x_label": payload.word(scan.columns[0]),
        "series": [
            {"label": payload.word("project_cash_cny"), "role": "other", "values": flow},
            {"label": payload.word("cumulative_cny"), "role": "load", "line": True, "values": held},
        ],
    }


def panels(scan: Scan, payload: Payload) -> list[Spec]:
    """One picture for each unit among a scan's columns; lines over numbers, bars over names."""
    if len(scan.rows) < 2:  # noqa: PLR2004 - one point is no line
        return []
    across = all(isinstance(row[0], int | float) for row in scan.rows)
    by_unit: dict[str, list[int]] = {}
    for i, key in enumerate(scan.columns[1:], start=1):
        if tables.unit_of(key) == figures.OF_ROW:
            continue
        cells = [row[i] for row in scan.rows]
        if all(c is None or isinstance(c, int | float) for c in cells) and any(c is not None for c in cells):
            by_unit.setdefault(tables.unit_of(key), []).append(i)
    names = [
        row[0] if across else payload.label(f"{scan.key}:{row[0]}", tables.of_scan(scan).rows[n][0])
        for n, row in enumerate(scan.rows)
    ]
    x_unit = tables.unit_of(scan.columns[0])
    return [
        {
            "kind": "lines" if across else "columns",
            "unit": unit,
            "x": names,
            "x_words": not across,
            "x_label": payload.label(scan.columns[0], Word(scan.columns[0])),
            "x_unit": x_unit,
            "series": [
                {
                    "label": payload.label(scan.columns[i], Word(scan.columns[i])),
                    "role": f"line{n}",
                    "values": [row[i] for row in scan.rows],
                }
                for n, i in enumerate(places[:MEMBERS_MAX])
            ],
        }
        for unit, places in by_unit.items()
    ]


def _bars(bars: list[tuple[str, str, float]], *, unit: str) -> Spec:
    """One bar each, with its number beside it."""
    return {
        "kind": "rows",
        "unit": unit,
        "x": [label for label, _, _ in bars],
        "x_words": True,
        "single": True,
        "series": [{"label": "", "roles": [role for _, role, _ in bars], "values": [value for _, _, value in bars]}],
    }


def _stream(stream: energy.Stream, part: slice, payload: Payload, *, stack: str, sign: int) -> Spec:
    """One area of the week."""
    values = _short(sign * stream.values[part])
    return {"label": _named(stream, payload), "role": stream.key, "stack": stack, "values": values}


def _named(stream: energy.Stream, payload: Payload) -> str:
    """The label of a stream: its role, with the user's name where there are several."""
    column = tables.stream_column(stream)
    if not column.asset:
        return payload.label(f"stream.{column.key}", Word(column.key))
    en, zh = (f"{Words(lang).term(column.key)}: {column.asset}" for lang in LANGUAGES)
    return payload.label(f"stream.{column.asset}.{column.key}", Text(en, zh))


def _item(asset: Named | None, item: str) -> Cell:
    """A cost item as a word; its asset stands before it where the item alone would not say whose it is."""
    if asset is None or asset.alone:
        return Word(item)
    en, zh = (f"{asset.name}: {Words(lang).term(item)}" for lang in LANGUAGES)
    return Text(en, zh)


def _yearly(lines: tuple[CostLine, ...], asset: str, item: str) -> float:
    """Yearly cost of one item; 0 where the outcome has none."""
    return sum(line.yearly_cny for line in lines if (line.asset, line.item) == (asset, item))


def _short(values: NDArray[Any]) -> list[float]:
    """Numbers with no more digits than a picture shows."""
    return [round(float(value), 3) + 0.0 for value in values]
