"""How does a room write its part of a linear program? Sizes, flows, requirements and costs, by name."""

from __future__ import annotations

import itertools
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import xarray as xr
from scipy.sparse import csc_matrix, hstack

from wattloom.domain.errors import Infeasible
from wattloom.domain.flows import TIME
from wattloom.solve.arrays import Arrays, add_cost, positions
from wattloom.solve.live import Live
from wattloom.solve.lp import LinearProgram
from wattloom.solve.path import ROWS_SMALL, Path, solve
from wattloom.solve.solution import Elastic, Solution, solution_of
from wattloom.solve.text import Names, as_text

if TYPE_CHECKING:
    import linopy
    from numpy.typing import ArrayLike, NDArray

    from wattloom.domain.time import TimeAxis


class Program:
    """A linear program over the periods of an axis, built part by part; costs are CNY a year unless said otherwise.

    Keep requirements over the whole year as averages (MW rather than MWh a year): a row whose numbers are thousands of
    times those of its neighbours costs a solver precision.
    """

    def __init__(self, axis: TimeAxis) -> None:
        """Start empty."""
        import linopy  # noqa: PLC0415 - heavy, and most commands do without

        self.axis = axis
        self.time = pd.RangeIndex(axis.count, name=TIME)
        self.model = linopy.Model()
        self._sizes: list[str] = []
        self._coupling: list[str] = []
        self._costs: dict[str, Any] = {}
        self._never: list[str] = []

    def series(self, values: ArrayLike) -> xr.DataArray:
        """Numbers of each period, labelled; one number is repeated."""
        full = np.broadcast_to(np.asarray(values, dtype=np.float64), (self.axis.count,))
        return xr.DataArray(full, coords=[self.time])

    def size(self, name: str, *, lower: float = 0.0, upper: float = np.inf) -> linopy.LinearExpression:
        """A size to be chosen once: MW, MWh or MVA."""
        self._sizes.append(name)
        return 1.0 * self.model.add_variables(lower=lower, upper=upper, name=name)

    def flow(self, name: str, *, lower: ArrayLike = 0.0, upper: ArrayLike = np.inf) -> linopy.Variable:
        """A variable for each period."""
        low, high = self._bound(lower), self._bound(upper)
        return self.model.add_variables(lower=low, upper=high, coords=[self.time], name=name)

    def coupling(self, name: str, *, lower: ArrayLike = 0.0, upper: ArrayLike = np.inf) -> linopy.Variable:
        """A variable for each period that ties two sites together."""
        self._coupling.append(name)
        return self.flow(name, lower=lower, upper=upper)

    def each(
        self, name: str, index: Sequence[Hashable], *, dimension: str, lower: float = 0.0, upper: float = np.inf
    ) -> linopy.Variable:
        """A variable for each label of an index, such as each month."""
        return self.model.add_variables(lower=lower, upper=upper, coords=[pd.Index(index, name=dimension)], name=name)

    def table(
        self,
        name: str,
        index: Sequence[Hashable],
        *,
        dimension: str,
        lower: ArrayLike = 0.0,
        upper: ArrayLike = np.inf,
    ) -> linopy.Variable:
        """A variable for each label of an index and each period; bounds that differ have shape (label, period)."""
        labels = pd.Index(index, name=dimension)
        full = (len(labels), self.axis.count)
        low, high = (np.broadcast_to(np.asarray(bound, dtype=np.float64), full) for bound in (lower, upper))
        coords = [labels, self.time]
        return self.model.add_variables(
            lower=xr.DataArray(low, coords=coords), upper=xr.DataArray(high, coords=coords), name=name
        )

    def require(self, name: str, condition: Any) -> None:
        """A condition that every plan must keep; between numbers only it holds, or no plan does."""
        if isinstance(condition, bool | np.bool_ | np.ndarray | xr.DataArray):
            if not bool(np.all(condition)):
                self._never.append(name)
            return
        self.model.add_constraints(condition, name=name)

    def cost(self, item: str, amount: Any) -> None:
        """Money a year that the plan pays for; items of the same name are an error."""
        if item in self._costs:
            raise ValueError(f"cost item {item!r} is there already; give each item its own name")
        self._costs[item] = amount

    @property
    def costs(self) -> dict[str, Any]:
        """The cost items as written."""
        return dict(self._costs)

    def solve(self, path: Path | None = None) -> Solution:
        """The cheapest plan; raises `Infeasible` where there is none."""
        arrays = self._arrays()
        self._refuse_never(self._never)
        self._refuse_crossed()
        return solution_of(solve(arrays.lp, path or Path()), arrays)

    def open(self) -> Live:
        """The program kept in the solver, to change numbers and solve again from where it was."""
        self._refuse_never(self._never)
        self._refuse_crossed()
        return Live(self._arrays())

    def elastic(self, weights: Mapping[str, float], path: Path | None = None) -> Elastic:
        """The least weighted amount by which named requirements must give way, for there to be a plan at all.

        `weights` holds what one unit of each is worth; requirements that are not named stay. Costs do not count. Raises
        `Infeasible` where the others contradict each other already.
        """
        arrays = self._arrays()
        self._refuse_never([name for name in self._never if name not in weights])
        self._refuse_crossed()
        soft = {name: arrays.rows(name) for name in weights if name not in self._never}
        if path is None:
            path = Path(method="auto" if arrays.lp.matrix.shape[0] <= ROWS_SMALL else "hipo")
        answer = solve(_softened(arrays.lp, soft, weights), path)
        given, start = dict.fromkeys((name for name in self._never if name in weights), np.inf), arrays.lp.cost.size
        for name, rows in soft.items():
            given[name] = float(answer.primal[start : start + 2 * rows.size].sum())
            start += 2 * rows.size
        return Elastic(violations=given, solution=solution_of(answer, arrays))

    def as_linear_program(self) -> LinearProgram:
        """The arrays that a solver takes."""
        return self._arrays().lp

    def as_text(self, *, only: Sequence[str] = ()) -> str:
        """The program as text, to be read and compared: costs, requirements (or `only` those named), bounds."""
        arrays = self._arrays()
        return as_text(arrays.lp, self._names(), only=tuple(only))

    def _arrays(self) -> Arrays:
        """The arrays, and where each variable and requirement stands in them."""
        m = self.model.matrices  # Computed anew at each access: once is enough.
        column_of, row_of = positions(m.vlabels), positions(m.clabels)
        cost, offset = np.zeros(len(m.vlabels)), 0.0
        for amount in self._costs.values():
            offset += add_cost(cost, amount, column_of)
        sense, right = np.asarray(m.sense), np.asarray(m.b, dtype=np.float64) + 0.0  # No minus nought.
        lp = LinearProgram(
            matrix=csc_matrix(m.A) if m.A is not None else csc_matrix((0, len(m.vlabels))),
            cost=cost,
            lower=np.asarray(m.lb, dtype=np.float64),
            upper=np.asarray(m.ub, dtype=np.float64),
            row_lower=np.where(sense == "<", -np.inf, right),
            row_upper=np.where(sense == ">", np.inf, right),
            sizes=self._columns(self._sizes, column_of),
            coupling=self._columns(self._coupling, column_of),
            offset=offset,
        )
        return Arrays(lp=lp, column_of=column_of, row_of=row_of, model=self.model)

    def _refuse_never(self, names: Sequence[str]) -> None:
        """Raise where a requirement between numbers does not hold."""
        if names:
            raise Infeasible(
                f"no plan meets {', '.join(repr(name) for name in names)}: its numbers contradict it already; "
                "relax it, or change the sizes that are fixed"
            )

    def _refuse_crossed(self) -> None:
        """Raise where a variable's lower bound is above its upper one, by name."""
        for name, variable in self.model.variables.items():
            low, high = variable.lower.values, variable.upper.values
            if np.any(low > high):
                worst = np.unravel_index(np.argmax(low - high), np.shape(low))
                raise Infeasible(
                    f"no plan meets the limits of {name!r}: at least {low[worst]:g} and at most {high[worst]:g}; "
                    "raise the upper limit or lower the other"
                )

    def _names(self) -> Names:
        """Names of columns and rows, in the order of the arrays."""
        columns = [label for name, v in self.model.variables.items() for label in _labelled(name, v.labels)]
        rows = [label for name, c in self.model.constraints.items() for label in _labelled(name, c.labels)]
        return Names(columns=tuple(columns), rows=tuple(rows))

    def _columns(self, names: list[str], column_of: NDArray[np.int64]) -> NDArray[np.int64]:
        """Columns of named variables."""
        labels = [np.ravel(self.model.variables[name].labels.values) for name in names]
        chosen = np.concatenate(labels) if labels else np.empty(0, dtype=np.int64)
        return np.asarray(column_of[chosen], dtype=np.int64)

    def _bound(self, values: ArrayLike) -> float | xr.DataArray:
        """A bound as linopy takes it."""
        array = np.asarray(values, dtype=np.float64)
        return float(array) if array.ndim == 0 else self.series(array)


