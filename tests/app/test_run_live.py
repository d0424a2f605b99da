"""What does a step make of news, and does a journal tell the same state again?"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.dispatch.matching.small import layout, tick, with_batch

from wattloom.app.live_records import Actuations, Decision, Measured, Readings, Refusal, Snapshot, record_of
from wattloom.app.live_state import OUTSTANDING_MAX, LiveState
from wattloom.app.run_live import Look, Room, Stepped, entries, opened, rebuilt
from wattloom.domain.errors import InputError
from wattloom.domain.live import Actuation, Entry, Update, shown, updates_of

NOW_S = 1_000.0
BATCH = "movable batch"


class Kept:
    """A journal in memory."""

    def __init__(self) -> None:
        """Begin."""
        self.all: list[Entry] = []

    def append(self, records: Sequence[tuple[str, bytes]]) -> int:
        for kind, body in records:
            self.all.append(Entry(sequence=len(self.all) + 1, kind=kind, body=body, mark=b""))
        return len(self.all)

    def read(self, *, after: int = 0) -> Iterator[Entry]:
        return iter(self.all[after:])

    def last(self, kind: str) -> Entry | None:
        return next((entry for entry in reversed(self.all) if entry.kind == kind), None)


def room(**about: Any) -> Room:
    return Room(layout(), **about)


def begun(of: Room) -> LiveState:
    """Ten MW of batch wait in the east, where energy costs 500; the west has it for 100."""
    return of.begin(with_batch(10.0), at_s=NOW_S, series="a")


def update(number: int = 1, **fields: Any) -> Update:
    plain = {"part": "sites", "name": "east dc", "field": "demand_mw", "of": BATCH, "value": 6.0, "at_s": NOW_S + 1}
    return Update(**(plain | {"source": "meter", "number": number} | fields))


def stepped(of: Room, state: LiveState, *updates: Update, at_s: float = NOW_S + 2) -> Stepped:
    readings, refused = of.readings(state, updates, now_s=at_s)
    assert refused == []
    return of.step(state, [*([readings] if readings else []), Look(at_s=at_s)])


def demand_mw(of: Room, state: LiveState) -> float:
    return float(of.numbers.tick(state.row).sites.demand_mw[0, 3])


def test_batch_goes_west_by_the_corridors_four_mw_and_the_rest_waits() -> None:
    here = room()

    first = stepped(here, begun(here))

    east = next(command for command in first.commands if command.site == "east dc")
    # West costs 100 and the corridor 20, less than the 300 of leaving it; at home it would cost 500, more.
    # The line brings 3 MW less a tenth for (100 + 9) / 0.9 = 121: that much is served at home.
    assert east.moved_out_it_mw == pytest.approx((0.0, 4.0), abs=1e-3)
    assert sum(east.served_it_mw) == pytest.approx(2.7, abs=1e-3)
    assert first.state.answer is not None
    assert first.state.answer.certificate["cost_cny_per_h"] == pytest.approx(4 * 120 + 3 * 109 + 3.3 * 300, rel=1e-3)


def test_a_row_is_the_tick_it_was_made_of() -> None:
    numbers, one = room().numbers, tick(demand_mw=[[1, 2, 3, 4], [5, 6, 7, 8]], ramp_mw=[9, 10])

    again = numbers.tick(numbers.row(one))

    assert numbers.count == 2 * (4 + 4 + 15) + 2 * (3 * 2 + 1) + 4 + 3 + 2
    assert again.sites.demand_mw.tolist() == [[1, 2, 3, 4], [5, 6, 7, 8]]
    assert again.sites.ramp_mw.tolist() == [9, 10]
    assert again.regions.supply_price_cny_per_mwh.tolist() == [[0, 500], [0, 100]]
    assert (again.regions.shortfall_price_cny_per_mwh, again.lines.loss_share.tolist()) == (20_000.0, [0.1])


@pytest.mark.parametrize(
    ("words", "read"),
    [
        ({"field": "ramp_mw", "of": ""}, lambda t: t.sites.ramp_mw[0]),
        ({"name": "west dc"}, lambda t: t.sites.demand_mw[1, 3]),
        (
            {"part": "regions", "name": "west", "field": "supply_price_cny_per_mwh", "of": "thermal"},
            lambda t: t.regions.supply_price_cny_per_mwh[1, 1],
        ),
        ({"part": "regions", "name": "east", "field": "other_draw_mw", "of": ""}, lambda t: t.regions.other_draw_mw[0]),
        (
            {"part": "regions", "name": "all", "field": "carbon_price_cny_per_t", "of": ""},
            lambda t: t.regions.carbon_price_cny_per_t,
        ),
        (
            {"part": "lines", "name": "west to east", "field": "forward_mw_max", "of": ""},
            lambda t: t.lines.forward_mw_max[0],
        ),
        (
            {"part": "corridors", "name": "east to west (batch)", "field": "it_mw_max", "of": ""},
            lambda t: t.corridors.it_mw_max[0],
        ),
    ],
)
def test_an_update_changes_the_number_it_names_and_no_other(words: dict[str, Any], read: Any) -> None:
    here = room()
    before = begun(here)

    after = stepped(here, before, update(**words, value=7.25)).state

    assert read(here.numbers.tick(after.row)) == 7.25
    assert np.count_nonzero(after.row != before.row) == 1
    assert (after.applied, after.coalesced, after.heard) == (1, 0, {"meter": 1})


def test_the_later_value_of_a_number_replaces_the_earlier_and_is_counted() -> None:
    here = room()

    after = stepped(here, begun(here), update(1, value=1.0), update(2, value=2.0), update(3, value=3.0)).state

    assert demand_mw(here, after) == 3.0
    assert (after.applied, after.coalesced, after.heard) == (1, 2, {"meter": 3})


def test_an_update_that_comes_again_is_kept_once() -> None:
    here = room()
    once = stepped(here, begun(here), update(1), update(2, value=4.0)).state

    readings, refused = here.readings(once, [update(1), update(2, value=4.0)], now_s=NOW_S + 3)

    assert (readings, refused) == (None, [])


def test_a_sender_that_counts_from_one_again_is_told_so_and_not_silently_left_aside() -> None:
    here = room()
    once = stepped(here, begun(here), update(1), update(2, value=4.0)).state

    readings, (refused,) = here.readings(once, [update(1, value=7.0, at_s=NOW_S + 2.5)], now_s=NOW_S + 3)

    assert readings is None
    assert refused.problems[0].expected == "a number above 2, the last one kept"


def test_nonsense_under_an_old_number_is_answered_too() -> None:
    here = room()
    once = stepped(here, begun(here), update(1)).state

    _, refused = here.readings(once, [update(1, name="x"), update(1, at_s="noon"), update(True)], now_s=NOW_S + 3)

    assert [error.problems[0].found for error in refused] == ["'x'", "'noon'", "True"]


def test_a_journal_begun_anew_goes_on_with_the_state_of_the_old_one() -> None:
    here, old, new = room(), Kept(), Kept()
    state = opened(here, old, first=begun(here))
    told = stepped(here, state, update(1))
    old.append(entries(told.records))

    opened(here, new, first=opened(here, old, first=begun(here)))

    again = rebuilt(here, new)
    assert again is not None
    assert again.sha256 == told.state.sha256
    assert [command.id for command in here.outstanding(again)] == ["a-1-0", "a-1-1"]


MALFORMED: dict[str, tuple[dict[str, Any], str, str]] = {
    "site": ({"name": "north dc"}, "'north dc'", "one of the 2 sites of the layout"),
    "field": ({"field": "demand_kw"}, "'demand_kw'", "one of demand_mw, unserved_price"),
    "class": ({"of": "coffee"}, "'coffee'", "one of fixed inference, movable inference"),
    "class not wanted": ({"field": "ramp_mw"}, "'movable batch'", "nothing"),
    "part": ({"part": "planets"}, "'planets'", "one of regions, lines, corridors, sites"),
    "not a number": ({"value": math.nan}, "nan", "a number from 0 to 1e+07"),
    "words": ({"value": "6 MW"}, "'6 MW'", "a number from 0 to 1e+07"),
    "truth": ({"value": True}, "True", "a number from 0 to 1e+07"),
    "negative": ({"value": -0.5}, "-0.5", "a number from 0 to 1e+07"),
    "stale": ({"at_s": NOW_S - 59}, "a value 61.0 s old", "at most 60 s old"),
    "ahead": ({"at_s": NOW_S + 8}, "an instant 6.0 s ahead", "at most 5 s ahead"),
    "backwards": ({"at_s": NOW_S - 3}, "an instant 3 s before that of the value there", "time that goes forward"),
    "instant": ({"at_s": None}, "None", "seconds since 1970-01-01 UTC"),
    "sender": ({"source": ""}, "''", "1 to 64 letters"),
    "number": ({"number": 1.5}, "1.5", "a whole number from 1"),
}


@pytest.mark.parametrize("kind", MALFORMED)
def test_a_malformed_update_is_answered_in_four_parts_and_changes_nothing(kind: str) -> None:
    here = room()
    before = begun(here)
    fields, found, expected = MALFORMED[kind]

    readings, (refused,) = here.readings(before, [update(**fields)], now_s=NOW_S + 2)

    (problem,) = refused.problems
    assert readings is None
    assert problem.found == found
    assert problem.expected.startswith(expected)
    assert problem.where.startswith("update ")
    assert problem.remedy
    assert before.sha256 == begun(here).sha256


def test_all_that_is_wrong_with_an_update_is_told_at_once() -> None:
    here = room()

    _, (refused,) = here.readings(
        begun(here), [update(name="x", field="y", value="z", at_s="noon", source=3)], now_s=NOW_S + 2
    )

    assert [problem.where.rpartition(": ")[2] for problem in refused.problems] == [
        "name", "field", "value", "at_s", "source",
    ]  # fmt: skip


def test_good_updates_of_a_batch_are_taken_beside_malformed_ones() -> None:
    here = room()
    batch = [update(1, value=5.0), update(2, value=-1.0), update(3, name="west dc", value=2.0)]

    readings, refused = here.readings(begun(here), batch, now_s=NOW_S + 2)

    assert readings is not None
    assert sorted(readings.values.tolist()) == [2.0, 5.0]
    assert len(refused) == 1


ANYTHING = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8), st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2), st.binary(max_size=4),
)  # fmt: skip


@given(st.lists(st.fixed_dictionaries(dict.fromkeys(Update.__slots__, ANYTHING)), min_size=1, max_size=3))
def test_no_update_whatever_it_holds_ends_the_loop(messages: list[dict[str, Any]]) -> None:
    readings, refused = ROOM.readings(BEGUN, updates_of(messages), now_s=NOW_S)

    assert readings is None
    assert len(refused) == len(messages)


ROOM = room()
BEGUN = begun(ROOM)


def test_a_message_without_its_keys_is_refused_key_by_key() -> None:
    with pytest.raises(InputError) as refused:
        updates_of([{"part": "sites", "colour": "green"}, 7])

    assert len(refused.value.problems) == len(Update.__slots__) - 2 + 1 + 1  # All but `part` and `of`; colour; the 7.


def test_a_long_wrong_value_is_cut_in_its_error() -> None:
    assert len(shown("x" * 10**6)) == 60


def test_the_same_state_and_events_give_the_same_bytes() -> None:
    one, other = room(), room()
    stepped(other, begun(other), update(value=9.0))  # What a room did before does not matter.

    here, there = stepped(one, begun(one), update()), stepped(other, begun(other), update())

    assert here.state.sha256 == there.state.sha256
    assert entries(here.records) == entries(there.records)
    assert here.commands == there.commands


def test_a_tick_that_is_refused_leaves_the_set_points_in_force_with_their_age() -> None:
    here = room()
    good = stepped(here, begun(here), at_s=NOW_S + 2).state
    # 60 MW to stay able to rise by, and 60 to stay able to fall by, do not fit under a cap of 100.
    bad = [update(1, field="reserve_raise_mw", of="", value=60.0), update(2, field="reserve_cut_mw", of="", value=60.0)]

    refused = stepped(here, good, *bad, at_s=NOW_S + 5)

    assert isinstance(refused.records[-1], Refusal)
    assert "site east dc.it_mw_max" in refused.records[-1].problems[0]
    assert refused.commands == []
    assert refused.state.answer is good.answer
    assert (refused.state.age_s(at_s=NOW_S + 5), refused.state.refused_since, refused.state.tick) == (3.0, 1, 2)

    mended = stepped(here, refused.state, update(3, field="reserve_cut_mw", of="", value=0.0), at_s=NOW_S + 6).state

    assert (mended.age_s(at_s=NOW_S + 6), mended.refused_since, mended.tick) == (0.0, 0, 3)


def test_before_the_first_answer_nothing_is_in_force() -> None:
    assert BEGUN.age_s(at_s=NOW_S + 5) is None


def test_a_site_is_told_only_what_moved_by_more_than_the_deadband() -> None:
    here = room(deadband_mw=0.5)
    first = stepped(here, begun(here))

    second = stepped(here, first.state, update(value=9.9))  # What moves and what is served stay; less is left undone.
    third = stepped(here, second.state, update(2, value=3.0))

    assert [command.site for command in first.commands] == ["east dc", "west dc"]
    assert second.commands == []
    assert [command.id for command in third.commands if command.site == "east dc"] == ["a-3-0"]


def test_a_command_waits_under_its_id_until_its_site_answers() -> None:
    here = room()
    first = stepped(here, begun(here))
    done = Actuation(id=first.commands[0].id, at_s=NOW_S + 3)

    after = here.step(first.state, [Actuations(told=[done])]).state
    twice = here.step(after, [Actuations(told=[done])]).state

    assert [command.id for command in first.commands] == ["a-1-0", "a-1-1"]
    assert here.outstanding(first.state) == list(first.commands)
    assert here.outstanding(after) == list(first.commands[1:])
    assert here.outstanding(after, up_to=0) == []
    assert twice.sha256 == after.sha256


@pytest.mark.parametrize("name", ["b-1-0", "a-2-0", "a-1-9", "a-0-0", "nonsense", "a--1-0", "a-1"])
def test_an_answer_to_a_command_that_was_never_given_is_refused(name: str) -> None:
    here = room()
    first = stepped(here, begun(here)).state

    with pytest.raises(InputError, match="the id of a command of series a, up to tick 1"):
        here.step(first, [Actuations(told=[Actuation(id=name, at_s=NOW_S)])])


def test_a_dead_site_holds_up_to_a_hundred_commands_and_the_rest_are_counted() -> None:
    here = room()
    state = begun(here)

    for n in range(1, OUTSTANDING_MAX + 4):
        state = stepped(here, state, update(n, value=1.0 + n % 2, at_s=NOW_S + n), at_s=NOW_S + n).state

    of_east = [command.tick for command in here.outstanding(state) if command.site == "east dc"]
    assert of_east == list(range(4, OUTSTANDING_MAX + 4))
    assert state.superseded >= 3


def test_a_journal_tells_the_same_state_again_from_any_snapshot() -> None:
    here, journal = room(), Kept()
    state = opened(here, journal, first=begun(here))
    for n in range(1, 8):
        told = stepped(here, state, update(n, value=1.0 + n, at_s=NOW_S + n), at_s=NOW_S + n)
        done = [Actuations(told=[Actuation(id=command.id, at_s=NOW_S)]) for command in told.commands[:1]]
        after = here.step(told.state, done)
        measured = Measured(tick=n, name="decision_to_command", seconds=0.001)
        journal.append(entries([*told.records, *after.records, measured]))
        if n in {2, 5}:
            journal.append(entries([Snapshot(state=after.state)]))
        state = after.state

    again = rebuilt(room(), journal)
    whole = LiveState.unpacked(journal.all[0].body)
    for entry in journal.all[1:]:
        if entry.kind != Snapshot.KIND:
            whole = record_of(entry).applied(whole)

    assert again is not None
    assert again.sha256 == whole.sha256 == state.sha256
    assert opened(here, journal, first=begun(here)).sha256 == state.sha256
    # The next step goes on alike too, to the last bit.
    assert stepped(here, again, at_s=NOW_S + 9).state.sha256 == stepped(here, state, at_s=NOW_S + 9).state.sha256


def test_an_empty_journal_tells_nothing_and_one_of_another_layout_is_refused() -> None:
    here, journal = room(), Kept()
    other = Room(replace(layout(), sites=("east dc", "far dc")))

    assert rebuilt(here, journal) is None
    opened(here, journal, first=begun(here))
    with pytest.raises(InputError, match="another layout"):
        rebuilt(other, journal)


def test_every_kind_of_record_comes_back_from_its_bytes() -> None:
    here = room()
    told = stepped(here, begun(here), update())
    records = [
        *told.records,
        Actuations(told=[Actuation(id="a-1-0", at_s=1.5, simulated=True, after_s=0.25)]),
        Measured(tick=1, name="meter_to_settled", seconds=60.0, simulated=True),
        Refusal(tick=2, at_s=3.0, input_sha256="00", problems=["one"]),
        Snapshot(state=told.state),
    ]

    again = [record_of(Entry(sequence=1, kind=kind, body=body, mark=b"")) for kind, body in entries(records)]

    assert [type(record) for record in again] == [
        Readings, Decision, Actuations, Measured, Refusal, Snapshot,
    ]  # fmt: skip
    assert entries(again) == entries(records)
    assert again[2] == records[2]


def test_a_record_of_another_release_is_refused_by_its_sequence() -> None:
    with pytest.raises(InputError, match="journal, record 7"):
        record_of(Entry(sequence=7, kind="telepathy", body=b"", mark=b""))
    with pytest.raises(InputError, match="journal, record 8"):
        record_of(Entry(sequence=8, kind="decision", body=b'{"plain":{},"arrays":{}}\n', mark=b""))


def test_a_decision_is_written_with_the_hash_of_its_input() -> None:
    here = room()
    first = stepped(here, begun(here))
    same, other = stepped(here, first.state), stepped(here, first.state, update(value=9.0))
    hashes = [told.records[-1].input_sha256 for told in (first, same, other)]  # type: ignore[attr-defined]

    assert len(set(hashes)) == 3  # The memory of the matcher is an input too, so that `same` is not `first`.
    assert hashes[1] == stepped(here, first.state).records[-1].input_sha256  # type: ignore[attr-defined]
