"""What may a use case be asked for over HTTP? Bodies and options, one model each, as the OpenAPI file shows them."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

FILE_NAME = r"^[A-Za-z0-9_][A-Za-z0-9_.\-]{0,99}$"
FILE_ID = r"^[0-9a-f]{64}$"
DAY = r"^\d{4}-\d{2}-\d{2}$"
LINE = r"^[^\u0000-\u0008\u000b-\u001f\u007f\u200e\u200f\u202a-\u202e\u2066-\u2069]*$"
"""What is kept word for word and read by others: nothing in it turns its reading round, or ends it."""
MONTH = r"^\d{4}-(0[1-9]|1[0-2])$"

LEVELS_MAX = 100
"""Far behind what any project or proof has."""


def shallow(value: Any) -> Any:
    """A value as it came; `ValueError` where it is nested deeper than anything that is read here."""
    level = [value]
    for _ in range(LEVELS_MAX):
        level = [
            part for one in level if isinstance(one, dict | list)
            for part in (one.values() if isinstance(one, dict) else one)
        ]  # fmt: skip
        if not level:
            return value
    raise ValueError(f"more than {LEVELS_MAX} levels")


Project = Annotated[
    str | dict[str, Any],
    BeforeValidator(shallow),
    Field(
        description="The project file: its text (YAML), or the same as an object. Files that it names lie beside it."
    ),
]
Files = Annotated[
    dict[Annotated[str, Field(pattern=FILE_NAME)], Annotated[str, Field(pattern=FILE_ID)]],
    Field(
        max_length=200,
        description="Files beside the project: name as the project calls it → id that PUT /files/{name} told.",
    ),
]


def whole(value: Any) -> Any:
    """A whole number as JSON tells it: 8.0 is one, too."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


Whole = Annotated[int, BeforeValidator(whole)]
Key = Annotated[str, Field(pattern=r"^[a-z0-9_]{1,60}$")]


def a_day(value: str) -> str:
    """A text as it came; `ValueError` where the calendar has no such day."""
    date.fromisoformat(value)
    return value


Day = Annotated[str, Field(pattern=DAY), AfterValidator(a_day)]


