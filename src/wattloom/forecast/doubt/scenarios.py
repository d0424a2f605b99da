"""Which whole days, at all sites together, may lie behind these quantiles?

Quantiles say nothing of how a gust at one hour goes with the next, or at one farm with its neighbour. Past forecasts
do: the places of past outcomes within their quantiles are turned to normal scores, whose correlations over periods and
sites (a Gaussian copula: Pinson, Madsen, Nielsen, Papaefthymiou and Klöckl, Wind Energy 12, 2009) are drawn towards a
smooth pattern, sites times lags, by as much as their number leaves them in doubt (Schäfer and Strimmer, Stat. Appl.
Genet. Mol. Biol. 4, 2005). Scenarios take ranks from the copula and values from the quantiles, evenly (Clark et al.,
J. Hydrometeorology 5, 2004, and Schefzik, Thorarinsdottir and Gneiting, Stat. Science 28, 2013), so that each period's
distribution stays the forecast's own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numba import njit
from scipy.linalg import toeplitz
from scipy.special import ndtri

from wattloom.domain.errors import InputError, MissingData

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from wattloom.forecast.backtest import Answers

EXAMPLES_MIN = 10
"""Past origins below which no correlation is believed."""
SHARE_EDGE = 1e-4
"""Places within a distribution stay so far from its ends: normal scores within ±3.7."""
EIGENVALUE_MIN = 1e-6
"""Of a correlation matrix mended after gaps."""


@dataclass(frozen=True, slots=True)
class Copula:
    """How places within forecasts go together, over sites and leads."""

    correlation: NDArray[np.float64]
    """Shape (sites · leads, sites · leads), site by site."""
    sites: tuple[str, ...]
    leads: int
    shrinkage: float
    """Share of the smooth pattern in it, between 0 and 1."""
    examples: int
    """Past origins it was learnt from."""


def copula_of(past: Sequence[Answers], *, known_by_s: int) -> Copula:
    """Learn from answers of one or more sites to the same task at the same origins.

    Args:
        past: one for each site, with forecasts whose quantiles are calibrated.
        known_by_s: seconds since 1970 UTC; an outcome known later does not count.

    Raises:
        MissingData: too few past origins with outcomes.
    """
    _same_origins(past)
    scores = np.concatenate([_normal_scores(one, known_by_s) for one in past], axis=1)
    seen = scores[np.isfinite(scores).mean(axis=1) > 0]
    if len(seen) < EXAMPLES_MIN:
        raise MissingData(f"{len(seen)} past forecasts with outcomes; scenarios want {EXAMPLES_MIN} or more")
    raw, counts = _correlation(seen)
    target = _smooth(raw, len(past))
    share = _shrinkage(raw, target, counts)
    return Copula(
        _mended((1.0 - share) * raw + share * target),
        tuple(one.feed for one in past),
        past[0].task.leads,
        share,
        len(seen),
    )


def scenarios(
    copula: Copula,
    quantiles: NDArray[np.float64],
    levels: Sequence[float],
    *,
    count: int,
    limits: Sequence[tuple[float, float]],
    seed: int,
) -> NDArray[np.float64]:
    """Whole courses that agree with the quantiles; shape (count, sites, leads).

    Args:
        copula: of these sites and leads.
        quantiles: as issued; shape (sites, leads, levels).
        levels: of the quantiles.
        count: how many; each period's values stand at the levels (1/2, 3/2, …)/count of its distribution.
        limits: lowest and highest value of each site, in its unit.
        seed: of the draw.
    """
    sites, leads = quantiles.shape[:2]
    if (sites, leads) != (len(copula.sites), copula.leads):
        raise InputError.one(
            "scenarios",
            found=f"quantiles of {sites} sites and {leads} periods",
            expected=f"{len(copula.sites)} sites and {copula.leads} periods, as the copula has",
            remedy="learn the copula from answers to the same task",
        )
    draws = (
        np.random.default_rng(seed).standard_normal((count, sites * leads)) @ np.linalg.cholesky(copula.correlation).T
    )
    ranks = draws.argsort(axis=0).argsort(axis=0)
    values = values_at(quantiles.reshape(sites * leads, -1), levels, (np.arange(count) + 0.5) / count)
    chosen = np.take_along_axis(values, ranks.T, axis=1).T.reshape(count, sites, leads)
    bounds = np.array(limits)
    return np.asarray(np.clip(chosen, bounds[None, :, :1], bounds[None, :, 1:]))


def values_at(
    quantiles: NDArray[np.float64], levels: Sequence[float], shares: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Values at any shares of distributions given by quantiles; shape (forecasts, shares).

    Straight between levels; beyond the outermost, exponential tails that go on with the outermost slope.
    """
    known = np.array(levels)
    place = np.clip(np.searchsorted(known, shares) - 1, 0, len(known) - 2)
    part = (shares - known[place]) / (known[place + 1] - known[place])
    inner = quantiles[:, place] + part * (quantiles[:, place + 1] - quantiles[:, place])
    low, high = _tails(quantiles, known)
    with np.errstate(divide="ignore"):
        below = quantiles[:, :1] + low[:, None] * np.log(np.minimum(shares / known[0], 1.0))
        above = quantiles[:, -1:] - high[:, None] * np.log(np.minimum((1 - shares) / (1 - known[-1]), 1.0))
    return np.asarray(np.where(shares < known[0], below, np.where(shares > known[-1], above, inner)))


