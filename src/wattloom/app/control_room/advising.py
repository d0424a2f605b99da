"""What is a site advised now, and has it followed? Its last set-points for signing, and its meter as the answer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

from wattloom.app.access.advice import Advice
from wattloom.app.control_room.quality import GOOD
from wattloom.app.control_room.state import Answers
from wattloom.app.live_state import commands_of

if TYPE_CHECKING:
    from wattloom.app.control_room.state import RoomState
    from wattloom.app.control_room.steps import Steps

VALID = timedelta(minutes=15)
"""A set-point that was not fetched for a settlement period is past."""
FOLLOWED = 0.03
"""Of a site's size: so near the meter comes to a set-point that is carried out, ripple and meter class included."""


def advice(state: RoomState, steps: Steps, site: str, *, now: datetime) -> Advice | None:
    """The newest set-points that the site has not answered, with who approved them; None: none wait.

    Raises:
        KeyError: there is no such site.
    """
    n = steps.points.site(site)
    waiting = state.live.outstanding
    here = np.flatnonzero(waiting.site == n)
    if not here.size:
        return None
    newest = waiting.where(np.isin(np.arange(waiting.site.size), here[-1:]))
    (command,) = commands_of(newest, series=state.live.series, sites=steps.inputs.layout.sites)
    issued = datetime.fromtimestamp(command.at_s, tz=UTC)
    by, via = state.approvers[state.told_by[n]]
    return Advice(
        command=command,
        issued_at=min(issued, now.astimezone(UTC)),
        valid_from=min(issued, now.astimezone(UTC)),
        valid_to=issued + VALID,
        by=by,
        via="person" if via == "person" else "policy",
    )


def followed(state: RoomState, steps: Steps, *, at_s: float) -> Answers | None:
    """Sites whose good meter stands at the newest set-points that they were sent, of an instant behind them."""
    waiting = state.live.outstanding
    if not waiting.site.size:
        return None
    it_mw = steps.points.window(state.measured.raw, "sites", "it_mw")[waiting.site]
    when_s = steps.points.window(state.measured.raw_s, "sites", "it_mw")[waiting.site]
    good = steps.points.window(state.measured.verdict, "sites", "it_mw")[waiting.site] == GOOD
    wanted = waiting.setpoints_mw[:, :4].sum(axis=1) + waiting.setpoints_mw[:, 6:8].sum(axis=1)
    near = np.abs(it_mw - wanted) <= FOLLOWED * steps.inputs.fleet.it_mw[waiting.site]
    chosen = good & near & (when_s > waiting.at_s) & (when_s <= at_s)
    if not chosen.any():
        return None
    return Answers(tick=waiting.tick[chosen], site=waiting.site[chosen], at_s=when_s[chosen], simulated=False)