class Strict(BaseModel):
    """A model that refuses what it does not know, and takes no yes or text for a number."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Options(Strict):
    """Of every use that writes a report."""

    lang: Literal["en", "zh"] = Field("en", description="Language of the report.")


class PlanSite(Options):
    """Of `plan site`."""

    step_minutes: Annotated[Literal[15, 30, 60, 120, 180, 240] | None, BeforeValidator(whole)] = Field(
        None, description="Longer steps, for a first look; null: the project's own."
    )


class PlanCompare(Options):
    """Of `plan compare`."""

    territories: Literal["all"] | list[Key] = Field([], description="Keys, or 'all'; empty: the project's own.")
    others: list[Project] = Field([], max_length=20, description="More sites, each a project.")


class PlanFrontier(Options):
    """Of `plan frontier`."""

    points: Whole = Field(8, ge=2, le=40, description="Green shares to solve for.")


class DispatchReplay(Options):
    """Of `dispatch replay`."""

    policies: list[Key] = Field([], description="Such as lowest_slot, wait_awhile, plan; empty: all.")
    move_fails: float = Field(0.0, ge=0, le=1, description="Chance that a move fails.")
    restart_fails: float = Field(0.0, ge=0, le=1, description="Chance that a restart fails.")


class FlexibilityAssess(Options):
    """Of `flexibility assess`."""

    probability: float = Field(0.9, ge=0.5, le=0.999, description="With which the MW are there.")
    ramp_minutes: float = Field(10.0, ge=0, le=1440, description="Until the power is there.")


class At(Options):
    """Of a use that speaks of one instant."""

    at: str = Field("", max_length=40, description="HH:MM or an instant with its zone; empty: the file's own.")


class MatchStudy(At):
    """Of `match study`."""

    scenarios: Whole = Field(1_000, ge=10, le=1_000_000, description="How many.")
    seed: Whole = Field(1, ge=0, le=2**31 - 1, description="Of the drawing.")


class ForecastDay(Options):
    """Of `forecast day`."""

    day: str = Field("", pattern=rf"{DAY}|^$", description="Day spoken of; empty: the next after the record.")


class ForecastBoard(Options):
    """Of `forecast board`."""

    again: str = Field("", pattern=r"^[0-9a-z-]{0,80}$", description="Id of a score that is run again and compared.")


class Month(Options):
    """Of a use that speaks of a month."""

    month: str = Field(pattern=MONTH, description="Such as 2026-03.", examples=["2026-03"])


class SettleMonth(Month):
    """Of `settle month`."""

    provisional: bool = Field(False, description="Keep every bill provisional: meters have not had their last word.")
    pdf: bool = Field(False, description="Also statement.pdf; needs the extra `pdf` on the server.")


class CarbonReport(Options):
    """Of `carbon report`."""

    year: Whole = Field(ge=2000, le=2100, description="Of consumption.", examples=[2026])
    with_book: bool = Field(False, description="Count claims and cancelled certificates of your book.")
    post: bool = Field(False, description="Write the figures into your book, too; needs with_book.")


class LedgerVerify(Strict):
    """Of `ledger verify`."""

    head: str = Field("", pattern=r"^([1-9]\d{0,18}:[0-9a-f]{64})?$", description="NUMBER:MARK noted earlier.")


class ProjectNew(Strict):
    """Of `project new`."""

    kinds: list[Key] = Field(
        ["cluster", "grid", "solar", "battery"], min_length=1, max_length=40, description="Asset kinds it begins with."
    )
    lang: Literal["en", "zh"] = Field("en", description="Language of its comments.")


Sort = Literal["plan", "dispatch", "match", "forecast", "bids", "settle", "certificates", "pool", "value"]


class ProjectCheck(Strict):
    """Of `project check`."""

    sort: Sort = Field("plan", description="Of the file.")


class RulesDiff(Strict):
    """Of `rules diff`."""

    territory: Key = Field(description="Key, such as yunnan.", examples=["yunnan"])
    day: Day = Field(description="Delivery day.", examples=["2026-01-01"])
    other: Key | None = Field(None, description="Key of a second territory; null: the same.")
    to: Day | None = Field(None, description="Second delivery day; null: the same.")


class RulesCheck(Strict):
    """Of `rules check`."""

    territory: Key | None = Field(None, description="Key, such as xinjiang; null: all.")
    periods: str | None = Field(None, description="A CSV of region, month, period, start, end to check instead.")
    faults_only: bool = Field(False, description="Leave out what is only to be confirmed.")


class CertificatesCancel(Strict):
    """Of `certificates cancel`."""

    deed: Literal["freeze", "unfreeze", "void", "cancel", "expire"] = Field(
        description="`cancel` (used up for somebody) and `expire` are of green certificates."
    )
    reason: str = Field(
        min_length=1, max_length=2_000, pattern=LINE, description="Why; the book keeps it word for word.",
        examples=["meter M2 was read twice"],
    )  # fmt: skip
    bundle: str = Field("", pattern=r"^[0-9a-f]{0,64}$", description="Hash of a granular bundle, or its beginning.")
    device: str = Field("", max_length=120, pattern=LINE, description="Of green certificates.")
    month: str = Field("", pattern=rf"{MONTH}|^$", description="Of their production.")
    count: Whole = Field(0, ge=0, le=10**12, description="How many.")
    holder: str = Field("", max_length=120, pattern=LINE, description="Who holds them.")
    bought: bool = Field(False, description="The holder bought them.")
    self_use: bool = Field(False, description="They were issued on self-use.")
    beneficiary: str = Field("", max_length=120, pattern=LINE, description="Of a cancellation: who consumed.")
    now: str = Field("", pattern=rf"{MONTH}|^$", description="Month of a cancellation or expiry.")


class CertificatesVerify(Strict):
    """Of `certificates verify`."""

    proofs: dict[
        Annotated[str, Field(pattern=FILE_NAME)], Annotated[str | dict[str, Any], BeforeValidator(shallow)]
    ] = Field(default_factory=dict, description="Proofs by name: their text, or the same as an object.")
    with_book: bool = Field(False, description="Also look whether they stand in your book.")
