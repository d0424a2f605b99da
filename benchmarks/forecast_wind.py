"""Is wind foretold better than by saying that it stays, for four hours and the next day, without a weather forecast?

    python benchmarks/forecast_wind.py        WATTLOOM_DATA names the folder that holds energy/cn-jilin-wind-2012

Seven farms around Baicheng (forecast_data_wind.py says what was put aside, and that capacity is assumed). No weather
forecast is in the data: every model knows the farms' own past alone, so that the next day can hardly be better than
what is usual.

Test: the last third of 2012, 1 September to 31 December. Models are fitted on what was known by 1 July, 1 September and
2 November; July and August start the weights of the mixture and its calibration, which go on learning from outcomes as
they become known. All settings stand at values chosen on July and August (models fitted on the months before): traits
and ridge are chosen inside each fit, on the last quarter of what it may learn from; members of the mixture and blocks
of leads by loss and skill in those months, where gradient boosting (models/boosted.py), tried at mali only, brought
nothing more. The test was run once with them; the record's own page tells persistence errors of the whole year.

- ultra short: issued every 15 minutes for the next 16 quarter-hours. Grid-code form: 1 − RMSE ÷ capacity (rmse_v1)
  over each day's forecasts, averaged over days; for all 16 points, as North China 2019 judges them, and for the one at
  four hours alone, which is harder. Whole-period figures, without the help of calm days, stand beside.
- day ahead: issued at 09:00 for the 96 quarter-hours of the next day; one figure a day, averaged.
- the line that is judged is the mean of the quantiles: a root of squares asks for the mean, not for the median.
- persistence: the newest value known; climatology: the quarter-hour's mean in what was known by 1 September. Both get
  the quantiles of what they missed by then.
- allowed: persistence or climatology alone reaches the target; needed: the skill in RMSE over persistence that would
  reach it. Intervals: 95 %, blocks of seven days drawn anew.
- where nothing is on record of the day before (a meter hung at dagang, 17 to 20 November) climatology stands in.
- left out: the model fitted on the six other farms with what was known by 1 September, the farm itself unseen in the
  fit even as a neighbour; at four hours mixed half and half with persistence and what that missed at the other farms;
  nothing is learnt from its own outcomes, so that it is not calibrated either.
- scenarios: the next day at all seven farms, each hour's first quarter; energy and variogram scores by scoringrules,
  in shares of capacity, against the same quantiles drawn independently.

The last line is one JSON object.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import scoringrules

from forecast_data_wind import FARMS, SHANGHAI, Record, farms, without
from wattloom.domain.forecasts import TargetKind
from wattloom.forecast.backtest import Answers
from wattloom.forecast.compare import (
    Interval,
    block_interval,
    block_mean_interval,
    by_day,
    coverage_interval,
    root_skill,
)
from wattloom.forecast.doubt.calibration import by_lead, calibrated
from wattloom.forecast.doubt.scenarios import copula_of, scenarios
from wattloom.forecast.doubt.stacking import stacked
from wattloom.forecast.feed import Feed
from wattloom.forecast.learning.wind_traits import tellable
from wattloom.forecast.metrics import pinball_by_point
from wattloom.forecast.models.power_curve import MODEL, FittedPowerCurve
from wattloom.forecast.sight import Sight, Training, known_of, outcomes_of
from wattloom.forecast.task import Task
from wattloom.rules.grid_codes import Powers, Term, accuracy, requirements_in_force

if TYPE_CHECKING:
    from numpy.typing import NDArray

START, CUT, END = (datetime(*day, tzinfo=SHANGHAI) for day in ((2012, 7, 1), (2012, 9, 1), (2013, 1, 1)))
REFIT_DAYS = 62.0
HOUR_STEPS = 4
ULTRA_SHORT = Task.intraday(step_minutes=15, leads=16)
DAY_AHEAD = Task.day_ahead(step_minutes=15, issue_minute=9 * 60)
TARGETS = {ULTRA_SHORT.name: 0.90, DAY_AHEAD.name: 0.85}
"""North China 2019 in its plain form; issue 5 of the project asks for them where persistence allows it."""
POOL_EVERY_MINUTES = 60
"""Seven farms together are learnt from once an hour: neighbouring quarter-hours say the same."""
BLOCKS = 4
"""Groups of leads with weights and offsets of their own."""
SCENARIOS = 100
HOURS_SHOWN = (1, 2, 3, 4)
Fits = list[tuple[int, FittedPowerCurve]]
"""Fits in order, each with the second from which it speaks."""


@dataclass(frozen=True, slots=True)
class Farm:
    """All that was foretold of one farm from 1 September on."""

    feed: Feed
    ours: Answers
    persistence: Answers
    climatology: Answers
    left_out: Answers

    def by_name(self) -> dict[str, Answers]:
        """Every way of forecasting it."""
        return {
            "wattloom": self.ours,
            "left out": self.left_out,
            "persistence": self.persistence,
            "climatology": self.climatology,
        }


def main() -> None:
    """Run both horizons and the scenarios; print tables and the line of JSON."""
    began = time.process_time()
    record = farms(CUT)
    print_record(record)
    found: dict[str, Any] = {}
    for task in (ULTRA_SHORT, DAY_AHEAD):
        together = fits(list(record.feeds.values()), task, POOL_EVERY_MINUTES if task is ULTRA_SHORT else None)
        mixtures = {farm: mixture(record.feeds[farm], task, together) for farm in FARMS}
        judged = {farm: judged_farm(record, farm, mixtures[farm]) for farm in FARMS}
        found[task.name] = report(task, judged)
        if task is DAY_AHEAD:
            found["scenarios"] = report_scenarios(record, mixtures)
    found["cpu_s"] = round(time.process_time() - began, 1)
    print(f"\n{found['cpu_s']} CPU s in all")
    print(json.dumps(found))


def fits(feeds: Sequence[Feed], task: Task, every_minutes: int | None) -> Fits:
    """The model fitted on these farms, and from when each fit speaks."""
    moments = range(int(START.timestamp()), int(END.timestamp()), int(REFIT_DAYS * 86_400))
    return [(moment, MODEL.fit(trainings(feeds, task, moment, every_minutes))) for moment in moments]


def trainings(feeds: Sequence[Feed], task: Task, moment: int, every_minutes: int | None) -> list[Training]:
    """What was known of these farms at an instant."""
    known_by = datetime.fromtimestamp(moment, UTC)
    return [Training.until(feed, task, known_by, every_minutes=every_minutes) for feed in feeds]


def said_by(speaking: Fits, sight: Sight, otherwise: NDArray[np.float64]) -> NDArray[np.float64]:
    """What the fit of the time says, and `otherwise` where nothing is on record of the day before."""
    said, told = otherwise.copy(), tellable(sight)
    chosen = np.searchsorted([moment for moment, _ in speaking], sight.origins_s, side="right") - 1
    for place, (_, fitted) in enumerate(speaking):
        rows = told & (chosen == place)
        if rows.any():
            said[rows] = fitted.predict(sight.only(rows))
    return said


def mixture(feed: Feed, task: Task, together: Fits) -> Answers:
    """Four hours: the farm's model, that of all farms and persistence; next day: that of all farms and climatology.

    Mixed and calibrated, from 1 July on; what the members missed before 1 July makes their doubt.
    """
    origins = task.origins(START, END, SHANGHAI)
    sight, past = Sight(feed, task, origins), Training.until(feed, task, START)
    empty = Answers(
        model="none", feed=feed.name, task=task, origins_s=origins, outcomes=outcomes_of(feed, task, origins),
        known_s=known_of(feed, task, origins), quantiles=np.empty((len(origins), task.leads, len(task.levels))),
    )  # fmt: skip
    usual = climatology(past, empty)
    pooled = replace(empty, model="power_curve of all farms", quantiles=said_by(together, sight, usual.quantiles))
    members = [pooled, usual]
    if task is ULTRA_SHORT:
        own = replace(empty, model="power_curve", quantiles=said_by(fits([feed], task, None), sight, usual.quantiles))
        stays = persistence(feed, past, empty)
        filled = np.where(np.isnan(stays.quantiles), usual.quantiles, stays.quantiles)
        members = [own, pooled, replace(stays, quantiles=filled)]
    groups = by_lead(empty, block=task.leads // BLOCKS)
    return calibrated(stacked(members, groups=groups), groups=groups, limits=(feed.lowest, feed.highest))


def judged_farm(record: Record, farm: str, ours: Answers) -> Farm:
    """The test period of one farm, with all that it is compared to."""
    feed, test = record.feeds[farm], tested(ours)
    past = Training.until(feed, ours.task, CUT)
    return Farm(feed, test, persistence(feed, past, test), climatology(past, test), left_out(record, farm, test))


def tested(answers: Answers) -> Answers:
    """What was said from 1 September on."""
    part = answers.origins_s >= CUT.timestamp()
    return replace(
        answers,
        origins_s=answers.origins_s[part],
        quantiles=answers.quantiles[part],
        outcomes=answers.outcomes[part],
        known_s=answers.known_s[part],
    )


def persistence(feed: Feed, past: Training, test: Answers) -> Answers:
    """The newest value known, with quantiles of what that missed before."""
    missed = past.outcomes - last_known(past.sight)
    errors = np.nanquantile(missed, test.task.levels, axis=0).T
    line = last_known(Sight(feed, test.task, test.origins_s))
    said = np.clip(line[:, :, None] + errors[None], feed.lowest, feed.highest)
    return replace(test, model="persistence", quantiles=said)


def last_known(sight: Sight) -> NDArray[np.float64]:
    """The newest value known at each origin, for every lead; an hour back at most where the record has gaps."""
    past = sight.past("target", 5)
    newest = past[:, -1]
    for back in range(2, 6):
        newest = np.where(np.isnan(newest), past[:, -back], newest)
    return np.repeat(newest[:, None], sight.task.leads, axis=1)


def climatology(past: Training, test: Answers) -> Answers:
    """Quantiles of the quarter-hour of the day in what was known by 1 September."""
    slots = 96
    known, at = past.outcomes.ravel(), slot_of(past.sight.starts_s).ravel()
    table = np.array([np.nanquantile(known[at == one], test.task.levels) for one in range(slots)])
    return replace(test, model="climatology", quantiles=table[slot_of(test.task.starts(test.origins_s))])


def slot_of(starts_s: NDArray[np.int64]) -> NDArray[np.int64]:
    """Quarter-hour of the day."""
    return starts_s % 86_400 // 900


def left_out(record: Record, farm: str, test: Answers) -> Answers:
    """The farm foretold by a model that learnt from the others."""
    every = POOL_EVERY_MINUTES if test.task is ULTRA_SHORT else None
    teachers = [without(feed, farm) for name, feed in record.feeds.items() if name != farm]
    moment = int(CUT.timestamp())
    fitted = MODEL.fit(trainings(teachers, test.task, moment, every))
    usual = climatology(Training.until(teachers[0], test.task, CUT), test)
    feed = record.feeds[farm]
    sight = Sight(feed, test.task, test.origins_s)
    said = said_by([(moment, fitted)], sight, usual.quantiles)
    if test.task is ULTRA_SHORT:
        stays = last_known(sight)[:, :, None] + missed_by_staying(teachers, test) * float(feed.capacity or 0)
        said = (said + np.where(np.isnan(stays), said, np.clip(stays, feed.lowest, feed.highest))) / 2
    return replace(test, model="power_curve, this farm left out", quantiles=said)


def missed_by_staying(teachers: Sequence[Feed], test: Answers) -> NDArray[np.float64]:
    """Quantiles of what persistence missed at other farms, as shares of capacity; shape (leads, levels)."""
    past = [(Training.until(one, test.task, CUT), float(one.capacity or 0)) for one in teachers]
    missed = np.concatenate([(one.outcomes - last_known(one.sight)) / capacity for one, capacity in past])
    return np.asarray(np.nanquantile(missed, test.task.levels, axis=0).T)


def lines(farm: Farm) -> dict[str, NDArray[np.float64]]:
    """The line of every way of forecasting."""
    said = {name: one.quantiles.mean(axis=-1) for name, one in farm.by_name().items()}
    return said | {"persistence": last_known(Sight(farm.feed, farm.ours.task, farm.ours.origins_s))}


def daily_accuracy(farm: Farm, line: NDArray[np.float64], leads: slice) -> NDArray[np.float64]:
    """rmse_v1 of each day of issue."""
    outcomes, origins = farm.ours.outcomes, farm.ours.origins_s
    said, happened = (by_day(one[:, leads], origins, SHANGHAI) for one in (line, outcomes))
    return accuracy("rmse_v1", Powers.of(said, happened, float(farm.feed.capacity or 0)))


def whole_accuracy(farm: Farm, line: NDArray[np.float64], leads: slice) -> float:
    """1 − RMSE ÷ capacity over the whole test."""
    squares = (line[:, leads] - farm.ours.outcomes[:, leads]) ** 2
    return float(1 - np.sqrt(np.nanmean(squares)) / float(farm.feed.capacity or 0))


def skill(farm: Farm, name: str, leads: slice) -> Interval:
    """1 − RMSE ÷ RMSE of persistence, with its interval."""
    said = lines(farm)
    squares = [
        by_day((line[:, leads] - farm.ours.outcomes[:, leads]) ** 2, farm.ours.origins_s, SHANGHAI)
        for line in (said[name], said["persistence"])
    ]
    both = np.isnan(squares[0]) | np.isnan(squares[1])
    return block_interval(root_skill, *(np.where(both, np.nan, one) for one in squares))


def pinball_share(farm: Farm, name: str) -> float:
    """Mean pinball loss as a percentage of capacity."""
    one = farm.by_name()[name]
    losses = pinball_by_point(one.quantiles, one.outcomes, one.task.levels)
    return float(np.nanmean(losses)) / float(farm.feed.capacity or 0) * 100


def coverage(farm: Farm, name: str) -> Interval:
    """Share of outcomes between the 10 % and the 90 % quantile."""
    one = farm.by_name()[name]
    inside = (one.outcomes >= one.quantiles[..., 0]) & (one.outcomes <= one.quantiles[..., -1])
    return coverage_interval(
        by_day(np.where(np.isnan(one.outcomes + one.quantiles[..., 0]), np.nan, inside), one.origins_s, SHANGHAI)
    )


def report(task: Task, judged: Mapping[str, Farm]) -> dict[str, Any]:
    """Tables of one horizon; its figures for the last line."""
    target, everything = TARGETS[task.name], slice(0, task.leads)
    views = {"all leads": everything} | ({"at 4 h": slice(15, 16)} if task is ULTRA_SHORT else {})
    found = {
        view: {name: report_accuracy(farm, leads, target) for name, farm in judged.items()}
        for view, leads in views.items()
    }
    for view, rows in found.items():
        print_accuracies(task, view, rows)
    skills = skills_of(task, judged)
    print_skills(task, skills)
    doubt = {name: doubt_of(farm) for name, farm in judged.items()}
    print_doubt(doubt)
    return {"target": target, "accuracy": found, "skill_over_persistence": skills, "doubt": doubt} | own_rule(
        task, judged
    )


def report_accuracy(farm: Farm, leads: slice, target: float) -> dict[str, Any]:
    """The grid-code figures of one farm."""
    said = lines(farm)
    daily = {name: block_mean_interval(daily_accuracy(farm, line, leads)) for name, line in said.items()}
    simple = max(daily["persistence"].value, daily["climatology"].value)
    return {
        **{name: three(one) for name, one in daily.items()},
        "whole period": {name: round(whole_accuracy(farm, line, leads), 4) for name, line in said.items()},
        "allowed": simple >= target,
        "needed": round(1 - (1 - target) / (1 - daily["persistence"].value), 3),
        "reached": daily["wattloom"].value >= target,
    }


def skill_of_all(judged: Mapping[str, Farm], name: str, leads: slice) -> Interval:
    """The same over all farms, squares in shares of capacity: one weather over all of them, drawn together."""
    both = [[], []]  # type: list[list[NDArray[np.float64]]]
    for farm in judged.values():
        said = lines(farm)
        for place, line in enumerate((said[name], said["persistence"])):
            squares = ((line - farm.ours.outcomes)[:, leads] / float(farm.feed.capacity or 0)) ** 2
            both[place].append(by_day(squares, farm.ours.origins_s, SHANGHAI))
    ours, theirs = (np.concatenate(one, axis=1) for one in both)
    missing = np.isnan(ours) | np.isnan(theirs)
    return block_interval(root_skill, *(np.where(missing, np.nan, one) for one in (ours, theirs)))


def skills_of(task: Task, judged: Mapping[str, Farm]) -> dict[str, Any]:
    """Skill over persistence by hour ahead, or over the next day, of each farm and of all; left out in the same way."""
    parts = (
        {f"{hour} h": slice(HOUR_STEPS * hour - 1, HOUR_STEPS * hour) for hour in HOURS_SHOWN}
        if task is ULTRA_SHORT
        else {"next day": slice(0, task.leads)}
    )
    found: dict[str, Any] = {
        name: {
            who: {part: three(skill(farm, who, leads)) for part, leads in parts.items()}
            for who in ("wattloom", "left out")
        }
        for name, farm in judged.items()
    }
    found["all farms"] = {
        who: {part: three(skill_of_all(judged, who, leads)) for part, leads in parts.items()}
        for who in ("wattloom", "left out")
    }
    return found


def doubt_of(farm: Farm) -> dict[str, Any]:
    """Pinball losses and coverage."""
    return {
        name: {"pinball_pct": round(pinball_share(farm, name), 3), "coverage_80": three(coverage(farm, name))}
        for name in farm.by_name()
    }


def own_rule(task: Task, judged: Mapping[str, Farm]) -> dict[str, Any]:
    """What the farms' own region asks for, where a rule is on file: the worst month of each farm beside it."""
    term = Term.ULTRA_SHORT if task is ULTRA_SHORT else Term.DAY_AHEAD
    asked = requirements_in_force("jilin", kind=TargetKind.WIND, term=term, delivery_day=date(2026, 1, 1))
    figures: dict[str, Any] = {}
    for rule in asked:
        worst = {name: round(worst_month(farm, rule.formula), 4) for name, farm in judged.items()}
        figures[rule.key] = {"least": rule.least, "worst_month": worst}
        kept = sum(rule.verdict(figure).status.value == "pass" for figure in worst.values())
        print(f"  {rule.key} (≥ {rule.least:.2f} a month): worst months {worst}; kept by {kept} of {len(worst)}")
    return {"northeast": figures} if figures else {}


