"""What may members really be able to give? Whole events drawn, or as they went in the past.

Errors are normal and go together: between members by one correlation, over time by one that fades; a member that fails
does so throughout. Nobody gives more than was foreseen. All of it is stated in the file, and assumed there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from wattloom.dispatch.pool_nominate import Capability

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from wattloom.assets.kinds.pool.members import Member
    from wattloom.assets.kinds.pool.reach import Giver
    from wattloom.dispatch.pool_project import NominateEntry
    from wattloom.domain.time import TimeAxis


def drawn(
    givers: Sequence[Giver],
    members: Mapping[str, Member],
    said: NominateEntry,
    *,
    axis: TimeAxis,
    draws: int,
    seed: int,
) -> Capability:
    """Independent draws of one event."""
    rng = np.random.default_rng(seed)
    of = [members[one.name] for one in givers]
    errors = rng.standard_normal((draws, len(of), axis.count)) @ _over_time(said, axis).T
    errors = np.einsum("ij,djt->dit", _between(len(of), said.correlation), errors)
    spread = np.array([one.error_share for one in of])
    factor = np.clip(1.0 + spread[None, :, None] * errors, 0.0, 1.0)
    there = rng.random((draws, len(of))) < np.array([one.availability for one in of])
    return _scaled(givers, members, factor * there[:, :, None], axis)


def remembered(
    givers: Sequence[Giver], members: Mapping[str, Member], past: Mapping[str, Sequence[float]], *, axis: TimeAxis
) -> Capability:
    """Past events as draws: how members did together stays together."""
    shares = np.clip(np.array([past[one.name] for one in givers], dtype=np.float64).T, 0.0, 1.0)
    factor = np.broadcast_to(shares[:, :, None], (*shares.shape, axis.count))
    return _scaled(givers, members, factor, axis)


def halves(found: Capability) -> tuple[Capability, Capability]:
    """The earlier and the later half: learnt from one, checked on the other."""
    middle = found.draws // 2
    first, last = (
        Capability(rate_mw=found.rate_mw[part], energy_mwh=found.energy_mwh[part], step_hours=found.step_hours)
        for part in (slice(None, middle), slice(middle, None))
    )
    return first, last


def _scaled(
    givers: Sequence[Giver], members: Mapping[str, Member], factor: NDArray[np.float64], axis: TimeAxis
) -> Capability:
    """Rates and energies times what comes true; of a store the power is there or not, its content is in doubt."""
    rate = np.array([one.rate_mw for one in givers]).reshape(len(givers), axis.count)
    energy = np.array([one.energy_mwh for one in givers])
    stores = np.array([members[one.name].DOUBT == "energy" for one in givers], dtype=np.bool_)
    of_rate = np.where(stores[None, :, None], factor > 0, factor)
    # What a member can give in all goes with the mean of its errors.
    return Capability(
        rate_mw=rate[None] * of_rate, energy_mwh=_times(energy, factor.mean(axis=2)), step_hours=axis.step_hours
    )


def _times(energy_mwh: NDArray[np.float64], factor: NDArray[np.float64]) -> NDArray[np.float64]:
    """Energy times a factor; what is unlimited stays so."""
    limited = np.where(np.isfinite(energy_mwh), energy_mwh, 0.0)
    return np.where(np.isfinite(energy_mwh)[None], limited[None] * factor, np.inf)


def _between(count: int, correlation: float) -> NDArray[np.float64]:
    """Root of the correlation of members."""
    matrix = np.full((count, count), correlation) + (1.0 - correlation) * np.eye(count)
    return np.asarray(np.linalg.cholesky(matrix)) if count else np.zeros((0, 0))


def _over_time(said: NominateEntry, axis: TimeAxis) -> NDArray[np.float64]:
    """Root of the correlation of periods: it fades exponentially."""
    apart = np.abs(np.subtract.outer(np.arange(axis.count), np.arange(axis.count))) * axis.step_hours
    fading = np.exp(-apart / said.persistence_hours) if said.persistence_hours > 0 else np.eye(axis.count)
    return np.asarray(np.linalg.cholesky(fading))
