"""Telemetry over MQTT against a broker of somebody else: kept before acknowledged, held while we are away."""

import asyncio
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import pytest
from amqtt.broker import Broker
from paho.mqtt import publish

from wattloom.domain.errors import InputError, Unavailable
from wattloom.domain.live import Update
from wattloom.domain.text import Text
from wattloom.edge.field.mqtt import BrokerAddress, MqttFeed

TOPIC = "wattloom/telemetry"


class Server:
    """An amqtt broker in a thread of its own."""

    def __init__(self, port: int) -> None:
        """Begin, and wait until it listens."""
        self.port, self.loop, self._ready = port, asyncio.new_event_loop(), threading.Event()
        self._stop: asyncio.Event | None = None
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()
        assert self._ready.wait(10.0)

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        self.loop.run_until_complete(self._live())
        self.loop.close()

    async def _live(self) -> None:
        self._stop = asyncio.Event()
        listener = {"type": "tcp", "bind": f"127.0.0.1:{self.port}"}
        # A session without a name is none that this broker keeps.
        plugins = {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": False}}
        broker = Broker({"listeners": {"default": listener}, "plugins": plugins})
        await broker.start()
        self._ready.set()
        await self._stop.wait()
        await broker.shutdown()

    def stop(self) -> None:
        assert self._stop is not None
        self.loop.call_soon_threadsafe(self._stop.set)
        self.thread.join(10.0)

    def say(self, message: object) -> None:
        payload = message if isinstance(message, bytes) else json.dumps(message).encode()
        publish.single(f"{TOPIC}/site", payload, qos=1, hostname="127.0.0.1", port=self.port,
                       auth={"username": "site", "password": "any"})  # fmt: skip


class Keeper:
    """Keeps updates, or says that it cannot now."""

    def __init__(self) -> None:
        """Well at first."""
        self.kept: list[Update] = []
        self.out = False
        self.asked = 0
        self.told: dict[str, Text | None] = {}

    def offer(self, updates: Sequence[Update], _timeout_s: float) -> Mapping[str, Any]:
        self.asked += 1
        if self.out:
            raise Unavailable("not now", after_s=0.1)
        self.kept += updates
        return {"taken": len(updates), "refused": []}

    def tell(self, kind: str, _subject: str, why: Text | None) -> None:
        self.told[kind] = why

    def feed(self, port: int) -> MqttFeed:
        return MqttFeed(f"mqtt://room:any@127.0.0.1:{port}/{TOPIC}/#", offer=self.offer, tell=self.tell)


@pytest.fixture
def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture
def server(port: int) -> Iterator[Server]:
    server = Server(port)
    yield server
    server.stop()


def update(number: int) -> dict[str, Any]:
    return {"part": "sites", "name": "dc0", "field": "it_mw", "value": 5.0 + number, "at_s": 1.8e9, "source": "s",
            "number": number}  # fmt: skip


def until(true: Callable[[], bool], seconds: float = 10.0) -> bool:
    end_s = time.monotonic() + seconds
    while time.monotonic() < end_s:
        if true():
            return True
        time.sleep(0.02)
    return False


def test_updates_of_a_message_are_kept_and_nonsense_is_counted(server: Server) -> None:
    keeper = Keeper()
    feed = keeper.feed(server.port)
    feed.start()
    assert until(lambda: keeper.told.get("broker_down", Text("", "")) is None)

    server.say([update(1), update(2)])
    server.say(b"{no json")
    server.say(update(3))

    assert until(lambda: len(keeper.kept) == 3 and feed.unread == 1)
    assert [one.value for one in keeper.kept] == [6.0, 7.0, 8.0]
    feed.stop()


def test_a_message_is_acknowledged_only_once_it_is_kept(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    keeper = Keeper()
    feed = keeper.feed(server.port)
    acknowledged: list[int] = []
    ack = feed._client.ack
    monkeypatch.setattr(feed._client, "ack", lambda mid, qos: (acknowledged.append(len(keeper.kept)), ack(mid, qos))[1])
    feed.start()
    assert until(lambda: keeper.told.get("broker_down", Text("", "")) is None)
    keeper.out = True
    server.say(update(1))
    assert until(lambda: keeper.asked >= 3)
    assert acknowledged == []

    keeper.out = False

    assert until(lambda: acknowledged == [1])
    assert [one.value for one in keeper.kept] == [6.0]
    feed.stop()


def test_what_is_sent_while_the_room_is_away_waits_with_the_broker(server: Server) -> None:
    keeper = Keeper()
    feed = keeper.feed(server.port)
    feed.start()
    assert until(lambda: keeper.told.get("broker_down", Text("", "")) is None)
    server.say(update(1))
    assert until(lambda: len(keeper.kept) == 1)
    feed.stop()
    server.say(update(2))

    again = keeper.feed(server.port)
    again.start()

    assert until(lambda: len(keeper.kept) == 2)
    again.stop()


def test_a_broker_that_goes_is_told_within_ten_seconds_and_found_again(port: int) -> None:
    server, keeper = Server(port), Keeper()
    feed = keeper.feed(port)
    feed.start()
    assert until(lambda: keeper.told.get("broker_down", Text("", "")) is None)

    begun_s = time.monotonic()
    server.stop()

    assert until(lambda: keeper.told["broker_down"] is not None)
    assert time.monotonic() - begun_s < 10.0
    server = Server(port)
    assert until(lambda: keeper.told["broker_down"] is None, 15.0)
    feed.stop()
    server.stop()


def test_an_address_is_read_whole_and_a_wrong_one_tells_no_secret() -> None:
    at = BrokerAddress.read("mqtts://room:s%40cret@broker.example.org/grid/+/sites/#")

    assert (at.host, at.port, at.topic, at.tls) == ("broker.example.org", 8883, "grid/+/sites/#", True)
    assert (at.user, at.password) == ("room", "s@cret")
    with pytest.raises(InputError) as refused:
        BrokerAddress.read("http://room:hidden@broker.example.org/x")
    assert "hidden" not in str(refused.value)
