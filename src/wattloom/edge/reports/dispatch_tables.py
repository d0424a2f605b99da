"""Which tables does a day's dispatch come to? Each is language-free; page, workbook and screen show the same."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from wattloom.domain.text import Text
from wattloom.edge.reports import dispatch_energy as energy
from wattloom.edge.reports import dispatch_reasons as reasons
from wattloom.edge.reports.dispatch_words import (
    arrowed,
    days,
    figure_in_both,
    in_both,
    of_class,
    of_sites,
    percent_in_both,
)
from wattloom.edge.reports.figures import WHOLE_CNY
from wattloom.edge.reports.table import Column, Table, columns
from wattloom.edge.reports.tables import solver_rows, unit_of
from wattloom.edge.reports.words import LANGUAGES, Amount, Cell, Said, Word, Words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from wattloom.dispatch.answer import DispatchDay, Saving
    from wattloom.dispatch.project import DispatchProject, JobClassEntry
    from wattloom.dispatch.question import DayPlan
    from wattloom.domain.jobs import Jobs

GANTT_ROWS_MAX = 60
"""Jobs that the picture of jobs shows."""
CAP_ROUNDING_MWH = 1e-6
"""Energy above a limit that is rounding."""
SECONDS_PER_HOUR = 3600.0
COSTS = ("energy", "demand_charge", "migration", "carbon", "deferral")


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """What a schedule comes to over all sites."""

    cost_cny: float
    import_mwh: float
    load_mwh: float
    carbon_t: float
    import_peak_mw: float
    """Of the sites' highest imports, their sum."""


def totals(plan: DayPlan) -> Totals:
    """Sums over sites and periods."""
    hours = plan.axis.step_hours
    return Totals(
        cost_cny=plan.cost_cny,
        import_mwh=sum(float(site.import_mw.sum()) for site in plan.sites) * hours,
        load_mwh=sum(float(site.draw_mw.sum()) for site in plan.sites) * hours,
        carbon_t=sum(site.carbon_t for site in plan.sites),
        import_peak_mw=sum(site.peak_import_mw for site in plan.sites),
    )


def key_figures(day: DispatchDay) -> Table:
    """The figures that a reader asks for first: at once, as planned, and the difference."""
    before, after = totals(day.at_once), totals(day.plan)
    rows: list[tuple[Cell, ...]] = []
    for key in ("cost_cny", "load_mwh", "import_mwh", "carbon_t", "import_peak_mw"):
        one, other = getattr(before, key), getattr(after, key)
        name = "sites_peak_mw" if key == "import_peak_mw" else key
        unit = WHOLE_CNY if key == "cost_cny" else unit_of(name)
        rows.append((Word(name), Amount(one, unit), Amount(other, unit), Amount(other - one, unit)))
    for key in ("deadline_misses", "cap_excess_mwh", "moved_mwh"):
        one, other = (float(getattr(plan, key)) for plan in (day.at_once, day.plan))
        unit = unit_of(key)
        rows.append((Word(key), Amount(one, unit), Amount(other, unit), Amount(other - one, unit)))
    return Table(key="key_figures", columns=columns("measure", "at_once", "plan", "change"), rows=tuple(rows))


def saving(found: Saving) -> Table:
    """The saving with its interval and what that rests on."""
    rows: tuple[tuple[Cell, ...], ...] = (
        (Word("saved_cny"), Amount(found.saved_cny, WHOLE_CNY)),
        (Word("saved_share"), Amount(found.share, "1")),
        (Word("saved_low_cny"), Amount(found.low_cny, WHOLE_CNY)),
        (Word("saved_high_cny"), Amount(found.high_cny, WHOLE_CNY)),
        (Word("saving_confidence"), percent_in_both(found.confidence)),
        (Word("saving_blocks"), Amount(float(found.blocks), "")),
        (Word("saving_of"), found.of),
    )
    return Table(key="saving", columns=columns("measure", "figure"), rows=rows)