def worst_month(farm: Farm, formula: str) -> float:
    """The lowest monthly mean of daily figures, for one forecast a day."""
    outcomes, origins = farm.ours.outcomes, farm.ours.origins_s
    said, happened = (by_day(one, origins, SHANGHAI) for one in (lines(farm)["wattloom"], outcomes))
    daily = accuracy(formula, Powers.of(said, happened, float(farm.feed.capacity or 0)))
    months = np.array([datetime.fromtimestamp(int(origin), SHANGHAI).month for origin in origins])
    return min(float(np.nanmean(daily[months == month])) for month in np.unique(months))


def report_scenarios(record: Record, mixtures: Mapping[str, Answers]) -> dict[str, Any]:
    """Energy and variogram scores of the next day at all farms, against independent draws."""
    capacities = np.array([float(record.feeds[farm].capacity or 0) for farm in FARMS])
    hourly = [hourly_shares(mixtures[farm], capacity) for farm, capacity in zip(FARMS, capacities, strict=True)]
    scores: dict[str, list[list[float]]] = {"energy": [], "variogram": []}
    shrinkage = []
    month, copula = 0, None
    for place in np.flatnonzero(hourly[0].origins_s >= CUT.timestamp()):
        outcome = np.concatenate([one.outcomes[place] for one in hourly])
        now = int(hourly[0].origins_s[place])
        if copula is None or datetime.fromtimestamp(now, SHANGHAI).month != month:
            month = datetime.fromtimestamp(now, SHANGHAI).month
            copula = copula_of([until(one, place) for one in hourly], known_by_s=now)
            shrinkage.append(round(copula.shrinkage, 3))
        alone = replace(copula, correlation=np.eye(len(copula.correlation)))
        if np.isnan(outcome).any():
            continue
        said = np.stack([one.quantiles[place] for one in hourly])
        drawn = [
            scenarios(one, said, DAY_AHEAD.levels, count=SCENARIOS, limits=[(0.0, 1.0)] * len(FARMS), seed=int(place))
            for one in (copula, alone)
        ]
        flat = [one.reshape(SCENARIOS, -1) for one in drawn]
        scores["energy"].append([float(scoringrules.es_ensemble(outcome, one)) for one in flat])
        scores["variogram"].append([float(scoringrules.vs_ensemble(outcome, one)) for one in flat])
    return print_scenarios(scores, shrinkage)


