"""What does the server answer? The models of lists, jobs and receipts, as the OpenAPI file shows them."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from wattloom.edge.api.asked import FILE_ID, LINE, Files, Project, Strict

INSTANT = "2026-11-23T09:30:00+08:00"
JOB = "5b0c1d2e3f405162738495a6"
State = Literal["waiting", "running", "done", "failed", "cancelled"]
BARE_PROJECT = "name: A hall on the grid\n…"


class Body(Strict):
    """A question to a use case that reads a project."""

    project: Project
    files: Files = Field(default_factory=dict)


class JobAnswer(BaseModel):
    """A long work and how far it is."""

    id: str = Field(examples=[JOB])
    use: str = Field(examples=["plan_site"])
    state: State
    done: float = Field(ge=0, le=1, description="Share of the whole.")
    message: str = Field(examples=["dispatching the year"])
    asked_by: str
    created_at: str = Field(examples=[INSTANT], description="ISO 8601 with its offset.")
    changed_at: str = Field(examples=[INSTANT])
    zone: str = Field(examples=["Asia/Shanghai"])
    attempts: int = Field(description="How often it was begun; more than once after a server was killed.")
    result: Any = Field(None, description="What `--json` of the command prints, once it is done.")
    problem: dict[str, Any] | None = Field(None, description="What went wrong, as application/problem+json.")
    files: list[str] = Field([], description="Of the finished run; each at /jobs/{id}/files/{name}.")


class JobList(BaseModel):
    """Jobs, newest first."""

    items: list[JobAnswer]
    next: str | None = Field(description="Cursor of the next page; null at the end.")
    at: str = Field(examples=[INSTANT])
    zone: str = Field(examples=["Asia/Shanghai"])
    sources: list[str]
    units: dict[str, str]


class Answered(BaseModel):
    """What a quick use case answers."""

    use: str
    result: Any = Field(description="What `--json` of the command prints.")


class Kept(BaseModel):
    """A file that was sent."""

    id: str = Field(pattern=FILE_ID, description="SHA-256 of its bytes: name it under `files` of a question.")
    name: str
    bytes: int


class Receipt(BaseModel):
    """What became of a batch of telemetry; it is on the disk."""

    model_config = ConfigDict(extra="allow")

    taken: int = Field(description="Updates that were new.")
    kept_up_to: dict[str, int] = Field(description="By source: everything up to this number is durable.")
    refused: list[dict[str, Any]] = Field(description="Updates that were not taken, each with its problem.")


class SignedAdvice(BaseModel):
    """Set-points of a site, as its gateway checks them."""

    model_config = ConfigDict(extra="allow")

    at: str = Field(examples=[INSTANT])
    zone: str
    site: str
    advice: str | None = Field(
        description="A JSON Web Signature in compact form (RFC 7515, Ed25519); null where none wait.",
        examples=["eyJhbGciOiJFZDI1NTE5Iiw…"],
    )


class Said(BaseModel):
    """What a person did, as it was kept."""

    model_config = ConfigDict(extra="allow")


class Why(Strict):
    """Why a proposal is approved or rejected."""

    reason: str = Field("", max_length=2_000, pattern=LINE)


class Note(Strict):
    """What is said with an alarm."""

    note: str = Field("", max_length=2_000, pattern=LINE)


class LogEntry(Strict):
    """A line of the shift log."""

    text: str = Field(
        min_length=1, max_length=8_000, pattern=LINE, examples=["Battery 2 back from maintenance at 09:20."]
    )


class VppAsk(Strict):
    """A call for less power."""

    territory: str = Field(pattern=r"^[a-z0-9_]{1,60}$", examples=["jiangsu"])
    down_mw: float = Field(gt=0, le=1e6, description="Less power than the baseline.", examples=[12.0])
    start: str = Field(examples=[INSTANT], max_length=40, description="ISO 8601 with its offset.")
    hours: float = Field(gt=0, le=24, examples=[2.0])
    notice_hours: float | None = Field(None, ge=0, le=72)
    price_cny_per_mwh: float | None = Field(None, ge=0, le=1e6)
    note: str = Field("", max_length=2_000, pattern=LINE)


class Health(BaseModel):
    """The process answers."""

    ok: bool
    version: str
    at: str


class Ready(BaseModel):
    """Whether the server can do its work, and what is wrong where it cannot."""

    ok: bool
    at: str
    checks: dict[str, Any]
