"""Which numbers do the pictures of certificates draw? States by device, sources by user, the share of each hour."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from wattloom.domain.text import Text
from wattloom.edge.reports.certificates_tables import STATES, by_hour_and_day, named
from wattloom.edge.reports.charts import Payload, Spec
from wattloom.edge.reports.dispatch_charts import named as named_of
from wattloom.edge.reports.words import LANGUAGES, Words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from wattloom.app.certificates_book import Held
    from wattloom.app.certificates_match import CertificatesMatch

WH_PER_MWH = 1_000_000
ROLES = {"claimed": "green", "active": "line1", "stored": "battery", "metered": "line3", "withdrawn": "other"}
LINES = 8
"""Colours for sources; more are told by the same ones again."""
USERS_DRAWN_MAX = 12
"""Users with a heat map of their own."""


def states(held: Sequence[Held], month: str, payload: Payload) -> Spec:
    """Granular certificates of a month: a bar a device, by state."""
    of_month = [one for one in held if one.month == month]
    names = list(dict.fromkeys(one.device for one in of_month))
    sums = {(one.device, one.state): 0 for one in of_month}
    for one in of_month:
        sums[one.device, one.state] += one.amount
    series = [
        {
            "label": payload.label(f"state.{state}", STATES[state]),
            "role": ROLES[state],
            "stack": "all",
            "values": [sums.get((name, state), 0) / WH_PER_MWH for name in names],
        }
        for state in ROLES
        if any((name, state) in sums for name in names)
    ]
    heads = [payload.label(f"device.{name}", named(name)) for name in names]
    return {"kind": "rows", "unit": "MWh", "x": heads, "x_words": True, "series": series}


def of_match(found: CertificatesMatch) -> Payload:
    """Every picture of a match."""
    payload = Payload()
    payload.charts["cert_users"] = by_user(found, payload)
    payload.charts["cert_heat"] = heat(found, payload)
    payload.charts["cert_states"] = states(found.granular, found.meters.month, payload)
    return payload


def by_user(found: CertificatesMatch, payload: Payload) -> Spec:
    """A bar a user: its consumption by the source that met it."""
    sources = list(dict.fromkeys(name for one in found.users for name in one.by_source))
    series = [
        {
            "label": payload.label(f"device.{name}", named(name)),
            "role": f"line{number % LINES}",
            "stack": "all",
            "values": [one.by_source.get(name, 0) / WH_PER_MWH for one in found.users],
        }
        for number, name in enumerate(sources)
    ]
    left = [max(0, int(one.load_wh.sum()) - int(one.taken_wh.sum())) / WH_PER_MWH for one in found.users]
    series.append({"label": payload.word("cert_unmatched_mwh"), "role": "other", "stack": "all", "values": left})
    heads = [payload.label(f"user.{one.user}", named(one.user)) for one in found.users]
    return {"kind": "rows", "unit": "MWh", "x": heads, "x_words": True, "series": series}


def heat(found: CertificatesMatch, payload: Payload) -> Spec:
    """Matched share by hour and day: of all users, then of each."""
    local = found.meters.axis.local(found.project.clock)
    hour, day = np.asarray(local.hour, dtype=np.int64), found.meters.axis.days(found.project.clock)
    everybody = Text(*(Words(lang).say("cert_all_users") for lang in LANGUAGES))
    shown = [("all", everybody, *_of_all(found))] if len(found.users) != 1 else []
    shown += [(one.user, named(one.user), one.load_wh, one.taken_wh) for one in found.users[:USERS_DRAWN_MAX]]
    variants = [
        {
            **named_of(payload, f"heat.{key}", name),
            "unit": "1",
            "ramp": "green",
            "max": 1.0,
            "rows": _shares(load, taken, hour, day),
        }
        for key, name, load, taken in shown
    ]
    return {"kind": "heat", "start": local[0].strftime("%Y-%m-%d"), "variants": variants}


def matched_by_day(found: CertificatesMatch) -> dict[str, Any]:
    """Matched share of all users together: days, and by day its 24 hours; None where nothing was used."""
    local = found.meters.axis.local(found.project.clock)
    hour, day = np.asarray(local.hour, dtype=np.int64), found.meters.axis.days(found.project.clock)
    shares = _shares(*_of_all(found), hour, day)
    days = [(local[0].date() + timedelta(days=n)).isoformat() for n in range(int(day.max()) + 1)]
    return {"days": days, "matched_share": [list(hours) for hours in zip(*shares, strict=True)]}


def _of_all(found: CertificatesMatch) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Consumption and claims of all users."""
    nothing = np.zeros(found.meters.axis.count, dtype=np.int64)
    load = np.sum([one.load_wh for one in found.users], axis=0) if found.users else nothing
    taken = np.sum([one.taken_wh for one in found.users], axis=0) if found.users else nothing
    return load, taken


def _shares(
    load: NDArray[np.int64], taken: NDArray[np.int64], hour: NDArray[np.int64], day: NDArray[np.int64]
) -> list[list[float | None]]:
    """What was matched over what was used, hour by day; None where nothing was used."""
    below, above = by_hour_and_day(load, hour, day), by_hour_and_day(np.minimum(taken, load), hour, day)
    return [
        [round(float(a / b), 3) if b else None for a, b in zip(over, under, strict=True)]
        for over, under in zip(above, below, strict=True)
    ]
