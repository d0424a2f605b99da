"""Who keeps a control room going? A host with a beat, a journal, a field and a book; all it tells is durable first.

    room = ControlRoom(steps, journal, field=field, book=book, settings=RoomSettings(folder=folder))
    room.start()
    room.offer(updates, timeout_s=5.0)        # returns once the journal keeps them
    room.frame()                              # the last tick; `wait` blocks for the next
    room.stop()

One thread steps: it takes what was offered and said, lets the field and the match move on each beat, writes one
transaction, and only then answers senders, commands sites and publishes the frame. A process killed at any point goes
on from its journal; what was written and not answered is sent again under the same id.
"""

from __future__ import annotations

import threading
import time
import uuid
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from wattloom.app.control_room import advising, approving, events
from wattloom.app.control_room import alarms as alarm_words
from wattloom.app.control_room.account import Period, Posted
from wattloom.app.control_room.figures import Figures
from wattloom.app.control_room.frame import Running, frame, instant, regions
from wattloom.app.control_room.pages import Pages
from wattloom.app.control_room.points import UPDATES_MAX
from wattloom.app.control_room.replanning import Made, Planner
from wattloom.app.control_room.rows import Alarm, Note, Proposal, Row, Written, said
from wattloom.app.control_room.state import POLICY_WORDS, Answers, Policies, PolicySet, RoomSnapshot, RoomState
from wattloom.app.control_room.steps import Record, Seen, Stepped, Steps, entries
from wattloom.domain.errors import Conflict, InputError, Unavailable, WattloomError
from wattloom.domain.text import Text
from wattloom.edge.workers.room_history import SINCE, History
from wattloom.edge.workers.room_parts import (
    Feed,
    Field,
    RoomSettings,
    Waiter,
    answered_ms,
    degraded_of,
    median_ms,
    rebuilt,
    rows_of,
)
from wattloom.edge.workers.room_planning import Planning
from wattloom.edge.workers.room_posting import Posting
from wattloom.edge.workers.room_watch import PlantClock, Watch

if TYPE_CHECKING:
    from wattloom.app.access.advice import Advice
    from wattloom.app.control_room.points import Taken
    from wattloom.domain.live import Update
    from wattloom.domain.ports import Journal

OFFERS_MAX = 200
"""Batches that may wait for the journal: more would wait longer than their senders."""
STALLED_S = 2.5
"""Without a tick for so long the room says by itself that it stands still."""
KEPT_MS = 200
"""Readings of a latency that its median is taken of."""
TEXT_LONGEST = 2_000