def costs(before: Mapping[str, float], after: Mapping[str, float]) -> Table:
    """Costs by item, at once and as planned."""
    keys = [key for key in dict.fromkeys((*COSTS, *before, *after)) if before.get(key) or after.get(key)]
    rows: list[tuple[Cell, ...]] = [
        (Word(_item(key)), before.get(key, 0.0), after.get(key, 0.0), after.get(key, 0.0) - before.get(key, 0.0))
        for key in keys
    ]
    sums = [sum(costs_.values()) for costs_ in (before, after)]
    rows.append((Word("total"), sums[0], sums[1], sums[1] - sums[0]))
    return Table(
        key="costs",
        columns=(
            Column(key="item"),
            *(Column(key=key, unit=WHOLE_CNY) for key in ("at_once_cny", "plan_cny", "change_cny")),
        ),
        rows=tuple(rows),
        total_rows=1,
    )


def _item(key: str) -> str:
    """The glossary's key of a cost item: the items of dispatch have words of their own."""
    return f"dispatch_{key}" if key in COSTS else key


def sites(day: DispatchDay) -> Table:
    """What each site served, moved, paid and drew at most."""
    plan, once, jobs = day.plan, day.at_once, day.question.jobs
    hours = plan.axis.step_hours
    moved = energy.by_home_and_site(plan.segments, jobs, plan.axis).sum(axis=2) * hours
    labels = of_sites(day.project)
    rows: list[tuple[Cell, ...]] = []
    for i, (now, before, site) in enumerate(zip(plan.sites, once.sites, day.question.sites, strict=True)):
        price = site.import_price_cny_per_mwh
        rows.append(
            (
                labels[i],
                float(moved[:, i].sum()),
                float(moved[:, i].sum() - moved[i, i]),
                float(moved[i].sum() - moved[i, i]),
                energy.weighted(price, before.import_mw),
                energy.weighted(price, now.import_mw),
                before.peak_import_mw,
                now.peak_import_mw,
                float(now.discharged_mw.sum()) * hours,
                float(now.generated_mw.sum()) * hours,
            )
        )
    heads = (
        "computing_site", "flexible_it_mwh", "taken_mwh", "sent_mwh", "mean_price_at_once_cny_per_mwh",
        "mean_price_cny_per_mwh", "import_peak_at_once_mw", "import_peak_mw", "stores_gave_mwh", "generated_mwh",
    )  # fmt: skip
    return _without_zeros(
        Table(key="sites", columns=columns(*heads), rows=tuple(rows)), ("stores_gave_mwh", "generated_mwh")
    )


def _without_zeros(table: Table, keys: tuple[str, ...]) -> Table:
    """The table without those of the named columns that hold nothing."""
    kept = [
        i
        for i, column in enumerate(table.columns)
        if column.key not in keys or any(isinstance(row[i], float) and row[i] for row in table.rows)
    ]
    return Table(
        key=table.key,
        columns=tuple(table.columns[i] for i in kept),
        rows=tuple(tuple(row[i] for i in kept) for row in table.rows),
    )


def why(day: DispatchDay) -> Table:
    """A sentence or two on each site."""
    labels = of_sites(day.project)
    rows = tuple((labels[story.site], reasons.told(story, day)) for story in reasons.stories(day))
    return Table(key="why", columns=columns("computing_site", "meaning"), rows=rows)


def exchanged(day: DispatchDay) -> Table:
    """IT energy of each home (rows) at each site (columns)."""
    jobs, plan = day.question.jobs, day.plan
    moved = energy.by_home_and_site(plan.segments, jobs, plan.axis).sum(axis=2) * plan.axis.step_hours
    labels = of_sites(day.project)
    heads = (Column(key="home"), *(_named_column(label) for label in labels))
    rows = tuple((label, *(float(x) for x in row)) for label, row in zip(labels, moved, strict=True))
    return Table(key="exchanged", columns=heads, rows=rows)


def _named_column(label: Cell) -> Column:
    """A column that is a site, MWh below it."""
    if isinstance(label, Word):
        return Column(key=label.key, unit="MWh")
    return Column(key="computing_site", unit="MWh", name=f"{label} (MWh)")