def _softened(lp: LinearProgram, soft: Mapping[str, NDArray[np.int64]], weights: Mapping[str, float]) -> LinearProgram:
    """The program with a shortfall and an excess for each row that may give way, and nothing else to pay."""
    rows = np.concatenate([np.repeat(at, 2) for at in soft.values()] or [np.empty(0, dtype=np.int64)])
    count, columns = rows.size, lp.cost.size
    signs = np.tile([1.0, -1.0], count // 2)
    slack = csc_matrix((signs, (rows, np.arange(count))), shape=(lp.matrix.shape[0], count))
    prices = [np.full(2 * at.size, weights[name]) for name, at in soft.items()]
    return replace(
        lp,
        matrix=csc_matrix(hstack([lp.matrix, slack])),
        cost=np.concatenate([np.zeros(columns), *prices]),
        lower=np.concatenate([lp.lower, np.zeros(count)]),
        upper=np.concatenate([lp.upper, np.full(count, np.inf)]),
        # Without their costs the sizes are nothing that a first-order step could find.
        sizes=np.empty(0, dtype=np.int64),
        coupling=np.empty(0, dtype=np.int64),
        offset=0.0,
    )


def _labelled(name: str, labels: xr.DataArray) -> list[str]:
    """Name with coordinate, such as import[7], for each label that is in use."""
    flat = np.ravel(labels.values)
    if labels.ndim == 0:
        return [name] if flat[0] >= 0 else []
    places = itertools.product(*(labels.indexes[dimension] for dimension in labels.dims))
    return [f"{name}[{_place(place)}]" for place, label in zip(places, flat, strict=True) if label >= 0]


def _place(place: tuple[Any, ...]) -> str:
    """Coordinates as text."""
    return ",".join(str(part) for part in place)