def hourly_shares(answers: Answers, capacity: float) -> Answers:
    """The first quarter of each hour, as shares of capacity."""
    return replace(
        answers,
        task=replace(DAY_AHEAD, name="hours", leads=24),
        quantiles=answers.quantiles[:, ::HOUR_STEPS] / capacity,
        outcomes=answers.outcomes[:, ::HOUR_STEPS] / capacity,
        known_s=answers.known_s[:, ::HOUR_STEPS],
    )


def until(answers: Answers, place: int) -> Answers:
    """What was issued before an origin."""
    return replace(
        answers,
        origins_s=answers.origins_s[:place],
        quantiles=answers.quantiles[:place],
        outcomes=answers.outcomes[:place],
        known_s=answers.known_s[:place],
    )


def three(interval: Interval) -> list[float]:
    """A figure and its interval, short."""
    return [round(one, 4) for one in (interval.value, interval.low, interval.high)]


def told(figure: Sequence[float]) -> str:
    """A figure and its interval, for people."""
    return f"{figure[0]:.3f} [{figure[1]:.3f}, {figure[2]:.3f}]"


def print_record(record: Record) -> None:
    """What was put aside, and the capacities assumed."""
    print(
        "cn-jilin-wind-2012: " + "; ".join(f"{reason} {count}" for reason, count in record.put_aside.items() if count)
    )
    capacities = ", ".join(f"{name} {feed.capacity:.1f}" for name, feed in record.feeds.items())
    print(f"capacity assumed, MW (most before {CUT:%Y-%m-%d}): {capacities}")


