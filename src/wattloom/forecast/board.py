"""Which model is best at which test, how sure is that, and can anybody find it again?

An entry holds everything that decided a score and everything that doubts it. Its id is a hash over its content.
Entries of one test (the same data, task and period) are ranked by their skill over the baseline; what leaks, what saw
an oracle, and what hides its pre-training is shown with its reason and never ranked.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, is_dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from wattloom.domain.errors import InputError, Problem
from wattloom.domain.text import Text
from wattloom.forecast.backtest import Period
from wattloom.forecast.compare import DieboldMariano, Interval
from wattloom.forecast.fingerprint import fingerprint
from wattloom.forecast.judged import Judged, Trial, judged
from wattloom.forecast.leakage import Finding, LeakageReport, Severity, Sort
from wattloom.forecast.task import Task

if TYPE_CHECKING:
    from wattloom.forecast.contract import Model
    from wattloom.forecast.feed import Feed

RANKED_BY = "skill_pinball"
SAME = 1e-9
"""Relative difference up to which two runs on different machines gave the same score."""
OF_EVERY_MODEL = frozenset({"name", "title", "kinds", "needs"})
REFUSED = Text("the leakage report refuses it: {why}", "泄漏报告予以拒绝：{why}")
NOT_RANKED = Text("shown only: {why}", "仅展示：{why}")
NO_SKILL = Text("has no score over the baseline", "没有相对基准的得分")


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Everything that decides a score, before it is known."""

    model: str
    settings: Mapping[str, str]
    """Of the model, by name, as text."""
    version: str
    """Of the code that ran it."""
    feed: str
    """Name, for people; the fingerprint says which data it is."""
    data: str
    """Fingerprint of the feed."""
    teachers: tuple[str, ...] | None
    """Fingerprints of the feeds learnt from; None: its own past."""
    task: Mapping[str, Any]
    """The fields of a `Task`."""
    start: str
    """First origin tested, UTC."""
    end: str
    refit_days: float
    train_days: float | None
    baseline: str
    baseline_settings: Mapping[str, str]
    seed: int

    @classmethod
    def of(cls, trial: Trial, *, version: str) -> Question:
        """The question that a trial asks of a version of the code."""
        period = trial.period
        return cls(
            model=trial.model.name,
            settings=settings_of(trial.model),
            version=version,
            feed=trial.feed.name,
            data=fingerprint(trial.feed),
            teachers=None if trial.teachers is None else tuple(fingerprint(one) for one in trial.teachers),
            task=_plain(asdict(trial.task)),
            start=period.start.astimezone(tz=UTC).isoformat(),
            end=period.end.astimezone(tz=UTC).isoformat(),
            refit_days=period.refit_days,
            train_days=period.train_days,
            baseline=trial.baseline.name,
            baseline_settings=settings_of(trial.baseline),
            seed=trial.seed,
        )

    @property
    def id(self) -> str:
        """Hash over the question: the same question has the same answer."""
        return _hash(asdict(self))

    @property
    def test_id(self) -> str:
        """Hash over data, task and period: what is looked at, whichever model looks."""
        return _hash({"data": self.data, "task": dict(self.task), "start": self.start, "end": self.end})


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the board."""

    question: Question
    scores: Mapping[str, Interval]
    """Empty where the leakage report refused."""
    comparison: DieboldMariano | None
    """Against the baseline."""
    days_won: float | None
    answered: float | None
    findings: tuple[Finding, ...]
    looks: int
    """How often this test had been looked at, this time included: the more, the less a good score means."""

    @classmethod
    def of(cls, trial: Trial, found: Judged, *, version: str, looks: int) -> Entry:
        """What came of a trial."""
        return cls(
            question=Question.of(trial, version=version),
            scores=dict(found.scores),
            comparison=found.comparison,
            days_won=found.days_won,
            answered=found.answered,
            findings=found.report.findings,
            looks=looks,
        )

    @property
    def id(self) -> str:
        """Hash over all that it says."""
        return _hash(self.plain())

    def plain(self) -> dict[str, Any]:
        """As JSON knows it; what is no number is null."""
        told = asdict(self)
        return {key: _plain(value) for key, value in told.items()}

    @classmethod
    def from_plain(cls, told: Mapping[str, Any]) -> Entry:
        """Out of JSON.

        Raises:
            InputError: it is no entry of a board.
        """
        try:
            return _read(told)
        except (KeyError, TypeError, ValueError) as error:
            raise InputError.one(
                "board entry", found=f"{type(error).__name__}: {error}", expected="an entry as the board writes it",
                remedy="take the board from its backup",
            ) from error  # fmt: skip


@dataclass(frozen=True, slots=True)
class Ranking:
    """The entries of one test, best first, and those that are not ranked with the reason."""

    ranked: tuple[Entry, ...]
    unranked: tuple[tuple[Entry, Text], ...]


def rankings(entries: Sequence[Entry]) -> dict[str, Ranking]:
    """By test: entries by their skill over the baseline; of several with one question, the first stands."""
    tests: dict[str, dict[str, Entry]] = {}
    for entry in entries:
        test = f"{entry.question.test_id}/{entry.question.baseline}"
        tests.setdefault(test, {}).setdefault(entry.question.id, entry)
    return {test: _ranking(list(found.values())) for test, found in tests.items()}


def trial_of(
    entry: Entry, feed: Feed, *, model: Model, baseline: Model, teachers: Sequence[Feed] | None = None
) -> Trial:
    """The trial that an entry came of, to run it again.

    Args:
        entry: as the board has it.
        feed: the data, read anew.
        model: by the entry's name, with its settings.
        baseline: likewise.
        teachers: as it was learnt then; None: the feed's own past.

    Raises:
        InputError: data or settings are not those of the entry; every difference is told.
    """
    asked = entry.question
    task = dict(asked.task)
    trial = Trial(
        model=model,
        feed=feed,
        task=Task(**{**task, "levels": tuple(task["levels"])}),
        period=Period(
            start=datetime.fromisoformat(asked.start),
            end=datetime.fromisoformat(asked.end),
            refit_days=asked.refit_days,
            train_days=asked.train_days,
        ),
        teachers=None if teachers is None else tuple(teachers),
        baseline=baseline,
        seed=asked.seed,
    )
    other = _unlike(asked, Question.of(trial, version=asked.version))
    if other:
        raise InputError(
            [
                Problem(
                    where=f"board entry {entry.id[:12]} {key}",
                    found=str(now),
                    expected=str(then),
                    remedy="bring the data and the model as they were",
                )
                for key, (then, now) in other.items()
            ]
        )
    return trial


def reproduced(entry: Entry, trial: Trial) -> tuple[str, ...]:
    """Run an entry's trial again and say what is not the same; nothing where all is."""
    return differences(entry, trial, judged(trial))


