"""What does each user of one direct connection owe of its month? Doc 688 by the period, and to the fen in sum.

The project's self-use of a period is parted by consumption. What the connection drew is then parted by what each user
still lacked; where it drew more than that (losses of the project's own lines), the rest is parted by consumption.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from wattloom.app.settle_month_meters import USER
from wattloom.domain.charges import PriceBasis
from wattloom.domain.text import Text
from wattloom.ledger.matching import Round, match
from wattloom.market.sharing import Users, among_users, line_among

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.app.settle_month_meters import PointReadings
    from wattloom.app.settle_month_project import PointEntry
    from wattloom.market import Bill, MeterMonth, MonthRules


@dataclass(frozen=True, slots=True, kw_only=True)
class UserShare:
    """A user's part of a project's month."""

    user: str
    load_wh: int
    """What it took and drew: its consumption, and its part of what was lost on the project's own lines."""
    taken_wh: int
    """Of the project's self-use, by Doc 688."""
    drawn_wh: int
    """Of what the connection drew."""
    amount_fen: dict[str, int]
    """By item; over all users each item is the project's."""
    vat_fen: int
    total_fen: int


GAP = Text(
    "The connection drew {metered} kWh; its users lacked {lacked} kWh. What differs is parted by consumption where the "
    "connection drew more, and by what was lacking where it drew less.",
    "并网点下网 {metered} kWh，用户缺口合计 {lacked} kWh；差额按用电量（下网较多时）或按缺口（下网较少时）分摊。",
)
DERIVED = Text(
    "No meter stands at the connection: what was drawn is what the users lacked.",
    "并网点无下网表计：下网电量取各用户缺口之和。",
)


def users_of(point: PointEntry, readings: PointReadings, meter: MeterMonth) -> tuple[Users | None, tuple[Text, ...]]:
    """Who shares the connection and what each took of it, with what a reader must know; None where nobody shares."""
    if not point.users:
        return None, ()
    names = tuple(point.users)
    loads = np.stack([_load(readings, name) for name in names])
    used = np.zeros(loads.shape[1], dtype=np.int64) if meter.self_used_wh is None else meter.self_used_wh
    metered = readings.wh("drawn")
    taken, drawn = allotted(used, metered, loads)
    key = tuple(point.users[name].key or 0 for name in names)
    users = Users(names=names, load_wh=drawn + taken, taken_wh=taken, key=key if any(key) else ())
    lacked = int((loads - taken).sum())
    if metered is None:
        return users, (DERIVED,)
    if lacked == int(metered.sum()):
        return users, ()
    told = GAP.filled(metered=f"{int(metered.sum()) / 1000:,.3f}", lacked=f"{lacked / 1000:,.3f}")
    return users, (told,)


def as_its_users_have_it(meter: MeterMonth, users: Users) -> MeterMonth:
    """The project's meters with consumption, self-use and draw as its users' sums, so that every item adds up."""
    load, taken = users.load_wh.sum(axis=0), users.taken_wh.sum(axis=0)
    return replace(meter, consumed_wh=load, self_used_wh=taken, drawn_wh=load - taken)


def shares_of(meter: MeterMonth, bill: Bill, rules: MonthRules, users: Users) -> tuple[UserShare, ...]:
    """Each user's part of a project's bill; every item and the tax add up to the fen."""
    parts = among_users(meter.readings(), rules, users)
    table = {item: parts.amount_fen[:, place].tolist() for place, item in enumerate(parts.items)}
    drawn = users.load_wh.sum(axis=1) - users.taken_wh.sum(axis=1)
    by_key = list(users.key) or users.load_wh.sum(axis=1).tolist()
    columns = {
        line.item: table[line.item]
        if line.item in table and sum(table[line.item]) == line.amount_fen
        else line_among(line.amount_fen, by=drawn.tolist(), key=by_key)
        for line in bill.lines
    }
    sums = [sum(amounts) for amounts in zip(*columns.values(), strict=True)]
    vat = _signed_parts(bill.vat_fen, sums)
    on_top = bill.price_basis is PriceBasis.WITHOUT_VAT
    return tuple(
        UserShare(
            user=name,
            load_wh=int(users.load_wh[row].sum()),
            taken_wh=int(users.taken_wh[row].sum()),
            drawn_wh=int(drawn[row]),
            amount_fen={item: amounts[row] for item, amounts in columns.items()},
            vat_fen=vat[row],
            total_fen=sums[row] + (vat[row] if on_top else 0),
        )
        for row, name in enumerate(users.names)
    )


def _load(readings: PointReadings, name: str) -> NDArray[np.int64]:
    """A user's consumption, which the file's check has seen to."""
    found = readings.wh(USER + name)
    if found is None:
        raise KeyError(name)
    return found


def allotted(
    self_used: NDArray[np.int64], drawn: NDArray[np.int64] | None, loads: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """What each user took of the project's self-use and of its draw, whole watt-hours that add up in every period.

    Args:
        self_used: of the project, shape (periods,).
        drawn: at the connection, shape (periods,); None where no meter stands there: what the users lacked.
        loads: of its users, shape (users, periods).
    """
    taken = _in_proportion(self_used, loads)
    lacked = loads - taken
    if drawn is None:
        return taken, lacked
    own = _in_proportion(drawn, lacked)
    rest = drawn - own.sum(axis=0)
    over = _in_proportion(rest, loads)
    own += over
    # Nobody consumed, or less than was lost: the first user stands for what is left.
    own[0] += rest - over.sum(axis=0)
    return taken, own


def _in_proportion(supply: NDArray[np.int64], wanted: NDArray[np.int64]) -> NDArray[np.int64]:
    """What of a supply goes to each row, never more than it wants."""
    every = Round(name="users", sources=np.array([0]), users=np.arange(len(wanted)))
    return match(np.ascontiguousarray(supply[None, :]), np.ascontiguousarray(wanted), [every]).taken


def _signed_parts(total: int, weights: Sequence[int]) -> list[int]:
    """A whole amount by weights of either sign: differences of its running share, rounded down."""
    whole = sum(weights)
    if not whole:
        return [total, *([0] * (len(weights) - 1))]
    ends = [0]
    for weight in weights:
        ends.append(ends[-1] + weight)
    return [total * after // whole - total * before // whole for before, after in pairwise(ends)]