def print_accuracies(task: Task, view: str, rows: Mapping[str, Mapping[str, Any]]) -> None:
    """Grid-code accuracies of all farms."""
    print(f"\n{task.name}, {view}: mean of daily 1 − RMSE ÷ capacity (target {TARGETS[task.name]:.2f})")
    words = ("persistence", "climatology", "allowed", "needed", "reached", "whole period")
    print(f"{'farm':12}{'wattloom':>24}{'left out':>24}" + "".join(f"{word:>13}" for word in words))
    for name, row in rows.items():
        words = (
            f"{row['persistence'][0]:.3f}", f"{row['climatology'][0]:.3f}", "yes" if row["allowed"] else "no",
            f"{row['needed']:.2f}", "yes" if row["reached"] else "no", f"{row['whole period']['wattloom']:.3f}",
        )  # fmt: skip
        print(f"{name:12}{told(row['wattloom']):>24}{told(row['left out']):>24}" + "".join(f"{w:>13}" for w in words))


def print_skills(task: Task, skills: Mapping[str, Mapping[str, Any]]) -> None:
    """Skill in RMSE over persistence."""
    print(f"\n{task.name}: 1 − RMSE ÷ RMSE of persistence")
    for name, row in skills.items():
        for who, parts in row.items():
            print(f"{name:12} {who:9} " + "   ".join(f"{part} {told(figure)}" for part, figure in parts.items()))