def classes(day: DispatchDay) -> Table:
    """How the jobs of each class fare under the plan."""
    jobs = day.question.jobs
    now, before = energy.fared(day.plan.segments, jobs), energy.fared(day.at_once.segments, jobs)
    rows = [
        _class_row(of_class(one.name), jobs, jobs.class_index == index, now, before)
        for index, one in enumerate(jobs.classes)
        if (jobs.class_index == index).any()
    ]
    if len(rows) > 1:
        rows.append(_class_row(Word("total"), jobs, np.ones(len(jobs), dtype=np.bool_), now, before))
    heads = (
        "job_class", "jobs", "gpu_hours", "flexible_it_mwh", "waited_at_once_hours", "waited_hours_mean",
        "waited_hours_p95", "capped_share", "away_share", "deadline_misses",
    )  # fmt: skip
    return Table(key="classes", columns=columns(*heads), rows=tuple(rows), total_rows=int(len(rows) > 1))


def _class_row(
    name: Cell, jobs: Jobs, mine: NDArray[np.bool_], now: energy.Fared, before: energy.Fared
) -> tuple[Cell, ...]:
    """One class, or all."""
    waits = now.waited_hours[mine]
    known = waits[np.isfinite(waits)]
    return (
        name,
        int(mine.sum()),
        float((jobs.gpus * jobs.run_s)[mine].sum()) / SECONDS_PER_HOUR,
        float(now.mwh[mine].sum()),
        _mean(before.waited_hours[mine]),
        _mean(waits),
        float(np.percentile(known, 95)) if known.size else None,
        _over(now.capped_s[mine], now.run_s[mine]),
        _over(now.away_mwh[mine], now.mwh[mine]),
        int(now.late[mine].sum()),
    )


def _mean(values: NDArray[np.float64]) -> float | None:
    """Of the known values; None where there is none."""
    known = values[np.isfinite(values)]
    return float(known.mean()) if known.size else None


def _over(part: NDArray[np.float64], whole: NDArray[np.float64]) -> float | None:
    """A share of sums."""
    total = float(whole.sum())
    return float(part.sum()) / total if total else None


def jobs_drawn(day: DispatchDay) -> Table:
    """The jobs of the picture: where each came and ran, and when."""
    jobs, segments = day.question.jobs, day.plan.segments
    labels, zone = of_sites(day.project), day.project.zone

    def at(second: float) -> str:
        return (jobs.start + timedelta(seconds=second)).astimezone(zone).strftime("%m-%d %H:%M")

    rows: list[tuple[Cell, ...]] = []
    for job in (int(job) for found in energy.largest_jobs(jobs, segments, GANTT_ROWS_MAX) for job in found):
        bars = energy.bars_of(job, segments)
        rows.append(
            (
                str(jobs.id[job]),
                of_class(jobs.classes[jobs.class_index[job]].name),
                float(jobs.gpus[job]),
                labels[jobs.home[job]],
                arrowed([labels[site] for site in dict.fromkeys(bar.site for bar in bars)]),
                at(float(jobs.arrive_s[job])),
                at(bars[0].start_s),
                at(bars[-1].end_s),
                at(float(jobs.due_s[job])),
                min(bar.level for bar in bars),
            )
        )
    heads = ("job", "job_class", "gpus", "home", "ran_at", "arrives", "starts", "ends", "due", "lowest_level")
    return Table(key="jobs_drawn", columns=columns(*heads), rows=tuple(rows))


def by_hour(day: DispatchDay) -> dict[str, Table]:
    """For each site and hour of the day: load at once and as planned, price and carbon of grid energy."""
    axis, zone = day.plan.axis, day.project.zone
    hour = np.asarray(axis.local(zone).hour)
    tables = {}
    for now, before, site in zip(day.plan.sites, day.at_once.sites, day.question.sites, strict=True):
        rows = tuple(
            (
                f"{h:02d}:00",
                float(before.draw_mw[hour == h].mean()),
                float(now.draw_mw[hour == h].mean()),
                float(site.import_price_cny_per_mwh[hour == h].mean()),
                float(site.carbon_kg_per_mwh[hour == h].mean()),
            )
            for h in range(energy.HOURS_PER_DAY)
            if (hour == h).any()
        )
        heads = ("hour_of_day", "load_at_once_mw", "load_plan_mw", "import_price_cny_per_mwh", "carbon_kg_per_mwh")
        tables[now.name] = Table(key="by_hour", columns=columns(*heads), rows=rows)
    return tables


