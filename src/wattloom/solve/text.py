"""What does a program say, in text? Short and stable, so that a sign slip shows as a changed line.

The form is close to the LP file format of the solvers, with every name written out and one line for each row.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.solve.lp import LinearProgram


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """Names of columns and rows, in the order of the arrays; a row's name may end in its place, as in balance[3]."""

    columns: tuple[str, ...]
    rows: tuple[str, ...]


def as_text(lp: LinearProgram, names: Names, *, only: tuple[str, ...] = ()) -> str:
    """The program as text; with `only`, the requirements of those names and the bounds of what stands in them."""
    rows = [i for i, name in enumerate(names.rows) if not only or name.partition("[")[0] in only or name in only]
    by_row = lp.matrix.tocsr()
    by_row.sum_duplicates()
    shown = set(by_row[rows].indices.tolist()) if only else set(range(len(names.columns)))
    lines = (
        []
        if only
        else ["minimise", f"  {_sum(np.flatnonzero(lp.cost), lp.cost[lp.cost != 0], names)} {lp.offset:+.9g}"]
    )
    lines.append("subject to")
    for i in rows:
        entries = slice(by_row.indptr[i], by_row.indptr[i + 1])
        left = _sum(by_row.indices[entries], by_row.data[entries], names)
        lines.append(f"  {names.rows[i]}: {left} {_sense(lp.row_lower[i], lp.row_upper[i])}")
    lines.append("bounds")
    lines += [f"  {lp.lower[j]:.9g} <= {names.columns[j]} <= {lp.upper[j]:.9g}" for j in sorted(shown)]
    return "\n".join(lines) + "\n"


def _sum(columns: NDArray[np.int64], factors: NDArray[np.float64], names: Names) -> str:
    """Factors times names, in the order of the columns."""
    pairs = sorted(zip(columns.tolist(), factors.tolist(), strict=True))
    return " ".join(f"{factor:+.9g} {names.columns[j]}" for j, factor in pairs) or "0"


def _sense(low: float, high: float) -> str:
    """What a row's sum must be."""
    if low == high:
        return f"= {low:.9g}"
    if np.isinf(low):
        return f"<= {high:.9g}"
    return f">= {low:.9g}" if np.isinf(high) else f"in [{low:.9g}, {high:.9g}]"