def print_doubt(doubt: Mapping[str, Mapping[str, Any]]) -> None:
    """Pinball losses and coverage of all farms."""
    print("\nmean pinball loss, % of capacity, and coverage of the 80 % interval")
    for name, row in doubt.items():
        print(
            f"{name:12} "
            + "   ".join(f"{who} {one['pinball_pct']:.2f} {one['coverage_80'][0]:.3f}" for who, one in row.items())
        )


def print_scenarios(scores: Mapping[str, Sequence[Sequence[float]]], shrinkage: Sequence[float]) -> dict[str, Any]:
    """Both scores with intervals of what the copula gains."""
    found: dict[str, Any] = {"shrinkage_by_month": list(shrinkage), "days": len(scores["energy"])}
    print(f"\nscenarios of the next day at {len(FARMS)} farms, {found['days']} days")
    for name, pairs in scores.items():
        ours, theirs = np.array(pairs).T
        gain = block_interval(lambda means: 1 - means[:, 0] / means[:, 1], ours, theirs)
        found[name] = {
            "copula": round(float(ours.mean()), 4),
            "independent": round(float(theirs.mean()), 4),
            "gain": three(gain),
        }
        print(f"  {name} score {ours.mean():.4f}, independent {theirs.mean():.4f}, gain {told(three(gain))}")
    return found


if __name__ == "__main__":
    main()
