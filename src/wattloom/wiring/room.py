"""How is the control room put together: access, application, live loop, store?

Each function is a door: called, it loads what it joins.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from wattloom import wiring
from wattloom.wiring.books import room_book
from wattloom.wiring.reading import read_match

if TYPE_CHECKING:
    from pathlib import Path


def access() -> Callable[..., Any]:
    """The guard of a server."""
    import time
    from datetime import UTC, datetime
    from urllib.parse import urlsplit

    from wattloom.app.access.audit import Audit
    from wattloom.app.access.entering import Entrance, Terms
    from wattloom.app.access.secrets import Passwords
    from wattloom.edge.api.access import Access, AccessSettings, access_told
    from wattloom.edge.store.accounts import Accounts
    from wattloom.edge.store.audit import AuditLog

    def access(settings: Any, **more: Any) -> Any:
        place, public = settings.place("access"), urlsplit(settings.address)
        names = {public.hostname or "", settings.host} | set(AccessSettings().hosts)
        hosts = frozenset(f"[{name}]" if ":" in name and not name.startswith("[") else name for name in names if name)
        told = AccessSettings(
            hosts=hosts, https=public.scheme == "https", address=settings.address, zone_name=settings.zone, **more
        )
        told = access_told(told, settings.store / "access.toml")
        terms = Terms(token_days_after_sign_in=told.oidc.token_days) if told.oidc else Terms()
        entrance = Entrance(Accounts(place), time.time, Passwords(), terms)
        return Access(entrance, Audit(AuditLog(place), lambda: datetime.now(tz=UTC)), told)

    return access


def access_store() -> Callable[..., Any]:
    """Accounts and audit log of a store, open for a while."""
    import time
    from contextlib import contextmanager
    from datetime import UTC, datetime
    from pathlib import Path

    from wattloom.app.access.audit import Audit
    from wattloom.app.access.entering import Entrance
    from wattloom.app.access.secrets import Passwords
    from wattloom.domain.errors import InputError
    from wattloom.edge.store.accounts import Accounts
    from wattloom.edge.store.audit import AuditLog

    @contextmanager
    def opened(address: str, *, must_exist: bool = False) -> Any:
        in_a_server = "=" in address or address.startswith("postgres")
        place: Path | str = address if in_a_server else Path(address) / "access.sqlite"
        if must_exist and isinstance(place, Path) and not place.is_file():
            raise InputError.one(address, found="no accounts", expected="the store of a server",
                                 remedy="name the folder that `wattloom serve --store` was given")  # fmt: skip
        with Accounts(place) as accounts, AuditLog(place) as log:
            yield Entrance(accounts, time.time, Passwords()), Audit(log, lambda: datetime.now(tz=UTC))

    return opened


def application() -> Callable[..., Any]:
    """The server's application."""
    from functools import partial

    from wattloom.edge.api.application import application

    return partial(application, wiring.find)


def store_upgrade() -> Callable[..., Any]:
    """Migrations of everything that a server keeps."""
    from wattloom.edge.store import whole
    from wattloom.edge.store.accounts import Accounts
    from wattloom.edge.store.audit import AuditLog
    from wattloom.edge.store.idempotency import AnswerStore
    from wattloom.edge.store.jobs import JobStore
    from wattloom.edge.store.journal import SqliteJournal
    from wattloom.edge.store.ledger import SqliteBook

    def access(path: Path) -> Any:
        Accounts(path).close()
        return AuditLog(path)

    openers: dict[str, Callable[[Path], Any]] = {
        "jobs.sqlite": JobStore,
        "answers.sqlite": lambda path: AnswerStore(path, begun_by="upgrade"),
        "access.sqlite": access,
        "room/journal.sqlite": SqliteJournal,
        "*/ledger.sqlite": SqliteBook,
        "*/book.sqlite": SqliteBook,
    }
    return lambda store, before: whole.upgrade(store, openers, before)


def control_room() -> Callable[[Any], Any]:
    """The live room."""
    from wattloom.edge.field.opening import opened

    def room(settings: Any) -> Any:
        from wattloom.edge.store.journal import Keep, SqliteJournal
        from wattloom.edge.workers.control_room import ControlRoom, RoomSettings

        return opened(
            settings,
            read_match=read_match(),
            journal=lambda path, kind: SqliteJournal(path, keep=Keep(kind=kind, newest=3, at_once=3)),
            book=room_book(),
            host=ControlRoom,
            room_settings=RoomSettings,
            signer=advice_signer(),
            mirror=_mirror,
            mqtt=_mqtt_feed,
        )

    return room


def _mirror(inbox: Path, **more: Any) -> Any:
    """A grid side that only listens."""
    from wattloom.edge.gateways.mirror import MirrorFiles

    return MirrorFiles(inbox, **more)


def _mqtt_feed(address: str, **more: Any) -> Any:
    """Telemetry from a broker."""
    from wattloom.edge.field.mqtt import MqttFeed

    return MqttFeed(address, **more)


def advice_signer() -> Callable[[Path], Any]:
    """Who signs advice, with a key made at the first time."""
    import json
    import os

    from wattloom.app.access.advice import Signer, new_key

    def signer(path: Path) -> Any:
        if not path.is_file():
            path.parent.mkdir(parents=True, exist_ok=True)
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                json.dump(dict(new_key()), file)
        return Signer(json.loads(path.read_text("utf-8")))

    return signer


DOORS: dict[str, Callable[[], Any]] = {
    "control_room": control_room,
    "advice_signer": advice_signer,
    "access": access,
    "access_store": access_store,
    "application": application,
    "store_upgrade": store_upgrade,
}
