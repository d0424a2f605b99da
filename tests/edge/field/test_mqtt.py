"""Telemetry over MQTT against brokers of others, amqtt and mosquitto: kept before acknowledged, held while away."""

import asyncio
import json
import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from amqtt.broker import Broker
from paho.mqtt import publish

from wattloom.domain.errors import InputError, Unavailable
from wattloom.domain.live import Update
from wattloom.domain.text import Text
from wattloom.edge.field.mqtt import BrokerAddress, MqttFeed

TOPIC = "wattloom/telemetry"
PLACES = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"])
"""Debian puts the broker where not everybody looks."""


MISSING = "needs the broker mosquitto; on Debian: apt-get install mosquitto"


def said(port: int, message: object) -> None:
    """Send a message to a broker as a site does, and wait until it has it."""
    payload = message if isinstance(message, bytes) else json.dumps(message).encode()
    publish.single(f"{TOPIC}/site", payload, qos=1, hostname="127.0.0.1", port=port,
                   auth={"username": "site", "password": "any"})  # fmt: skip


class Mosquitto:
    """A mosquitto of its own, that lets in who knows the password and keeps what is held on the disk."""

    def __init__(self, port: int, folder: Path) -> None:
        """Begin, and wait until it listens."""
        self.port, passwords, settings = port, folder / "passwords", folder / "mosquitto.conf"
        keeper = shutil.which("mosquitto_passwd", path=PLACES)
        broker = shutil.which("mosquitto", path=PLACES)
        assert keeper is not None
        assert broker is not None
        for number, name in enumerate(("room", "site")):
            made = ["-b", "-c"] if number == 0 and not passwords.exists() else ["-b"]
            subprocess.run([keeper, *made, str(passwords), name, "any"], check=True, capture_output=True)
        settings.write_text(
            f"listener {port} 127.0.0.1\nallow_anonymous false\npassword_file {passwords}\nuser root\n"
            f"persistence true\npersistence_location {folder}/\nautosave_interval 1\n"
        )
        self._log = (folder / "mosquitto.log").open("ab")
        self._process = subprocess.Popen([broker, "-c", str(settings)], stdout=self._log, stderr=self._log)
        assert until(self._listens)

    def _listens(self) -> bool:
        with socket.socket() as one:
            return one.connect_ex(("127.0.0.1", self.port)) == 0

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(10.0)
        self._log.close()

    def say(self, message: object) -> None:
        said(self.port, message)


class Amqtt:
    """An amqtt broker in a thread of its own."""

    def __init__(self, port: int, _folder: Path) -> None:
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
        said(self.port, message)


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


Kind = type[Amqtt] | type[Mosquitto]
Server = Amqtt | Mosquitto


@pytest.fixture(params=["amqtt", "mosquitto"])
def kind(request: pytest.FixtureRequest) -> Kind:
    if request.param == "amqtt":
        return Amqtt
    if shutil.which("mosquitto", path=PLACES) is None:
        pytest.skip(MISSING)
    return Mosquitto


@pytest.fixture
def server(kind: Kind, port: int, tmp_path: Path) -> Iterator[Server]:
    server = kind(port, tmp_path)
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


def test_a_broker_that_goes_is_told_within_ten_seconds_and_found_again(kind: Kind, port: int, tmp_path: Path) -> None:
    keeper = Keeper()
    server: Server = kind(port, tmp_path)
    feed = keeper.feed(port)
    feed.start()
    assert until(lambda: keeper.told.get("broker_down", Text("", "")) is None)

    begun_s = time.monotonic()
    server.stop()

    assert until(lambda: keeper.told["broker_down"] is not None)
    assert time.monotonic() - begun_s < 10.0
    server = kind(port, tmp_path)
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


def test_a_room_whose_password_is_wrong_is_told_so_and_hears_nothing(port: int, tmp_path: Path) -> None:
    if shutil.which("mosquitto", path=PLACES) is None:
        pytest.skip(MISSING)
    server, keeper = Mosquitto(port, tmp_path), Keeper()
    feed = MqttFeed(f"mqtt://room:other@127.0.0.1:{port}/{TOPIC}/#", offer=keeper.offer, tell=keeper.tell)

    feed.start()

    assert until(lambda: "Not authorized" in str(keeper.told.get("broker_down")))
    assert "other" not in str(keeper.told)
    feed.stop()
    server.stop()


def test_what_mosquitto_holds_for_us_outlives_its_own_restart(port: int, tmp_path: Path) -> None:
    if shutil.which("mosquitto", path=PLACES) is None:
        pytest.skip(MISSING)
    server, keeper = Mosquitto(port, tmp_path), Keeper()
    feed = keeper.feed(port)
    feed.start()
    assert until(lambda: keeper.told.get("broker_down", Text("", "")) is None)
    feed.stop()
    server.say(update(1))
    server.stop()

    server = Mosquitto(port, tmp_path)
    again = keeper.feed(port)
    again.start()

    assert until(lambda: [one.value for one in keeper.kept] == [6.0])
    again.stop()
    server.stop()