def solver(plan: DayPlan) -> Table:
    """How the plan was found, how far it may be off, and what was left of it after the split."""
    rows = [
        *solver_rows(plan.report),
        (Word("split_cpu_s"), Amount(plan.split_cpu_s, "s")),
        (Word("plan_cost_cny"), Amount(plan.plan_cost_cny, WHOLE_CNY)),
        (Word("split_cost_cny"), Amount(plan.cost_cny, WHOLE_CNY)),
    ]
    if plan.plan_cost_cny:
        rows.append((Word("split_over_plan"), Amount(plan.cost_cny / plan.plan_cost_cny, "1")))
    return Table(key="solver", columns=columns("check", "value"), rows=tuple(rows))


def provenance(found: Mapping[str, str]) -> Table:
    """Versions, checksums, times."""
    return Table(key="provenance", columns=columns("item", "value"), rows=tuple(found.items()))


def asked(project: DispatchProject, jobs: int) -> Table:
    """The window, the jobs and the prices that hold for all sites."""
    rows: list[tuple[Cell, ...]] = [
        (Said("project_name"), project.name),
        (Said("dispatch_window"), project.window.start),
        (Said("dispatch_days"), _days(project.window.days)),
        (Said("project_step"), Amount(float(project.window.step_minutes), "min")),
        (Said("dispatch_clocks"), str(project.zone)),
        (Word("jobs"), Amount(float(jobs), "")),
        (Said("dispatch_jobs_from"), project.jobs.file or Said("dispatch_jobs_drawn")),
        (Word("carbon_price_cny_per_t"), Amount(project.carbon_price_cny_per_t, "CNY/t")),
        (Word("migration_cost_cny_per_mwh"), Amount(project.links.migration_cost_cny_per_mwh, "CNY/MWh")),
    ]
    return Table(key="asked", columns=columns("item", "value"), rows=tuple(rows))


def _days(count: int) -> Text:
    """A length in both languages."""
    return Text(*(days(count, Words(lang)) for lang in LANGUAGES))


def sites_asked(
    project: DispatchProject,
    price: NDArray[np.float64],
    carbon: NDArray[np.float64],
    *,
    firm: NDArray[np.float64] | None,
) -> Table:
    """Each site's machines, and the prices and carbon of its grid energy; arrays of shape (site, period)."""
    labels = of_sites(project)
    rows: list[tuple[Cell, ...]] = []
    for i, entry in enumerate(project.sites.values()):
        mean = float(firm[i].mean()) if firm is not None else None
        row: tuple[Cell, ...] = (
            labels[i],
            Word(entry.territory) if entry.territory else None,
            entry.it_mw,
            mean,
            float(price[i].min()),
            float(price[i].mean()),
            float(price[i].max()),
            float(carbon[i].mean()),
        )
        rows.append(row)
    heads = (
        "computing_site", "territory", "it_mw", "firm_it_mw", "price_lowest_cny_per_mwh", "price_mean_cny_per_mwh",
        "price_highest_cny_per_mwh", "carbon_kg_per_mwh",
    )  # fmt: skip
    return Table(key="sites_asked", columns=columns(*heads), rows=tuple(rows))


def promises(project: DispatchProject) -> Table:
    """What was promised for the jobs of each class, and what may be done to them."""
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            of_class(name),
            Word(entry.kind.value),
            entry.window_hours,
            entry.interruptible,
            entry.least_power,
            entry.service_floor,
            _nearness(entry),
            entry.loss_cost_cny_per_gpu_hour,
        )
        for name, entry in project.classes.items()
    )
    heads = (
        "job_class", "kind", "window_hours", "interruptible", "least_power", "service_floor", "may_run_at",
        "loss_cost_cny_per_gpu_hour",
    )  # fmt: skip
    return Table(key="promises", columns=columns(*heads), rows=rows)


def _nearness(entry: JobClassEntry) -> Cell:
    """Where a job may run."""
    if entry.latency_ms_max is None:
        return Said("anywhere")
    if entry.latency_ms_max == 0:
        return Said("at_home_only")
    return in_both("within_ms", latency=figure_in_both(entry.latency_ms_max, "ms"))
