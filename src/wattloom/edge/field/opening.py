"""Which room is opened for a server's settings: which plan, which field, which journal and book?

With `--demo` the plan is the twelve provinces of the examples and the field its twin. Without, the plan is the match
file `room.yaml` in the store; sites send their telemetry, and take advice through their gateways.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from wattloom.app.control_room.approving import Patience
from wattloom.app.control_room.quality import Trust
from wattloom.app.control_room.state import Policies, RoomSnapshot
from wattloom.app.control_room.steps import LATE_S, Steps
from wattloom.app.match_inputs import match_inputs
from wattloom.domain.errors import InputError
from wattloom.edge.field.senders import Senders
from wattloom.edge.field.simulated import SimulatedField, drawn_policies

PLAN = Path(__file__).with_name("twelve_provinces.yaml")
"""The example's plan, so that an installed package has it too; a test holds the two alike."""
STALE_TICKS = 6.0
"""Ticks after which a silent site is told."""
SEED = 12


def opened(settings: Any, *,  # noqa: PLR0913  What `main` joins.
           read_match: Callable[[Path], Any], journal: Callable[[Path, str], Any],
           book: Callable[[Path], Any], host: Callable[..., Any], room_settings: Callable[..., Any],
           signer: Callable[[Path], Any], mirror: Callable[..., Any], mqtt: Callable[..., Any]) -> Any:  # fmt: skip
    """A room that ticks.

    Args:
        settings: `store`, `demo`, `speed` and `profile` of the server; `mqtt` where it listens to a broker.
        read_match: reads a match file.
        journal: opens a journal, given its file and the kind of record that a restart goes on from.
        book: opens the ledger over a file.
        host: the room's host.
        room_settings: of the host.
        signer: opens the key that advice is signed with.
        mirror: reads what something one-way brings.
        mqtt: listens to a broker.
    """
    folder = Path(settings.store) / "room"
    folder.mkdir(parents=True, exist_ok=True)
    plan = PLAN if settings.demo else Path(settings.store) / "room.yaml"
    if not plan.is_file():
        raise InputError.one(
            str(plan), found="no file", expected="the match file of the room's regions and sites",
            remedy="put it there, or start with --demo",
        )  # fmt: skip
    speed = float(settings.speed)
    inputs = match_inputs(read_match(plan), folder=plan.parent)
    trust = Trust(stale_s=STALE_TICKS * speed, ahead_s=5.0 * max(speed, 1.0), hold_s=900.0 * max(speed / 10.0, 1.0))
    # People live by the wall's clock, whatever the plant's does: three minutes to decide, one to see what came of it.
    patience = Patience(asked_s=max(600.0, 180.0 * speed), granted_s=max(900.0, 60.0 * speed))
    steps = Steps(inputs, trust=trust, late_s=LATE_S * max(speed, 1.0), patience=patience)
    sites, mirrors = len(inputs.layout.sites), settings.profile == "grid-side"
    policies = drawn_policies(sites, SEED) if settings.demo else Policies.automatic(sites)
    if mirrors:
        policies = replace(policies, held=np.ones(sites, dtype=bool))
    field = SimulatedField(steps, seed=SEED, call_hours=max(0.5, 90.0 * speed / 3600.0)) if settings.demo else Senders()
    kept = journal(folder / "journal.sqlite", RoomSnapshot.KIND)
    room = host(
        steps,
        kept,
        field=field,
        settings=room_settings(folder=folder, speed=speed, mirror=mirrors),
        book=partial(book, folder / "ledger.sqlite"),
        policies=policies,
        signed=None if mirrors else signer(folder / "signing-key.json").signed,
        ended=kept.close,
    )
    room.start()
    if mirrors and not settings.demo:
        inbox = Path(settings.store) / "inbox"
        inbox.mkdir(exist_ok=True)
        room.attend(mirror(inbox, offer=room.offer, place=folder / "inbox-place.txt"))
    address = getattr(settings, "mqtt", "")
    if address:
        room.attend(mqtt(address, offer=room.offer, tell=room.watch.tell))
    return room
