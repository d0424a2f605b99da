"""Who speaks when the model that was asked cannot, and is that said?

A `Chain` is a model made of models: the one asked, simpler ones behind it, and at its end a plain prior that needs no
record. It is fitted and back-tested like any other, so that what is scored is what would have been served. Each origin
that another than the first model answers is told, with the reason; stopped data are never forecast from as if they
were fresh.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from wattloom.domain.errors import FutureRefused, MissingData
from wattloom.domain.forecasts import TargetKind
from wattloom.domain.text import SILENT, Text
from wattloom.forecast.contract import uncrossed
from wattloom.forecast.feed import SECONDS_PER_MINUTE
from wattloom.forecast.solar.sun import plain_field
from wattloom.forecast.task import DAY_MINUTES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.forecast.contract import Fitted, Model
    from wattloom.forecast.sight import Sight, Training

PRIOR = "prior"
PRIOR_TITLE = Text("Plain prior", "无记录先验")
SECONDS_PER_HOUR = 3600
LEAVES = 512
"""A stretch of origins that a model cannot answer is halved down to this part of it, to find those it can."""
TOLD_BACK_S = 21 * 86400
"""How far back the newest value is sought for a message."""
DAYS_NEEDED = 14.0
"""Two weeks: errors of fewer days say nothing of how wide the doubt is."""
DAYS_NEEDED_BY = {"climatology": 5.0, "solar_network": 2.0}
"""Models that learn little here: one reads off a few values of a time of day, one has learnt before."""
OF_WEEKS = frozenset({"climatology"})
"""Models to which a day without values is one of many."""
TOLD_AT_ONCE = 256
"""Origins looked so far back from together: more would take too much memory."""
STUCK_VALUES_MIN = 8
STUCK_KINDS = frozenset({TargetKind.SOLAR, TargetKind.WIND, TargetKind.LOAD})
"""Prices and arrivals may well stay the same for hours; power that is not zero does not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fallback:
    """One origin that was not answered as asked."""

    origin_s: int
    used: str
    """Name of the model that answered."""
    reasons: tuple[Text, ...]
    """Why those before it did not, in their order."""


Told = Callable[[Fallback], None]