class ControlRoom:
    """The room as everybody outside sees it; safe to ask from any thread."""

    def __init__(self, steps: Steps, journal: Journal, *,  # noqa: PLR0913  What a room stands on.
                 field: Field, settings: RoomSettings,
                 book: Callable[[], AbstractContextManager[Any]] | None = None,
                 policies: Policies | None = None, signed: Callable[[Advice], str] | None = None,
                 ended: Callable[[], None] | None = None) -> None:  # fmt: skip
        """Begin where the journal ended, or anew; `ended` is called last of all as the room stops."""
        self._ended, self._signed = ended, signed
        self._feeds: list[Feed] = []
        self.steps, self.settings, self._journal, self._field = steps, settings, journal, field
        self._clocks = settings.clocks
        state = rebuilt(steps, journal)
        if state is None:
            series = uuid.uuid4().hex[:12]
            state = steps.begin(at_s=self._clocks.now_s(), series=series, policies=policies)
            journal.append(entries([RoomSnapshot(state=state)]))
        self.state: RoomState = state
        self.clock = PlantClock(self._clocks, speed=settings.speed, at_least_s=state.at_s)
        self.watch = Watch(self._clocks, settings.folder)
        self.pages = Pages(steps, simulated=field.simulated)
        self.figures = Figures(self.pages)
        sites, count = len(steps.inputs.layout.sites), len(steps.inputs.layout.regions)
        self.history = History(dict.fromkeys(("it_mw", "draw_mw", "stored_mwh"), sites))
        self.by_region = History(dict.fromkeys(REGION_FIELDS, count) | {"ahead_mw": 1})
        self._seen: Seen | None = None
        self._frame: dict[str, Any] | None = None
        self._number = self._snapshot_tick = state.tick
        self._published_s = self._clocks.passed_s()
        self._news = threading.Condition()
        self._wake = threading.Condition()
        self._inbox: deque[Waiter] = deque()
        self._stop = False
        self._out: Text | None = None
        self._planning = Planning(Planner(steps), made=self._planned)
        self._ms = {name: deque[float](maxlen=KEPT_MS) for name in ("decision", "record", "actuation", "settled")}
        self._posting = None if book is None else Posting(
            book, steps, state.live.series, posted=self._posted, paid=self._event_posted, tell=self.watch.tell
        )  # fmt: skip
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Begin to tick."""
        self._field.resume(self.state)
        self._planning.start()
        if self._posting is not None:
            self._posting.start()
            self._posting.take(self.state.unposted)
            self._posting.take_events(events.unpaid(self.state))
        for work, name in ((self._run, "room loop"), (self._watch_over, "room watch")):
            thread = threading.Thread(target=work, name=name, daemon=True)
            thread.start()
            self._threads.append(thread)

    def attend(self, feed: Feed) -> None:
        """Start something that offers telemetry by itself; it ends with the room."""
        self._feeds.append(feed)
        feed.start()

    def stop(self) -> None:
        """Finish what waits, keep the state, let go of the journal's thread."""
        with self._wake:
            self._stop = True
            self._wake.notify()
        with self._news:
            self._news.notify_all()
        for thread in self._threads:
            thread.join(10.0)
        for part in (*self._feeds, self._planning, *([] if self._posting is None else [self._posting])):
            part.stop()
        if self._ended is not None:
            self._ended()
            self._ended = None

    # -------------------------------------------------------------------------------------------- what is told

    def frame(self) -> dict[str, Any]:
        """The last frame; `Unavailable` before the first."""
        with self._news:
            if self._frame is None:
                raise Unavailable("the room is starting; its first tick is not there yet", after_s=1.0)
            return self._frame

    def wait(self, after_tick: int, timeout_s: float) -> dict[str, Any] | None:
        """The next frame behind a tick; None where none came in time."""
        with self._news:
            ready = self._news.wait_for(lambda: self._stop or self._is_news(after_tick), timeout_s)
            return self._frame if ready and self._is_news(after_tick) else None

    def page(self, name: str, **query: Any) -> dict[str, Any]:
        """A page by its name; `KeyError` where the room has none of it."""
        seen, state = self._now()
        if name == "now":
            return self.pages.now(state, self.frame())
        if name == "sites":
            return rows_of(self.pages.sites(state, seen), query)
        if name == "vpp":
            return self.pages.vpp(state, seen, self._planning.newest)
        if name == "alarms":
            return self._with_unrecorded(self.pages.alarms(state))
        if name in self.figures.names:
            return self.figures.page(name, state, self.by_region)
        raise KeyError(name)

    def site(self, name: str) -> dict[str, Any]:
        """One site; `KeyError` where there is none."""
        seen, state = self._now()
        return self.pages.site(state, seen, name)

    def series(self, site: str, field: str, start: str | None = None, end: str | None = None) -> dict[str, Any]:
        """A meter of a site over the ticks at hand, between two instants in ISO 8601 with their offsets."""
        n = self.steps.points.site(site)
        if field not in self.history.fields:
            raise KeyError(field)
        at_s, values = self.history.series(
            field,
            n,
            since_s=-np.inf if not start else datetime.fromisoformat(start).timestamp(),
            until_s=np.inf if not end else datetime.fromisoformat(end).timestamp(),
        )
        unit = "MWh" if field.endswith("_mwh") else "MW"
        return {**self.pages.twin(self.state, **{field: unit}), "site": site, "field": field, "unit": unit,
                "at_s": at_s, "values": values, "since": SINCE}  # fmt: skip

    def proposals(self) -> dict[str, Any]:
        """Proposals, those that wait first."""
        seen, state = self._now()
        return {**self.pages.twin(state), "items": self.pages.proposals(state, seen), "next": None}

    def ready(self) -> dict[str, Any]:
        """Whether the room does all that it should, check by check."""
        age_s = self._clocks.passed_s() - self._published_s
        causes = {cause.kind: cause.text.en for cause in self.watch.causes(self.clock, self._archive_fault())}
        checks = {
            "loop": {"ok": self._frame is not None and age_s < 2 * STALLED_S, "found": f"last tick {age_s:.1f} s ago"},
            "store": {"ok": self._out is None, "found": "" if self._out is None else self._out.en},
        }
        checks |= {kind: {"ok": True, "found": why} for kind, why in causes.items()}
        return {"ok": all(check["ok"] for check in checks.values()), "checks": checks}

    def advice(self, site: str) -> dict[str, Any]:
        """The newest set-points of a site, signed for its gateway; `advice` is None where none wait."""
        _, state = self._now()
        found = advising.advice(state, self.steps, site, now=datetime.fromtimestamp(self.clock.now_s(), tz=UTC))
        if self._signed is None or self.settings.mirror:
            raise Conflict("this room signs no advice")
        text = None if found is None else self._signed(found)
        return {**self.pages.twin(state), "site": site, "advice": text}

    # -------------------------------------------------------------------------------------------- what is said

    def offer(self, updates: Sequence[Update], timeout_s: float = 5.0) -> dict[str, Any]:
        """Keep telemetry; on the disk when it returns. `Unavailable` where it cannot be kept now."""
        if len(updates) > UPDATES_MAX:
            raise InputError.one("updates", found=f"{len(updates):,}", expected=f"at most {UPDATES_MAX:,} in a batch",
                                 remedy="send them in several")  # fmt: skip
        taken: Taken = self._brought(Waiter(updates)).result(timeout_s)
        refused = [
            {part: getattr(one, part) for part in ("where", "found", "expected", "remedy")} for one in taken.refused
        ]
        return {"taken": taken.taken, "kept_up_to": dict(taken.kept_up_to), "refused": refused}

    def decide(self, proposal_id: str, approve: bool, by: str, via: str, reason: str = "") -> dict[str, Any]:  # noqa: FBT001  As the server calls it.
        """Approve or reject; `KeyError`, or `Conflict` where it was decided or is past."""
        self._commanding()

        def work(state: RoomState) -> tuple[list[Record], str]:
            at_s = self.clock.now_s()
            row = state.tables["proposals"][proposal_id]
            if not isinstance(row, Proposal):
                raise KeyError(proposal_id)
            done = approving.decided(row, approve=approve, by=by, via=via, reason=reason[:TEXT_LONGEST], at_s=at_s)
            rows: list[Row] = [done]
            if done.kind == "event":
                rows += events.decided(state, done)
            verb = Text("approved", "批准") if approve else Text("rejected", "驳回")
            what = Text(f"{verb.en}: {row.text[0]}", f"{verb.zh}：{row.text[1]}")
            rows.append(said(at_s, by, what, about=row.id, number=state.numbers + 1))
            records: list[Record] = [Written(rows=tuple(rows))]
            if approve and done.kind == "set_point":
                granted_s = at_s + self.steps.patience.granted_s
                site = self.steps.points.site(done.subject)
                records.append(PolicySet(sites=(site,), granted_s=granted_s, by=by))
            return records, proposal_id

        self._brought(Waiter(work)).result(10.0)
        seen, state = self._now()
        row = state.tables["proposals"][proposal_id]
        return self.pages.proposal(row, seen) if isinstance(row, Proposal) else {}

    def alarm(self, alarm_id: str, verb: str, by: str, note: str = "") -> dict[str, Any]:
        """Acknowledge or clear; `KeyError`, or `Conflict` where it does not fit what stands."""

        def work(state: RoomState) -> tuple[list[Record], Alarm]:
            at_s = self.clock.now_s()
            row = state.tables["alarms"][alarm_id]
            if not isinstance(row, Alarm):
                raise KeyError(alarm_id)
            done = alarm_words.decided(row, verb, by=by, note=note[:TEXT_LONGEST], at_s=at_s)
            word = Text("acknowledged", "确认") if verb == "acknowledge" else Text("cleared", "清除")
            name = alarm_words.KINDS[row.kind][1]
            what = Text(f"{word.en}: {name.en}, {row.subject}", f"{word.zh}：{name.zh}，{row.subject}")
            number = state.numbers + 1
            return [Written(rows=(done, said(at_s, by, what, about=row.id, number=number)))], done

        done: Alarm = self._brought(Waiter(work)).result(10.0)
        if verb == "clear" and done.kind == "clock_jump":
            self.clock.follow()
        return self.pages.alarm(done)

    def note(self, by: str, text: str) -> dict[str, Any]:
        """A line of the shift log; `InputError` where it is empty or too long."""
        if not 1 <= len(text.strip()) <= TEXT_LONGEST:
            raise InputError.one("text", found=f"{len(text)} characters", expected=f"1 to {TEXT_LONGEST:,}",
                                 remedy="write what the next shift must know")  # fmt: skip

        def work(state: RoomState) -> tuple[list[Record], Note]:
            row = said(self.clock.now_s(), by, Text.same(text.strip()), about="", number=state.numbers + 1)
            return [Written(rows=(row,))], row

        row: Note = self._brought(Waiter(work)).result(10.0)
        return {"id": row.id, "at": instant(row.at_s, self.steps), "by": row.by, "text": row.text[0]}

    def vpp_call(self, asked: Mapping[str, Any], by: str) -> dict[str, Any]:
        """A call for less power becomes a proposal; `InputError` names all that is wrong with it."""
        self._commanding()
        name: str = self._brought(Waiter(lambda state: self._event(state, asked, by))).result(10.0)
        seen, state = self._now()
        row = state.tables["proposals"][name]
        event = state.tables["events"][str(row.asked["event"])] if isinstance(row, Proposal) else None
        return {
            **self.pages.twin(state),
            "proposal": self.pages.proposal(row, seen) if isinstance(row, Proposal) else None,
            "event": self.pages.event(event) if event is not None else None,  # type: ignore[arg-type]
        }

    def _commanding(self) -> None:
        """`Conflict` where the room only looks on."""
        if self.settings.mirror:
            raise Conflict("this room mirrors its sites and commands nobody; decide where they are dispatched")

    def _event(self, state: RoomState, asked: Mapping[str, Any], by: str) -> tuple[list[Record], str]:
        """The rows of an event that is asked, and the id of its proposal."""
        known = events.known(state, self._seen, self.steps, self._planning.newest, region=str(asked.get("territory")))
        rows = events.asked(state, asked, self.steps, by=by, at_s=self.clock.now_s(), known=known)
        return [Written(rows=tuple(rows))], rows[1].id

    def answered(self, answers: Answers) -> None:
        """Sites tell that commands are carried out; durable when it returns."""
        self._brought(Waiter(lambda _: ([answers], None))).result(10.0)

    def policy(self, site: str, *, kind: str, by: str, limit: float | None = None) -> None:
        """Set who approves a site's set-points; `KeyError` where there is no such site or policy."""
        self._commanding()
        n = self.steps.points.site(site)
        place = {word: k for k, word in enumerate(POLICY_WORDS)}[kind]

        def work(state: RoomState) -> tuple[list[Record], None]:
            what = Text(f"policy of {site}: {kind}", f"{site} 审批策略：{kind}")
            note = said(self.clock.now_s(), by, what, about="", number=state.numbers + 1)
            return [PolicySet(sites=(n,), kind=place, limit=limit), Written(rows=(note,))], None

        self._brought(Waiter(work)).result(10.0)

    # ---------------------------------------------------------------------------------------------- the loop

    def _run(self) -> None:
        """Round after round until it is told to stop."""
        orders = self.steps.waiting(self.state)
        if orders is not None:
            self._field.take(orders)
        due_s = self._clocks.passed_s()
        again_s = due_s + self.settings.again_s
        while True:
            with self._wake:
                left_s = due_s - self._clocks.passed_s()
                if left_s > 0.0 and not self._stop and not self._inbox:
                    self._wake.wait(left_s)
                brought = [self._inbox.popleft() for _ in range(len(self._inbox))]
                stopping = self._stop
            ticking = self._clocks.passed_s() >= due_s and not stopping
            if ticking:
                due_s = max(due_s + self.settings.tick_s, self._clocks.passed_s())
            if brought or ticking:
                self._round(brought, ticking=ticking)
            if self._clocks.passed_s() >= again_s:
                again_s = self._clocks.passed_s() + self.settings.again_s
                self._again()
            if stopping:
                self._last_word()
                return

    def _round(self, brought: Sequence[Waiter], *, ticking: bool) -> None:
        """Step, write, tell."""
        state, records, answers = self.state, list[Record](), list[tuple[Waiter, Any]]()
        for waiter in brought:
            try:
                state, made, answer = self._worked(state, waiter)
            except (WattloomError, KeyError) as error:
                waiter.end(error=error)
                continue
            records += made
            answers.append((waiter, answer))
        stepped = None
        if ticking:
            begun_s = time.thread_time()
            state, more, stepped = self._ticked(state)
            records += more
            self._ms["decision"].append(1e3 * (time.thread_time() - begun_s))
        if records and not self._kept(records):
            refused = Unavailable("the record cannot be written now; nothing was taken", after_s=5.0)
            for waiter, _ in answers:
                waiter.end(error=refused)
            if ticking:
                self._publish_again()
            return
        self.state = state
        for waiter, answer in answers:
            waiter.end(answer)
        if stepped is not None:
            self._tell(stepped)

    def _worked(self, state: RoomState, waiter: Waiter) -> tuple[RoomState, list[Record], Any]:
        """What somebody brought: updates judged, or work on the state."""
        if not callable(waiter.work):
            taken = self.steps.points.judged(waiter.work, state.heard, now_s=self.clock.now_s())
            if taken.batch is None:
                return state, [], taken
            stepped = self.steps.heard(state, taken.batch)
            return stepped.state, list(stepped.records), taken
        made, answer = waiter.work(state)
        for record in made:
            state = self.steps.applied(state, record)
        return state, list(made), answer

    def _ticked(self, state: RoomState) -> tuple[RoomState, list[Record], Stepped]:
        """The field moves on, then the match."""
        self.clock.look()
        at_s, records = self.clock.now_s(), list[Record]()
        batch, answers = self._field.advance(at_s)
        if batch is not None:
            stepped = self.steps.heard(state, batch)
            state, records = stepped.state, [*records, *stepped.records]
        if answers is None and not self._field.simulated:
            answers = advising.followed(state, self.steps, at_s=at_s)
        if answers is not None:
            self._ms["actuation"].extend(answered_ms(state, answers))
            stepped = self.steps.said(state, answers)
            state, records = stepped.state, [*records, *stepped.records]
        stepped = self.steps.ticked(state, at_s=at_s, causes=self.watch.causes(self.clock, self._archive_fault()))
        state, records = stepped.state, [*records, *stepped.records]
        if state.tick >= self._snapshot_tick + self.settings.snapshot_ticks:
            records.append(RoomSnapshot(state=state))
        return state, records, stepped

    def _kept(self, records: Sequence[Record]) -> bool:
        """Write; whether it worked."""
        begun_s = self._clocks.passed_s()
        try:
            last = self._journal.append(entries(records))
            self._planning.planner.kept(self._journal, last=last, records=records)
        except InputError as error:
            found = error.problems[0].found
            self._out = Text(f"Record of decisions cannot be written: {found}", f"存储中断：{found}")
            return False
        took_s = self._clocks.passed_s() - begun_s
        self.watch.took(took_s)
        self._ms["record"].append(1e3 * took_s)
        if self._out is not None:
            why, self._out = self._out, None
            self.watch.tell("store_out", "journal", None)
            self._note_outage(why)
        if isinstance(records[-1], RoomSnapshot):
            self._snapshot_tick = records[-1].state.tick
        return True

    def _note_outage(self, why: Text) -> None:
        """An outage that is over goes into the shift log: while it lasted nothing could be written."""

        def work(state: RoomState) -> tuple[list[Record], None]:
            row = said(self.clock.now_s(), "room", Text(f"over: {why.en}", f"已恢复：{why.zh}"), about="",
                       number=state.numbers + 1)  # fmt: skip
            return [Written(rows=(row,))], None

        self._add(work)

    def _tell(self, stepped: Stepped) -> None:
        """Commands to the sites, periods to the book, the frame to everybody."""
        if stepped.orders is not None:
            self._field.take(stepped.orders)
        if self._posting is not None:
            self._posting.take(self.state.unposted)
            self._posting.take_events(events.unpaid(self.state))
        if stepped.seen is not None:
            self._draw(stepped.seen)
            self._planning.take(self.state, stepped.seen)
        asked = self._field.asked()
        if asked is not None:
            self._add(lambda state: self._event(state, asked, "grid"))

    def _draw(self, seen: Seen) -> None:
        """The frame of a tick, and what charts need of it."""
        state, window = self.state, self.steps.points.window
        at = regions(state, seen, self.steps)
        self.history.add(state.at_s, {name: window(seen.used.values, "sites", name) for name in self.history.fields})
        ahead = {"ahead_mw": self.figures.ahead_mw(state, at.draw_mw)}
        self.by_region.add(state.at_s, {name: getattr(at, name) for name in REGION_FIELDS} | ahead)
        median = {name: median_ms(values) for name, values in self._ms.items()}
        running = Running(
            speed=self.settings.speed,
            simulated=self._field.simulated,
            degraded=degraded_of(self.state),
            decision_ms=median["decision"],
            record_ms=median["record"],
            actuation_ms=median["actuation"],
            settled_ms=median["settled"],
        )
        told = frame(state, seen, self.steps, running, at_regions=at)
        with self._news:
            self._seen = seen
            self._publish(told, at_least=state.tick)

    def _publish_again(self) -> None:
        """The last frame once more, with why there is no newer one."""
        with self._news:
            if self._frame is None or self._seen is None:
                return
            stale_s = round(max(self.clock.now_s() - self.state.at_s, 0.0), 1)
            why = self._out or Text("Live loop stands still: the journal does not answer", "实时循环停滞：日志无响应")
            told = {**self._frame, "stale_s": stale_s, "state": "degraded", "degraded": [{"en": why.en, "zh": why.zh}]}
            known = self._frame["alarms"]
            if not known.get("unrecorded"):
                told["alarms"] = {**known, "open": known["open"] + 1, "unacknowledged": known["unacknowledged"] + 1,
                                  "worst": "critical", "unrecorded": 1}  # fmt: skip
            self._publish(told, at_least=0)

    def _publish(self, told: dict[str, Any], *, at_least: int) -> None:
        """To everybody who waits; the tick of a frame rises always. The lock is held."""
        self._number = max(self._number + 1, at_least)
        self._frame = {**told, "tick": self._number}
        self._published_s = self._clocks.passed_s()
        self._news.notify_all()

    def _watch_over(self) -> None:
        """Say so when the loop stands still, as it cannot itself."""
        while not self._stop:
            time.sleep(0.25)
            if self._clocks.passed_s() - self._published_s > max(STALLED_S, 2.5 * self.settings.tick_s):
                self._publish_again()

    def _again(self) -> None:
        """Commands without an answer are sent again."""
        orders = self.steps.waiting(self.state)
        if orders is not None:
            old = orders.at_s < self.clock.now_s() - self.settings.again_s * self.settings.speed
            if old.any():
                names = ("tick", "site", "at_s", "setpoints_mw", "by")
                self._field.take(replace(orders, **{name: getattr(orders, name)[old] for name in names}))

    def _posted(self, period: Period) -> None:
        """The ledger has a period: said by the posting thread, kept by the loop."""
        after_s = max(self.clock.now_s() - period.end_s, 0.0)
        self._ms["settled"].append(1e3 * after_s)
        record = Posted(start_s=period.start_s, after_s=after_s)
        self._add(lambda _: ([record], None))

    def _planned(self, made: Made) -> None:
        """The next hours are planned: said by the planning thread, kept by the loop."""
        self.watch.tell("plan_old", "plan", made.fault)
        self._add(lambda _: (list(made.records), None))

    def _event_posted(self, name: str) -> None:
        """The ledger has an event: said by the posting thread, kept by the loop."""
        self._add(lambda state: ([Written(rows=events.posted(state, name))], None))

    def _last_word(self) -> None:
        """The state as it stands, so that the next start reads nothing else."""
        if self._kept([RoomSnapshot(state=self.state)]):
            with self._news:
                if self._frame is not None:
                    self._publish({**self._frame, "state": "stopped"}, at_least=0)

    def _add(self, work: Callable[[RoomState], tuple[Sequence[Record], Any]]) -> None:
        """Something of the room's own for the next round; nobody waits for it."""
        with self._wake:
            self._inbox.append(Waiter(work))
            self._wake.notify()

    def _brought(self, waiter: Waiter) -> Waiter:
        """Put something before the loop; `Unavailable` where it stops or too much waits."""
        with self._wake:
            if self._stop or not self._threads:
                raise Unavailable("the room is not running", after_s=5.0)
            if len(self._inbox) >= OFFERS_MAX:
                raise Unavailable(f"{OFFERS_MAX} messages wait for the record already", after_s=1.0)
            self._inbox.append(waiter)
            self._wake.notify()
        return waiter

    def _now(self) -> tuple[Seen, RoomState]:
        """What the last tick saw, and the state."""
        with self._news:
            if self._seen is None:
                raise Unavailable("the room is starting; its first tick is not there yet", after_s=1.0)
            return self._seen, self.state

    def _is_news(self, after_tick: int) -> bool:
        """Whether there is a frame other than that of a tick; one who saw a later tick was elsewhere."""
        return self._frame is not None and self._frame["tick"] != after_tick

    def _archive_fault(self) -> Exception | None:
        """Why the journal's archive could not be written last."""
        fault: Exception | None = getattr(self._journal, "archive_fault", None)
        return fault

    def _with_unrecorded(self, page: dict[str, Any]) -> dict[str, Any]:
        """With the alarm that could not be written down, as the store is out."""
        if self._out is None:
            return page
        at_s = self.clock.now_s()
        row = Alarm(id="a0", kind="store_out", subject="journal", severity=3, text=(self._out.en, self._out.zh),
                    raised_s=at_s)  # fmt: skip
        return {**page, "items": [self.pages.alarm(row), *page["items"]]}


REGION_FIELDS = ("draw_mw", "it_mw", "green_share", "carbon_t_per_mwh", "price_cny_per_mwh", "shortfall_mw")

__all__ = ["ControlRoom", "Field", "RoomSettings", "rebuilt"]
