"""What may be set for a server? Everything it needs to know before it starts, with the limits that keep it upright."""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Literal

FOLDER_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")

Profile = Literal["user-side", "grid-side"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much is taken in before it is said that there is too much."""

    requests_at_once: int = 64
    """Being answered, streams and health left out; more are sent away with 503 before they are read."""
    late_s: float = 0.25
    """How late the event loop may be before requests are sent away."""
    calm_at_once: int = 8
    """So few are let in, however late the loop is: a hiccup is no overload."""
    telemetry_at_once: int = 24
    """Batches that wait for the disk."""
    waited_for: int = 16
    """Requests that may wait for the end of a job, as each holds a place of `requests_at_once`: more get 202 now."""
    jobs_waiting: int = 200
    """Of one tenant."""
    quick_s: float = 30.0
    """A quick question may take: the one process that answers them is then ended, and begins anew."""
    quick_waiting: int = 16
    """Quick questions that wait for their worker."""
    body_bytes: int = 8_000_000
    file_bytes: int = 64_000_000
    """One file that is sent for a project."""
    files_bytes: int = 4_000_000_000
    files: int = 20_000
    """Both of one tenant."""
    updates: int = 10_000
    """In one batch of telemetry."""
    offer_s: float = 5.0
    """How long a batch may wait until it is durable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Of one server."""

    store: Path
    """Folder of everything that is kept."""
    database: str | None = None
    """Address of a PostgreSQL for jobs, accounts and books; None: files in the store."""
    host: str = "127.0.0.1"
    port: int = 8320
    public_address: str = ""
    """As browsers reach it, such as https://room.example.org; empty: http at host and port."""
    demo: bool = False
    examples: bool = True
    """Whether a demonstration runs the shipped examples once, so that pages of finished work are filled."""
    profile: Profile = "user-side"
    speed: float = 1.0
    """Seconds that pass in the demonstration's plant for one of the wall's."""
    zone: str = "Asia/Shanghai"
    """Time zone of what people read."""
    workers: int = 1
    """Processes for long work."""
    traces_to: str = ""
    """Address of an OpenTelemetry collector (OTLP over HTTP), such as http://127.0.0.1:4318/v1/traces; empty: none."""
    limits: Limits = Limits()

    @property
    def address(self) -> str:
        """As a browser reaches it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return (self.public_address or f"http://{host}:{self.port}").rstrip("/")

    def place(self, name: str) -> Path | str:
        """Where small tables lie: a file of this name in the store, or the database."""
        return self.database or self.store / f"{name}.sqlite"

    def of_tenant(self, room: str, tenant: str) -> Path:
        """A tenant's own folder in a room of the store."""
        name = tenant if FOLDER_NAME.fullmatch(tenant) else f"_{sha256(tenant.encode()).hexdigest()[:40]}"
        return self.store / room / name


def serve_settings(**given: object) -> Settings:
    """Settings from what a command was given; what was not given (None) is left as it is."""
    return Settings(**{name: value for name, value in given.items() if value is not None})  # type: ignore[arg-type]