def _nobody(_: Fallback) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """Models in the order in which they are asked; the prior stands behind the last."""

    models: tuple[Model, ...]
    stale_minutes: float
    """A newest value older than this at an origin counts as stopped data; the usual delay is part of it."""
    told: Told = _nobody

    @property
    def name(self) -> str:
        """Of the model asked."""
        return self.models[0].name

    @property
    def title(self) -> Text:
        """Of the model asked."""
        return self.models[0].title

    @property
    def kinds(self) -> frozenset[TargetKind]:
        """The prior forecasts whatever there is."""
        return frozenset(TargetKind)

    @property
    def needs(self) -> tuple[str, ...]:
        """Nothing: what a model lacks makes the next one speak."""
        return ()

    def fit(self, trainings: Sequence[Training], *, seed: int = 0) -> FittedChain:
        """Keep the past; each model learns from it when it is first asked."""
        return FittedChain(chain=self, trainings=tuple(trainings), seed=seed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A model as it is served, for the board: what stands behind it and whether it is calibrated decide its score."""

    models: tuple[Model, ...]
    stale_minutes: float
    calibrated: bool

    @property
    def name(self) -> str:
        """Of the model asked."""
        return self.models[0].name

    @property
    def title(self) -> Text:
        """Of the model asked."""
        return self.models[0].title

    @property
    def kinds(self) -> frozenset[TargetKind]:
        """Of the model asked."""
        return self.models[0].kinds

    @property
    def needs(self) -> tuple[str, ...]:
        """Nothing: as a chain."""
        return ()

    def chain(self, told: Told = _nobody) -> Chain:
        """The chain that answers."""
        return Chain(models=self.models, stale_minutes=self.stale_minutes, told=told)

    def fit(self, trainings: Sequence[Training], *, seed: int = 0) -> FittedChain:
        """As the chain, without calibration: that follows the issues (see `issuing.calibrated_apart`)."""
        return self.chain().fit(trainings, seed=seed)


@dataclass(slots=True, kw_only=True)
class FittedChain:
    """A chain with its past; models are fitted when they are first needed, and once."""

    chain: Chain
    trainings: tuple[Training, ...]
    seed: int
    _fits: dict[str, Fitted | Text] = field(default_factory=dict)

    def predict(self, sight: Sight) -> NDArray[np.float64]:
        """Quantiles of the first model that can, origin by origin; shape (origins, leads, levels).

        Raises:
            MissingData: not even the prior can: no record, and no limits.
        """
        stopped = self._stopped(sight)
        reasons: list[list[Text]] = [[one] if one else [] for one in stopped]
        quantiles = np.full((*sight.starts_s.shape, len(sight.task.levels)), np.nan)
        used = np.full(len(stopped), "", dtype=object)
        state: dict[str, Any] = {"quantiles": quantiles, "used": used, "reasons": reasons}
        fresh = np.array([not one for one in stopped], dtype=bool)
        for model in self.chain.models:
            open_ = used == ""
            self._ask(model, sight, open_ & fresh if rests_on_recent(model) else open_, **state)
        if (used == "").any() and not has_prior(sight):
            # A forecast from stopped data that says so is still better than none.
            for model in filter(rests_on_recent, self.chain.models):
                self._ask(model, sight, (used == "") & ~fresh, **state)
        left = used == ""
        if left.any():
            quantiles[left] = plain_prior(sight.only(left))
            used[left] = PRIOR
        self._tell(sight, used, reasons)
        return quantiles

    def facts(self) -> Mapping[str, float | str]:
        """Which models are fitted, and why the others are not."""
        return {name: "fitted" if not isinstance(fit, Text) else fit.en for name, fit in self._fits.items()}

    def _ask(
        self,
        model: Model,
        sight: Sight,
        asked: NDArray[np.bool_],
        *,
        quantiles: NDArray[np.float64],
        used: NDArray[np.object_],
        reasons: list[list[Text]],
    ) -> None:
        """Let one model answer the origins that are open to it; note why where it does not."""
        places = np.flatnonzero(asked)
        if not places.size:
            return
        fitted = self._fitted(model, sight)
        if isinstance(fitted, Text):
            for place in places:
                reasons[place].append(fitted)
            return
        answers, whys = _answers(model, fitted, sight.only(asked), leaf=max(1, places.size // LEAVES))
        for place, answer, why in zip(places, answers, whys, strict=True):
            if why:
                reasons[place].append(why)
            else:
                quantiles[place], used[place] = answer, model.name

    def _fitted(self, model: Model, sight: Sight) -> Fitted | Text:
        """The model, fitted once; or why it cannot be."""
        if model.name not in self._fits:
            self._fits[model.name] = _fit(model, self.trainings, sight, self.seed)
        return self._fits[model.name]

    def _stopped(self, sight: Sight) -> list[Text]:
        """Why the newest values at each origin cannot be trusted; silent where they can."""
        limit_s = self.chain.stale_minutes * SECONDS_PER_MINUTE
        ages = _ages_s(sight, limit_s)
        stuck = _stuck(sight, limit_s)
        found = [SILENT] * len(ages)
        places = np.flatnonzero((ages > limit_s) | stuck)
        for part in np.array_split(places, -(-places.size // TOLD_AT_ONCE)) if places.size else ():
            chosen = np.zeros(len(ages), dtype=bool)
            chosen[part] = True
            for place, age_s in zip(part, _ages_s(sight.only(chosen), TOLD_BACK_S), strict=True):
                found[place] = self._why(float(age_s), limit_s, stuck=bool(stuck[place]))
        return found

    def _why(self, age_s: float, limit_s: float, *, stuck: bool) -> Text:
        """What is wrong with the newest values at one origin."""
        if not any(np.isfinite(training.outcomes).any() for training in self.trainings):
            return Text("there is no record yet to learn from", "尚无可供学习的历史记录")
        if stuck:
            hours = f"{limit_s / SECONDS_PER_HOUR:.0f}"
            return Text(f"the meter has told one and the same value for {hours} h", f"量测值已 {hours} 小时未变")
        told = f"{age_s / SECONDS_PER_HOUR:.1f} h" if age_s <= TOLD_BACK_S else f"> {TOLD_BACK_S // 86400} d"
        limit = f"{limit_s / SECONDS_PER_HOUR:g}"
        return Text(
            f"data have stopped: the newest value is {told} old, {limit} h are allowed",
            f"数据中断：最新值距发布时刻 {told}，允许 {limit} h",
        )

    def _tell(self, sight: Sight, used: NDArray[np.object_], reasons: list[list[Text]]) -> None:
        """Tell every origin that was not answered as asked, or from stopped data."""
        for origin, name, why in zip(sight.origins_s, used, reasons, strict=True):
            if why:
                self.chain.told(Fallback(origin_s=int(origin), used=str(name), reasons=tuple(why)))


def rests_on_recent(model: Model) -> bool:
    """Whether a model looks at the newest values of its target; one that says nothing of it does."""
    return bool(getattr(model, "rests_on_recent", model.name not in OF_WEEKS))


def days_needed(model: Model) -> float:
    """Days of outcomes below which a model is not asked; two weeks unless it says otherwise."""
    return float(getattr(model, "days_needed", DAYS_NEEDED_BY.get(model.name, DAYS_NEEDED)))


def has_prior(sight: Sight) -> bool:
    """Whether the target has limits between which it must lie."""
    return bool(np.isfinite(sight.about.lowest) and np.isfinite(sight.about.highest))


def plain_prior(sight: Sight) -> NDArray[np.float64]:
    """Every value between lowest and highest as likely; for the sun, up to what a clear sky gives: an assumption.

    Shape (origins, leads, levels).

    Raises:
        MissingData: the target has no limits.
    """
    about = sight.about
    if not has_prior(sight):
        raise MissingData(f"{about.name}: no model could answer, and without lowest and highest there is no prior")
    top = np.full(sight.starts_s.shape, about.highest)
    if about.kind is TargetKind.SOLAR:
        # Tilted or flat, whichever gives more: how the field stands is not known.
        fields = (plain_field(about), plain_field(about, tilt_deg=0.0))
        powers = [one.power(sight.starts_s, sight.task.step_minutes) for one in fields]
        top = np.clip(np.maximum(*powers), about.lowest, about.highest)
    return np.asarray(about.lowest + (top - about.lowest)[:, :, None] * np.asarray(sight.task.levels))


def why_not(forecast_model: str, fallback: Fallback | None, titles: Mapping[str, Text]) -> tuple[Text, ...]:
    """Why a forecast is not the asked model's, in sentences; nothing where it is."""
    if fallback is None:
        return ()
    asked, used = (titles.get(name, Text.same(name)) for name in (forecast_model, fallback.used))
    whys = Text.joined(fallback.reasons, Text("; ", "；"))
    if fallback.used == forecast_model:
        return (Text("{used} answers although {why}.", "{used}照常给出，但{why}。").filled(used=used, why=whys),)
    told = Text("{used} speaks in place of {asked}: {why}.", "由{used}代替{asked}：{why}。")
    return (told.filled(used=used, asked=asked, why=whys),)


def _fit(model: Model, trainings: tuple[Training, ...], sight: Sight, seed: int) -> Fitted | Text:
    """The fitted model, or why there is none."""
    title = model.title
    lacking = [name for name in model.needs if name not in sight.names]
    if lacking:
        listed = ", ".join(lacking)
        return title + Text(f" needs {listed}, which the record does not have", f"所需 {listed} 不在记录中")
    if sight.about.kind not in model.kinds:
        return title + Text(f" does not forecast {sight.about.kind}", f"不适用于 {sight.about.kind}")
    days, least = _days_learnt(trainings), days_needed(model)
    if days < least:
        told = Text(
            " has {days:.1f} days to learn from and needs {least:g}", "仅有 {days:.1f} 天训练数据，至少需 {least:g} 天"
        )
        return title + told.filled(days=days, least=least)
    try:
        return model.fit(trainings, seed=seed)
    except Exception as error:  # noqa: BLE001 - whatever breaks inside a model must not take the forecast with it
        return title + _why_not_now(error)


def _days_learnt(trainings: tuple[Training, ...]) -> float:
    """Days of origins with an outcome, over all that is learnt from."""
    return float(
        sum(
            np.isfinite(one.outcomes).any(axis=1).sum() * one.sight.task.every_minutes / DAY_MINUTES
            for one in trainings
        )
    )


def _answers(model: Model, fitted: Fitted, sight: Sight, *, leaf: int) -> tuple[NDArray[np.float64], list[Text]]:
    """What a model says of each origin, and why not where it says nothing."""
    count = len(sight.origins_s)
    nothing = np.full((*sight.starts_s.shape, len(sight.task.levels)), np.nan)
    try:
        said = fitted.predict(sight)
    except MissingData as error:
        if count > leaf:
            half = np.arange(count) < count // 2
            first, second = (_answers(model, fitted, sight.only(part), leaf=leaf) for part in (half, ~half))
            return np.concatenate([first[0], second[0]]), [*first[1], *second[1]]
        return nothing, [model.title + _why_not_now(error)] * count
    except Exception as error:  # noqa: BLE001 - as in _fit
        return nothing, [model.title + _why_not_now(error)] * count
    if said.shape != nothing.shape:
        return nothing, [model.title + Text(f" gave shape {said.shape}", f"输出形状有误 {said.shape}")] * count
    whole = np.asarray(np.isfinite(said).reshape(count, -1).all(axis=1)).tolist()
    holes = model.title + Text(" gave no number for some periods", "部分时段未给出数值")
    about = sight.about
    return uncrossed(np.clip(said, about.lowest, about.highest)), [SILENT if one else holes for one in whole]


def _why_not_now(error: Exception) -> Text:
    """What kept a model from its answer, for a reader."""
    told = " ".join(str(error).split())[:TOLD_CHARACTERS]
    if isinstance(error, MissingData):
        return Text(f" lacks what it needs ({told})", f"缺少所需数据（{told}）")
    if isinstance(error, FutureRefused):
        return Text(f" needs what is not out yet at the issue ({told})", f"所需输入在发布时刻尚不可知（{told}）")
    return Text(f" broke ({type(error).__name__}: {told})", f"运行出错（{type(error).__name__}: {told}）")


TOLD_CHARACTERS = 200
"""Of an error's own words."""


def _newest(sight: Sight, span_s: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Values known over a span before each origin and their age at the end of their period; (origins, steps)."""
    step_s = sight.task.step_s
    steps = max(1, int(span_s // step_s))
    starts = sight.newest_s()[:, None] + np.arange(1 - steps, 1, dtype=np.int64) * step_s
    ages = np.asarray(sight.origins_s[:, None] - (starts + step_s), dtype=np.float64)
    return sight.at("target", starts), ages


def _ages_s(sight: Sight, span_s: float) -> NDArray[np.float64]:
    """Age of the newest value at each origin, seconds; infinite where none lies in the span."""
    values, ages = _newest(sight, span_s)
    return np.asarray(np.where(np.isfinite(values), ages, np.inf).min(axis=1, initial=np.inf))


def _stuck(sight: Sight, span_s: float) -> NDArray[np.bool_]:
    """Whether all values of a span before each origin are one, neither zero nor full; shape (origins,)."""
    if sight.about.kind not in STUCK_KINDS:
        return np.zeros(len(sight.origins_s), dtype=bool)
    values, _ = _newest(sight, span_s)
    known = np.isfinite(values)
    least = np.where(known, values, np.inf).min(axis=1, initial=np.inf)
    most = np.where(known, values, -np.inf).max(axis=1, initial=-np.inf)
    return np.asarray(
        (known.sum(axis=1) >= STUCK_VALUES_MIN) & (least == most) & (least != 0) & (least < sight.about.highest)
    )
