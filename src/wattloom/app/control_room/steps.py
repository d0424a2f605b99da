"""What follows from what a control room hears? A pure step: (state, event) → (state, records, orders).

    steps = Steps(inputs)
    state = steps.begin(at_s=now_s, series="room")
    stepped = steps.heard(state, updates, now_s=now_s)        # telemetry
    stepped = steps.ticked(state, at_s=now_s, causes=())      # a decision

Telemetry is judged and kept; a tick takes what counts of it, lets the match answer, says who may be told and who must
be asked, raises alarms and counts energy. Records first go to the journal; only then is anybody told.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, cast

import numpy as np

from wattloom.app.control_room import alarms, approving, events
from wattloom.app.control_room.account import PERIOD_S, Account, Period, Posted, closed
from wattloom.app.control_room.intraday import Intraday, followed
from wattloom.app.control_room.mixing import Hours
from wattloom.app.control_room.planning import Planned
from wattloom.app.control_room.points import FIELDS, Batch, Points
from wattloom.app.control_room.quality import GOOD, MEASURED, Measurements, Trust, Used, heard, of_sites, used
from wattloom.app.control_room.rows import Row, Written, with_rows
from wattloom.app.control_room.state import MANUAL, Answers, Policies, PolicySet, RoomSnapshot, RoomState, Told
from wattloom.app.live_records import Decision, Refusal
from wattloom.app.live_state import Outstanding, commands_of, it_power, setpoints_of
from wattloom.app.match_inputs import SECONDS_PER_HOUR, MatchInputs, Work, start_work
from wattloom.app.run_live import Look, Room
from wattloom.dispatch.matching import Matcher
from wattloom.domain.errors import InputError, SolveError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.app.control_room.alarms import Cause
    from wattloom.dispatch.matching import Tick
    from wattloom.domain.live import Entry, SiteCommand

TICKS_LATE = 5
"""Ticks without an answer after which a command is late; at least `LATE_S`."""
LATE_S = 10.0


class Record(Protocol):
    """A line of the room's journal."""

    KIND: ClassVar[str]

    def packed(self) -> bytes:
        """As bytes."""