def differences(entry: Entry, trial: Trial, again: Judged) -> tuple[str, ...]:
    """What is not the same when an entry's trial is run again; nothing where it was reproduced.

    Args:
        entry: as the board has it.
        trial: made anew from the same data.
        again: what came of it this time.
    """
    now = Entry.of(trial, again, version=entry.question.version, looks=entry.looks)
    unlike = _unlike(entry.question, now.question)
    found = [f"{key}: {one!r}, now {other!r}" for key, (one, other) in unlike.items()]
    found += [
        f"{name}: {entry.scores.get(name)}, now {now.scores.get(name)}"
        for name in sorted({*entry.scores, *now.scores})
        if not _same(entry.scores.get(name), now.scores.get(name))
    ]
    if [one.sort for one in entry.findings] != [one.sort for one in now.findings]:
        found.append(f"findings: {len(entry.findings)}, now {len(now.findings)}")
    return tuple(found)


def settings_of(thing: object) -> dict[str, str]:
    """A frozen value's own settings as text, the same on every machine; arrays by their hash."""
    if not is_dataclass(thing):
        return {}
    names = [one.name for one in fields(thing) if one.name not in OF_EVERY_MODEL or not hasattr(thing, "fit")]
    return {name: _text_of(getattr(thing, name)) for name in names}


