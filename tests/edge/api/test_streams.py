"""Does every listener hear every tick, written once, and does a slow one hold nobody up?"""

from __future__ import annotations

import asyncio
import json
from copy import deepcopy
from typing import Any

import pytest
from tests.edge.api.recorded import FRAME

from wattloom.edge.api import streams
from wattloom.edge.api.streams import EventStream, Live, Shouts


def frame(tick: int, **changed: Any) -> dict[str, Any]:
    return {**deepcopy(FRAME), "tick": tick, **changed}


def ticks_of(sent: list[bytes]) -> list[int]:
    lines = b"".join(sent).decode().splitlines()
    return [json.loads(line[6:])["tick"] for line, kind in zip(lines[1:], lines, strict=False) if kind == "event: tick"]


async def heard(live: Live, sent: list[bytes], *, slow_s: float = 0.0) -> None:
    async for message in live.messages():
        sent.append(message)
        await asyncio.sleep(slow_s)


def test_a_thousand_listeners_hear_every_tick_of_a_frame_that_is_written_once(monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[int] = []
    plain = streams.encoded
    monkeypatch.setattr(streams, "encoded", lambda found: (written.append(1), plain(found))[1])

    async def test() -> None:
        live, boxes = Live(), [list[bytes]() for _ in range(1_000)]
        tasks = [asyncio.create_task(heard(live, box)) for box in boxes]
        await asyncio.sleep(0)
        for tick in range(1, 6):
            live.take(frame(tick))
            await asyncio.sleep(0.05)
        live.stop()
        await asyncio.gather(*tasks)

        assert {tuple(ticks_of(box)) for box in boxes} == {(1, 2, 3, 4, 5)}
        assert len(written) == 5
        assert live.skipped == 0

    asyncio.run(test())


def test_a_slow_listener_is_sent_the_newest_frame_and_the_others_wait_for_nobody() -> None:
    async def test() -> None:
        live, quick, slow = Live(), list[bytes](), list[bytes]()
        tasks = [asyncio.create_task(heard(live, quick)), asyncio.create_task(heard(live, slow, slow_s=0.1))]
        for tick in range(1, 21):
            live.take(frame(tick))
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.25)
        live.stop()
        await asyncio.gather(*tasks)

        assert ticks_of(quick) == list(range(1, 21))
        assert ticks_of(slow)[-1] == 20
        assert len(ticks_of(slow)) < 10
        assert live.skipped == 20 - ticks_of(slow)[0] + 1 - len(ticks_of(slow))

    asyncio.run(test())


def test_a_listener_that_comes_late_gets_the_newest_at_once_and_a_notice_when_alarms_change() -> None:
    async def test() -> None:
        live, sent = Live(), list[bytes]()
        live.take(frame(7))
        task = asyncio.create_task(heard(live, sent))
        await asyncio.sleep(0.01)
        assert ticks_of(sent) == [7]

        live.take(frame(8, alarms={"open": 2, "unacknowledged": 2, "worst": "critical"}))
        await asyncio.sleep(0.01)
        live.stop()
        await task

        notices = [one for one in sent if b"event: notice" in one]
        assert len(notices) == 1
        assert json.loads(notices[0].split(b"data: ")[1])["alarms"]["open"] == 2
        assert live.listeners == 0

    asyncio.run(test())


def test_a_quiet_line_is_kept_alive(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(streams, "HEARTBEAT_S", 0.02)

    async def test() -> None:
        live, sent = Live(), list[bytes]()
        task = asyncio.create_task(heard(live, sent))
        await asyncio.sleep(0.1)
        live.stop()
        await task

        assert sent.count(streams.HEARTBEAT) >= 3

    asyncio.run(test())


def test_a_stream_ends_when_its_listener_leaves() -> None:
    async def test() -> None:
        live, sent = Live(), list[dict[str, Any]]()
        gone = asyncio.Event()

        async def receive() -> dict[str, Any]:
            await gone.wait()
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            sent.append(message)

        live.take(frame(1))
        stream = asyncio.create_task(EventStream(live.messages())({"type": "http"}, receive, send))
        await asyncio.sleep(0.05)
        assert live.listeners == 1
        gone.set()
        await asyncio.wait_for(stream, 1)

        assert live.listeners == 0
        assert sent[0]["status"] == 200
        assert (b"content-type", b"text/event-stream; charset=utf-8") in sent[0]["headers"]

    asyncio.run(test())


def test_who_waits_under_a_name_is_woken_from_any_thread() -> None:
    async def test() -> None:
        shouts = Shouts()
        shouts.start(asyncio.get_running_loop())
        woken, other = shouts.listen("job 1"), shouts.listen("job 2")
        await asyncio.to_thread(shouts.shout, "job 1")
        await asyncio.wait_for(woken.wait(), 1)

        assert not other.is_set()

    asyncio.run(test())