KINDS: Mapping[str, Any] = {
    kind.KIND: kind
    for kind in (
        Batch,
        Decision,
        Refusal,
        Told,
        Answers,
        Written,
        PolicySet,
        Period,
        Planned,
        Intraday,
        Posted,
        RoomSnapshot,
    )
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a tick was decided on, for whoever draws it."""

    tick: Tick
    used: Used
    verdict: NDArray[np.uint8]
    """On each site."""
    plan_it_mw: NDArray[np.float64]
    decision: Decision | Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class Orders:
    """Set-points that sites are sent, each with who approved it; arrays of shape (command,)."""

    series: str
    tick: NDArray[np.int64]
    site: NDArray[np.int64]
    at_s: NDArray[np.float64]
    setpoints_mw: NDArray[np.float64]
    """Shape (command, 10)."""
    by: NDArray[np.int16]
    approvers: tuple[tuple[str, str], ...]

    def __len__(self) -> int:
        """How many."""
        return int(self.site.size)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stepped:
    """What came of a step."""

    state: RoomState
    records: Sequence[Record] = ()
    orders: Orders | None = None
    seen: Seen | None = None


class Steps:
    """Where steps are made: the plan, names and memory of a room; nothing that a step depends on stays in it."""

    def __init__(self, inputs: MatchInputs, *, trust: Trust | None = None, late_s: float = LATE_S,
                 deadband_mw: float = 0.02, patience: approving.Patience | None = None) -> None:  # fmt: skip
        """Set out the memory."""
        self.inputs, self.trust, self.late_s = inputs, trust or Trust(), late_s
        self.patience = patience or approving.Patience()
        self.points, self.live = Points(inputs), Room(inputs.layout, deadband_mw=deadband_mw)
        self._what_if = Matcher(inputs.layout)
        self._cold = self._what_if.state()
        self.start_s = inputs.project.window.instant.timestamp()

    def second(self, at_s: float) -> float:
        """Where an instant lies in the plan's window, which comes again when it is over."""
        return (at_s - self.start_s) % (self.inputs.project.window.hours * SECONDS_PER_HOUR)

    def begin(self, *, at_s: float, series: str, policies: Policies | None = None) -> RoomState:
        """The state before the first step."""
        inputs, sites = self.inputs, len(self.inputs.layout.sites)
        second = self.second(at_s)
        tick = inputs.tick(second, start_work(inputs, second, hours=1.0 / SECONDS_PER_HOUR))
        return RoomState(
            live=self.live.begin(tick, at_s=at_s, series=series),
            measured=Measurements.none(self.points.count),
            policies=policies or Policies.automatic(sites),
            account=Account.begun(at_s, sites),
            prices=np.zeros(len(inputs.layout.regions)),
            hours=Hours.none(len(inputs.layout.regions)),
            begun_s=at_s,
            told_by=np.full(sites, -1, dtype=np.int16),
            approvers=approving.POLICIES,
        )

    def expected(self, at_s: float) -> NDArray[np.float64]:
        """What the day's plan has at each point, shape (point,)."""
        inputs, second, points = self.inputs, self.second(at_s), self.points
        row, coming = np.zeros(points.count), inputs.coming_mw(second)
        it_mw = np.minimum(coming.sum(axis=1), inputs.fleet.it_mw)
        regions = inputs.regions_at(second)
        points.window(row, "sites", "it_mw")[:] = it_mw
        points.window(row, "sites", "draw_mw")[:] = it_mw * inputs.facility_at(second)
        points.window(row, "sites", "demand_mw")[:] = coming
        points.window(row, "sites", "stored_mwh")[:] = 0.5 * inputs.fleet.battery_mwh
        points.window(row, "sites", "it_mw_max")[:] = inputs.fleet.it_mw
        points.window(row, "regions", "supply_mw_max")[:] = regions.supply_mw_max
        points.window(row, "regions", "supply_price_cny_per_mwh")[:] = regions.supply_price_cny_per_mwh
        return row

    def counted(self, state: RoomState, at_s: float) -> Used:
        """What counts of all that was heard, at an instant."""
        expected, battery = self.expected(at_s), self.inputs.fleet.battery_mw
        return used(state.measured, self.points, self.trust, now_s=at_s, expected=expected, battery_mw=battery)

    def tick_of(self, state: RoomState, counted: Used, at_s: float) -> Tick:
        """The numbers of a decision: what is measured, and what the plan of the next hours says, if there is one."""
        inputs, second, points = self.inputs, self.second(at_s), self.points
        sites = {name: points.window(counted.values, "sites", name) for name in FIELDS["sites"]}
        hours = self.tick_hours(state, at_s)
        cap = np.clip(np.minimum(sites["it_mw_max"], events.caps(state, inputs, at_s)), 0.0, inputs.fleet.it_mw)
        price = np.empty_like(sites["demand_mw"])
        price[:, :2] = inputs.project.fleet.shed_price_cny_per_mwh
        price[:, 2:] = inputs.waiting_price(second, sites["waiting_mwh"])
        work = Work(
            demand_mw=np.maximum(sites["demand_mw"], 0.0),
            unserved_cny_per_mwh=price,
            previous_it_mw=np.clip(sites["it_mw"], 0.0, inputs.fleet.it_mw),
            stored_mwh=np.clip(sites["stored_mwh"], 0.0, inputs.fleet.battery_mwh),
            hours=hours,
        )
        tick = inputs.tick(second, work)
        least = np.minimum(tick.sites.it_mw_min, cap)
        regions = replace(
            tick.regions,
            supply_mw_max=points.window(counted.values, "regions", "supply_mw_max"),
            supply_price_cny_per_mwh=points.window(counted.values, "regions", "supply_price_cny_per_mwh"),
        )
        held = replace(tick.sites, it_mw_max=cap, it_mw_min=least)
        plan_mw, size_mw = self.plan_mw(at_s), inputs.fleet.it_mw
        tick = replace(
            tick, regions=regions, sites=approving.bounded(held, state.policies, plan_mw, size_mw, at_s=at_s)
        )
        training, batch = inputs.project.fleet.wait_hours
        return followed(
            tick,
            state.intraday,
            at_s=at_s,
            one_way=float(np.sqrt(inputs.project.fleet.battery_efficiency)),
            waiting_mwh=sites["waiting_mwh"],
            waits=(training > 0.0, batch > 0.0),
        )

    def tick_hours(self, state: RoomState, at_s: float) -> float:
        """How long a tick at an instant counts."""
        return min(max(at_s - state.at_s, 1.0), PERIOD_S) / SECONDS_PER_HOUR

    def plan_mw(self, at_s: float) -> NDArray[np.float64]:
        """IT power that the day's plan has at each site, MW, shape (site,)."""
        coming = self.inputs.coming_mw(self.second(at_s))
        return np.asarray(np.minimum(coming.sum(axis=1), self.inputs.fleet.it_mw))

    def heard(self, state: RoomState, batch: Batch) -> Stepped:
        """A batch of telemetry is kept."""
        return Stepped(state=self.applied(state, batch), records=[batch])

    def said(self, state: RoomState, record: Record) -> Stepped:
        """Anything else that changes the state by itself: rows, answers, policies, a posted period."""
        return Stepped(state=self.applied(state, record), records=[record])

    def ticked(self, state: RoomState, *, at_s: float, causes: Iterable[Cause] = ()) -> Stepped:
        """A decision, those told of it, those asked about, alarms and counts."""
        at_s = max(at_s, state.at_s)
        records: list[Record] = []
        if at_s >= state.account.start_s + PERIOD_S:
            records.append(self._closed(state, at_s))
            state = self.applied(state, records[-1])
        counted = self.counted(state, at_s)
        verdict, tick = of_sites(counted, self.points), self.tick_of(state, counted, at_s)
        before = replace(state, live=replace(state.live, row=self.live.numbers.row(tick)))
        decision = cast("Decision | Refusal", self.live.step(before.live, [Look(at_s=at_s)]).records[-1])
        seen = Seen(tick=tick, used=counted, verdict=verdict, plan_it_mw=self.plan_mw(at_s), decision=decision)
        rows: list[Row] = []
        number = state.numbers
        if isinstance(decision, Decision):
            told, decision, asked, number = self._approved(state, seen, decision, at_s)
            rows += asked
            records += [decision, told]
            # The row that was decided on follows from what was heard: it is no part of what a journal must tell.
            state = self.applied(self.applied(state, decision), told)
        else:
            records.append(decision)
            state = self.applied(before, decision)
        rows_of_events, held, number = events.moved_on(state, seen, self, at_s=at_s, number=number)
        raised, number = alarms.rows(
            state.tables, [*self._causes(state, seen, at_s), *causes], at_s=at_s, number=number
        )
        rows += [*rows_of_events, *raised]
        for record in ([Written(rows=tuple(rows))] if rows else []) + held:
            records.append(record)
            state = self.applied(state, record)
        state = replace(state, numbers=number)
        return Stepped(state=state, records=records, orders=self._orders(state, only=state.tick), seen=seen)

    def waiting(self, state: RoomState) -> Orders | None:
        """The last command of each site that has not answered: to be sent again under the same id."""
        return self._orders(state, only=None)

    def applied(self, state: RoomState, record: Any) -> RoomState:  # noqa: PLR0911  A line a kind of record.
        """The state after a record: the same whether it was just made or read back."""
        if isinstance(record, Batch):
            heard_of = {**state.heard, **record.heard}
            return replace(state, measured=heard(state.measured, record, self.points, self.trust), heard=heard_of)
        if isinstance(record, Decision | Refusal):
            return self._decided(state, record)
        if isinstance(record, Written):
            numbers = max([state.numbers, *(int(row.id[1:]) for row in record.rows if row.id[1:].isdecimal())])
            return replace(state, tables=with_rows(state.tables, record.rows), numbers=numbers)
        if isinstance(record, Period):
            begun = Account.begun(record.end_s, record.draw_wh.size)
            until_s = max(state.account.until_s, record.end_s)
            return replace(state, account=replace(begun, until_s=until_s), unposted=(*state.unposted, record))
        if isinstance(record, Posted):
            return replace(state, unposted=tuple(one for one in state.unposted if one.start_s != record.start_s))
        if isinstance(record, RoomSnapshot):
            return record.state
        found: RoomState = record.applied(state)
        return found

    def _counted_until(self, state: RoomState, until_s: float, *, at_s: float) -> Account:
        """Energy up to an instant, by what is known at another."""
        counted = self.counted(state, at_s)
        draw = self.points.window(counted.values, "sites", "draw_mw")
        sure = self.points.window(counted.by, "sites", "draw_mw") == MEASURED
        return state.account.counted(until_s, draw, state.prices[self.inputs.layout.site_region], sure)

    def _draw_by_region(self, state: RoomState, at_s: float) -> NDArray[np.float64]:
        """What counts as drawn now, MW, shape (region,)."""
        draw = self.points.window(self.counted(state, at_s).values, "sites", "draw_mw")
        layout = self.inputs.layout
        return np.asarray(
            np.bincount(layout.site_region, weights=draw, minlength=len(layout.regions)), dtype=np.float64
        )

    def _closed(self, state: RoomState, at_s: float) -> Period:
        """The open period, counted to its end."""
        end_s = state.account.start_s + PERIOD_S
        return closed(self._counted_until(state, end_s, at_s=at_s), end_s)

    def _decided(self, state: RoomState, record: Decision | Refusal) -> RoomState:
        """A tick: energy up to it is counted, its answer is in force."""
        account = self._counted_until(state, record.at_s, at_s=record.at_s)
        hours = state.hours
        if state.around:
            hours = hours.counted(self._draw_by_region(state, record.at_s), state, self.inputs, at_s=record.at_s)
        state = replace(state, live=record.applied(state.live), account=account, hours=hours)
        if isinstance(record, Decision):
            state = replace(state, prices=record.around["prices_cny_per_mwh"][0], around=dict(record.around))
        return state

    def _approved(self, state: RoomState, seen: Seen, decision: Decision,
                  at_s: float) -> tuple[Told, Decision, list[Row], int]:  # fmt: skip
        """Who of those whose set-points moved is told, and who must be asked about."""
        moved = np.zeros(state.told_by.size, dtype=bool)
        moved[decision.sites] = True
        # A site that lies or is silent is not sent on: nobody knows where it stands.
        moved &= seen.verdict == GOOD
        move = self._move(seen, decision.setpoints_mw)
        found = approving.chosen(state.policies, move, moved, at_s=at_s, approvers=state.approvers)
        rows, number = self._asked(state, seen, at_s)
        late = int(self._late(state, at_s).size)
        told = Told(tick=decision.tick, sites=found.sites, by=found.by, approvers=found.approvers, late=late)
        return told, replace(decision, sites=found.sites), rows, number

    def _move(self, seen: Seen, setpoints_mw: NDArray[np.float64]) -> approving.Move:
        """What set-points would have the sites do, beside where they stand."""
        return approving.Move(
            wanted_mw=it_power(setpoints_mw),
            measured_mw=self.points.window(seen.used.values, "sites", "it_mw"),
            plan_mw=seen.plan_it_mw,
            size_mw=self.inputs.fleet.it_mw,
        )

    def _asked(self, state: RoomState, seen: Seen, at_s: float) -> tuple[list[Row], int]:
        """Now and then: where would the match bring the sites that people hold, and are they worth asking about?"""
        tied = approving.bound(state.policies, at_s=at_s)
        if state.tick % approving.ASK_EACH_TICKS or not tied.any():
            return [], state.numbers
        fleet, granted_s = self.inputs.project.fleet, self.patience.granted_s
        ramp = fleet.ramp_per_minute * self.inputs.fleet.it_mw / 60.0
        cap = np.minimum(self.inputs.fleet.it_mw, events.caps(state, self.inputs, at_s))
        free = replace(seen.tick.sites, it_mw_max=np.where(tied, cap, seen.tick.sites.it_mw_max),
                       it_mw_min=np.where(tied, fleet.least_power * cap, seen.tick.sites.it_mw_min))  # fmt: skip
        try:
            self._what_if.restore(self._cold)
            match = self._what_if.match(replace(seen.tick, sites=approving.freed(free, tied, ramp, granted_s)))
        except (InputError, SolveError):
            return [], state.numbers
        setpoints, region = setpoints_of(match), self.inputs.layout.site_region
        move = self._move(seen, setpoints)
        about = approving.asking(state.policies, move, at_s=at_s)
        ask = approving.Ask(
            sites=self.inputs.layout.sites,
            manual=state.policies.kind == MANUAL,
            price_cny_per_mwh=match.prices_cny_per_mwh[0][region],
            facility=seen.tick.sites.facility_mw_per_it_mw,
            asked_s=self.patience.asked_s,
        )
        about = about[seen.verdict[about] == GOOD]
        return approving.proposals(state.tables, about, move, ask, at=(at_s, state.numbers), setpoints_mw=setpoints)

    def _late(self, state: RoomState, at_s: float) -> NDArray[np.int64]:
        """Sites whose oldest unanswered command waits too long, by position."""
        waiting = state.live.outstanding
        return np.unique(waiting.site[waiting.at_s < at_s - self.late_s])

    def _causes(self, state: RoomState, seen: Seen, at_s: float) -> Iterable[Cause]:
        """Why alarms stand, of all that the room sees by itself."""
        layout, decision = self.inputs.layout, seen.decision
        yield from alarms.of_sites(seen.verdict, layout.sites)
        if isinstance(decision, Decision):
            yield from alarms.of_supply(decision.around["shortfall_mw"], layout.regions)
            yield from alarms.of_answer(decision.certificate, ())
        else:
            yield from alarms.of_answer(None, decision.problems)
        yield from alarms.of_commands(self._late(state, at_s), layout.sites, self.late_s)

    def _orders(self, state: RoomState, *, only: int | None) -> Orders | None:
        """Commands of a tick, or the newest of each site."""
        waiting = state.live.outstanding
        if only is not None:
            waiting = waiting.where(waiting.tick == only)
        else:
            newest = np.zeros(state.told_by.size, dtype=np.int64)
            np.maximum.at(newest, waiting.site, waiting.tick)
            waiting = waiting.where(waiting.tick == newest[waiting.site])
        if not waiting.site.size:
            return None
        return Orders(
            series=state.live.series,
            tick=waiting.tick,
            site=waiting.site,
            at_s=waiting.at_s,
            setpoints_mw=waiting.setpoints_mw,
            by=state.told_by[waiting.site],
            approvers=state.approvers,
        )


def commands(orders: Orders, sites: tuple[str, ...]) -> list[tuple[SiteCommand, str, str]]:
    """Orders one by one: the command, who approved it, and whether a person or a policy did."""
    waiting = Outstanding(tick=orders.tick, site=orders.site, at_s=orders.at_s, setpoints_mw=orders.setpoints_mw)
    told = commands_of(waiting, series=orders.series, sites=sites)
    return [(command, *orders.approvers[by]) for command, by in zip(told, orders.by.tolist(), strict=True)]


def entries(records: Iterable[Record]) -> list[tuple[str, bytes]]:
    """Records as a journal takes them."""
    return [(record.KIND, record.packed()) for record in records]


def record_of(entry: Entry) -> Any:
    """The record of a journal's entry; `InputError` where it is of another release."""
    try:
        return KINDS[entry.kind].unpacked(entry.body)
    except (KeyError, ValueError, TypeError) as error:
        raise InputError.one(
            f"journal, record {entry.sequence}",
            found=f"kind {entry.kind!r} that reads as {type(error).__name__}",
            expected=f"one of {', '.join(KINDS)} as this release writes it",
            remedy="go on with the release that wrote it, or begin a new journal",
        ) from error