def _unlike(one: Question, other: Question) -> dict[str, tuple[Any, Any]]:
    """Fields of two questions that differ, with both values."""
    first, second = _plain(asdict(one)), _plain(asdict(other))
    return {key: (first[key], second[key]) for key in first if first[key] != second[key]}


def _text_of(value: object) -> str:
    """One setting."""
    if isinstance(value, np.ndarray):
        return f"array {value.shape} {hashlib.sha256(np.ascontiguousarray(value).tobytes()).hexdigest()}"
    if is_dataclass(value) and not isinstance(value, type):
        return f"{type(value).__name__}({', '.join(f'{key}={one}' for key, one in settings_of(value).items())})"
    if isinstance(value, Mapping):
        return str(sorted((str(key), _text_of(one)) for key, one in value.items()))
    if isinstance(value, frozenset | set):
        return str(sorted(_text_of(one) for one in value))
    if isinstance(value, tuple | list):
        return f"({', '.join(_text_of(one) for one in value)})"
    return str(value)


def _ranking(entries: list[Entry]) -> Ranking:
    """One test's entries apart and in order."""
    reasons = {entry.id: why for entry in entries if (why := _why_unranked(entry))}
    ranked = [entry for entry in entries if entry.id not in reasons]
    ranked.sort(key=lambda entry: (-entry.scores[RANKED_BY].value, entry.id))
    return Ranking(tuple(ranked), tuple((entry, reasons[entry.id]) for entry in entries if entry.id in reasons))


def _why_unranked(entry: Entry) -> Text | None:
    """Why an entry has no place; None where it has one."""
    report = LeakageReport(entry.findings)
    if report.refuses:
        return REFUSED.filled(why=next(one.text for one in report.findings if one.severity is Severity.REFUSES))
    if not report.ranked:
        return NOT_RANKED.filled(
            why=next(one.text for one in report.findings if one.sort in {Sort.ORACLE, Sort.PRETRAINING})
        )
    return None if RANKED_BY in entry.scores else NO_SKILL


def _same(one: Interval | None, other: Interval | None) -> bool:
    """Whether two scores and their ends agree."""
    if one is None or other is None:
        return one is other
    ends = [(one.value, other.value), (one.low, other.low), (one.high, other.high)]
    return all(np.isclose(first, second, rtol=SAME, atol=SAME, equal_nan=True) for first, second in ends)


def _plain(value: Any) -> Any:
    """A value as JSON knows it."""
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(one) for one in value]
    if isinstance(value, float):
        return float(value) if np.isfinite(value) else None
    return value


def _read(told: Mapping[str, Any]) -> Entry:
    """An entry out of plain values."""
    asked, comparison = dict(told["question"]), told["comparison"]
    if asked["teachers"] is not None:
        asked["teachers"] = tuple(asked["teachers"])
    return Entry(
        question=Question(**asked),
        scores={name: Interval(**_numbers(score)) for name, score in told["scores"].items()},
        comparison=None if comparison is None else DieboldMariano(**_numbers(comparison)),
        days_won=told["days_won"],
        answered=told["answered"],
        findings=tuple(
            Finding(
                sort=Sort(one["sort"]),
                severity=Severity(one["severity"]),
                where=one["where"],
                text=Text(**one["text"]),
                figure=one["figure"],
            )
            for one in told["findings"]
        ),
        looks=int(told["looks"]),
    )


def _numbers(told: Mapping[str, Any]) -> dict[str, Any]:
    """Null is no number again."""
    return {key: np.nan if value is None else value for key, value in told.items()}


def _hash(told: Mapping[str, Any]) -> str:
    """64 hex digits over canonical JSON."""
    line = json.dumps(_plain(told), sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return hashlib.sha256(line.encode("ascii")).hexdigest()