def shares_of(
    quantiles: NDArray[np.float64], levels: Sequence[float], outcomes: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Where outcomes lie within distributions given by quantiles: the inverse of `values_at`; shape (forecasts,).

    In the middle of the levels where several have the outcome's own value, as at zero wind; NaN stays NaN.
    """
    known = np.array(levels)
    low, high = _tails(quantiles, known)
    first, last = quantiles[:, 0], quantiles[:, -1]
    with np.errstate(divide="ignore", invalid="ignore"):
        below = known[0] * np.exp(np.minimum(outcomes - first, 0.0) / low)
        above = 1 - (1 - known[-1]) * np.exp(-np.maximum(outcomes - last, 0.0) / high)
    inner = _inside(np.ascontiguousarray(quantiles), known, outcomes)
    below = np.where(low > 0, below, known[0] / 2)
    above = np.where(high > 0, above, (1 + known[-1]) / 2)
    shares = np.where(outcomes < first, below, np.where(outcomes > last, above, inner))
    return np.where(np.isfinite(outcomes), shares, np.nan)


@njit(cache=True)
def _inside(
    quantiles: NDArray[np.float64], levels: NDArray[np.float64], outcomes: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The mean of the lowest and the highest share at which each distribution has the outcome's value."""
    last = len(levels) - 1
    shares = np.full(len(outcomes), np.nan)
    for i in range(len(outcomes)):
        row, y = quantiles[i], outcomes[i]
        if not row[0] <= y <= row[last]:
            continue
        first = 0
        while row[first] < y:
            first += 1
        final = last
        while row[final] > y:
            final -= 1
        if final < first:
            shares[i] = levels[final] + (y - row[final]) / (row[first] - row[final]) * (levels[first] - levels[final])
            continue
        # Several levels at one value are a heap, as at zero wind: at the edge it reaches to the end.
        heap = final > first
        left = 0.0 if heap and first == 0 else levels[first]
        right = 1.0 if heap and final == last else levels[final]
        shares[i] = (left + right) / 2
    return shares


def _tails(quantiles: NDArray[np.float64], levels: NDArray[np.float64]) -> tuple[NDArray[np.float64], ...]:
    """Scale of the exponential tails: density is continuous at the outermost levels; shape (forecasts,) each."""
    low = levels[0] * (quantiles[:, 1] - quantiles[:, 0]) / (levels[1] - levels[0])
    high = (1 - levels[-1]) * (quantiles[:, -1] - quantiles[:, -2]) / (levels[-1] - levels[-2])
    return low, high


def _normal_scores(answers: Answers, known_by_s: int) -> NDArray[np.float64]:
    """Normal scores of outcomes within their forecasts; shape (origins, leads), NaN where unknown or sure."""
    shape, levels = answers.outcomes.shape, answers.task.levels
    outcomes = np.where(answers.known_s <= known_by_s, answers.outcomes, np.nan)
    flat = answers.quantiles.reshape(-1, len(levels))
    shares = shares_of(flat, levels, outcomes.ravel())
    # A forecast without spread, as of the sun at night, tells nothing of dependence.
    shares[flat[:, -1] <= flat[:, 0]] = np.nan
    return np.asarray(ndtri(np.clip(shares, SHARE_EDGE, 1 - SHARE_EDGE)).reshape(shape))


def _correlation(scores: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Correlations over pairs that are both known, and how many pairs; none known: no correlation."""
    known = np.isfinite(scores)
    means = np.where(known, scores, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    centred = np.where(known, scores - means, 0.0)
    counts = known.T.astype(float) @ known
    squares = (centred**2).T @ known
    with np.errstate(invalid="ignore", divide="ignore"):
        raw = np.nan_to_num((centred.T @ centred) / np.sqrt(squares * squares.T))
    np.fill_diagonal(raw, 1.0)
    return np.clip(raw, -1.0, 1.0), counts


def _smooth(raw: NDArray[np.float64], sites: int) -> NDArray[np.float64]:
    """The pattern drawn towards: mean correlation between sites at the same lead, times that between leads by lag."""
    leads = len(raw) // sites
    blocks = raw.reshape(sites, leads, sites, leads)
    between = np.einsum("ilkl->ik", blocks) / leads
    own = np.einsum("iaib->ab", blocks) / sites
    by_lag = np.array([np.diagonal(own, lag).mean() for lag in range(leads)])
    return np.asarray(np.kron(_mended(between), _mended(toeplitz(by_lag))), dtype=np.float64)


def _shrinkage(raw: NDArray[np.float64], target: NDArray[np.float64], counts: NDArray[np.float64]) -> float:
    """Share of the pattern: the raw correlations' own variance over their distance from it."""
    above = np.triu_indices(len(raw), 1)
    # Of a correlation r over n pairs of normal scores: (1 − r²)²/(n − 1).
    variance = ((1 - raw[above] ** 2) ** 2 / np.maximum(counts[above] - 1, 1)).sum()
    distance = ((raw[above] - target[above]) ** 2).sum()
    return float(min(1.0, variance / distance)) if distance > 0 else 1.0


def _mended(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """The matrix as a correlation matrix that can be drawn from: eigenvalues above zero, ones on the diagonal."""
    values, vectors = np.linalg.eigh((matrix + matrix.T) / 2)
    fixed = (vectors * np.maximum(values, EIGENVALUE_MIN)) @ vectors.T
    scale = np.sqrt(np.diagonal(fixed))
    return np.asarray(fixed / scale[:, None] / scale[None, :])


def _same_origins(past: Sequence[Answers]) -> None:
    """Refuse sites whose answers do not stand side by side."""
    for other in past[1:]:
        if other.task != past[0].task or not np.array_equal(other.origins_s, past[0].origins_s):
            raise InputError.one(
                f"scenarios of {past[0].feed} and {other.feed}",
                found=f"{len(other.origins_s)} forecasts, task {other.task.name}",
                expected=f"the same {len(past[0].origins_s)} origins, task {past[0].task.name}",
                remedy="back-test all sites on one task and one period",
            )
