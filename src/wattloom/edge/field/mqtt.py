"""How does telemetry come in over MQTT, so that nothing acknowledged is lost? The broker hears when it is durable.

    feed = MqttFeed("mqtt://127.0.0.1:1883/wattloom/telemetry/#", offer=room.offer, tell=room.watch.tell)
    feed.start()

A message holds updates as JSON, one or a list, as `POST /telemetry` takes them. It is acknowledged (QoS 1) only once
the room keeps it: the session is not a clean one, so that the broker holds back what this process had not acknowledged
when it died. A message that cannot be read is acknowledged and counted, else it would come for ever.
"""

from __future__ import annotations

import json
import queue
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from wattloom.domain.errors import InputError, Unavailable
from wattloom.domain.live import updates_of
from wattloom.domain.text import Text

if TYPE_CHECKING:
    from wattloom.domain.live import Update

QOS = 1
"""At least once: an update's number tells one that came twice."""
PORTS = {"mqtt": 1883, "mqtts": 8883}
AT_ONCE = 64
"""Messages that share one wait for the disk."""
UPDATES_MAX = 10_000
"""Of all messages that are offered together."""
KEEPALIVE_S = 5
"""A broker that is silent for half as long again is down: seen within ten seconds."""
RETRY_S = 0.5
OFFER_S = 5.0
MESSAGE_BYTES_MAX = 2_000_000
SAID_ZH = {
    "Not authorized": "未获授权：用户名或密码不符",
    "Bad user name or password": "用户名或密码不符",
    "Client identifier not valid": "客户端标识无效",
    "Server unavailable": "代理暂不可用",
    "Keep alive timeout": "心跳超时",
    "Unspecified error": "连接中断",
}
"""What brokers say most, as paho words it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerAddress:
    """Where a broker is, and what is listened to there."""

    host: str
    port: int
    topic: str
    tls: bool
    user: str = ""
    password: str = ""

    @classmethod
    def read(cls, address: str) -> BrokerAddress:
        """From `mqtt://user:password@host:port/topic/#`; `InputError` where it is none."""
        try:
            found = urlsplit(address)
            port = found.port
        except ValueError:
            found, port = urlsplit(""), None
        topic = found.path.removeprefix("/") + (f"#{found.fragment}" if address.endswith("#") else "")
        if found.scheme not in PORTS or not found.hostname or not topic:
            raise InputError.one("broker", found=_without_secret(address), expected="mqtt://HOST:PORT/TOPIC",
                                 remedy="write it as mqtt://127.0.0.1:1883/wattloom/telemetry/#")  # fmt: skip
        return cls(host=found.hostname, port=port or PORTS[found.scheme], topic=topic, tls=found.scheme == "mqtts",
                   user=unquote(found.username or ""), password=unquote(found.password or ""))  # fmt: skip


class MqttFeed:
    """Listens to a broker, offers what it says, and tells whether the broker is there."""

    def __init__(self, address: str, *, offer: Callable[[Sequence[Update], float], Mapping[str, Any]],
                 tell: Callable[[str, str, Text | None], None], client_id: str = "wattloom-room") -> None:  # fmt: skip
        """Name the broker, who keeps telemetry, and whom to tell of the broker itself."""
        self.at = BrokerAddress.read(address)
        self._offer, self._tell = offer, tell
        self.kept = self.unread = self.refused = 0
        """Updates kept, messages that could not be read, updates that were refused."""
        self._refused = False
        self._queue: queue.Queue[mqtt.MQTTMessage] = queue.Queue()
        self._stop = threading.Event()
        self._client = mqtt.Client(
            CallbackAPIVersion.VERSION2, client_id=client_id, clean_session=False, manual_ack=True
        )
        if self.at.user:
            self._client.username_pw_set(self.at.user, self.at.password)
        if self.at.tls:
            self._client.tls_set()
        self._client.on_connect = self._connected
        self._client.on_disconnect = self._gone
        self._client.on_connect_fail = self._failed
        self._client.on_message = self._heard
        self._client.reconnect_delay_set(min_delay=1, max_delay=5)
        self._thread = threading.Thread(target=self._work, name="mqtt telemetry", daemon=True)

    def start(self) -> None:
        """Listen; a broker that is not there is tried again and again."""
        self._down("no connection yet", "尚未连接")
        self._thread.start()
        self._client.connect_async(self.at.host, self.at.port, keepalive=KEEPALIVE_S)
        self._client.loop_start()

    def stop(self) -> None:
        """Let go; what was not acknowledged stays with the broker."""
        self._stop.set()
        self._client.disconnect()
        self._client.loop_stop()
        self._thread.join(OFFER_S + 1.0)

    def _connected(self, client: mqtt.Client, _data: Any, _flags: Any, code: Any, _properties: Any) -> None:
        """Listen to the topic; a broker that lets nobody in is as good as none."""
        self._refused = bool(code.is_failure)
        if self._refused:
            self._down(str(code), SAID_ZH.get(str(code), f"代理拒绝连接（{code}）"))
            return
        client.subscribe(self.at.topic, qos=QOS)
        self._tell("broker_down", self._name, None)

    def _gone(self, _client: mqtt.Client, _data: Any, _flags: Any, code: Any, _properties: Any) -> None:
        """The connection is lost; where the broker had just said why it lets nobody in, that stands."""
        if not self._stop.is_set() and not self._refused:
            self._down(str(code), SAID_ZH.get(str(code), f"连接中断（{code}）"))

    def _failed(self, _client: mqtt.Client, _data: Any) -> None:
        """Nobody there."""
        self._down("nobody answers", "无应答")

    def _heard(self, _client: mqtt.Client, _data: Any, message: mqtt.MQTTMessage) -> None:
        """A message waits for its turn."""
        self._queue.put(message)

    @property
    def _name(self) -> str:
        """Of the broker, without a secret."""
        return f"{self.at.host}:{self.at.port}"

    def _down(self, why: str, why_zh: str) -> None:
        """Say so."""
        self._tell("broker_down", self._name, Text(f"{self._name}: {why}", f"{self._name}：{why_zh}"))

    def _work(self) -> None:
        """Offer what waits, as much at once as there is, and acknowledge it."""
        left: tuple[mqtt.MQTTMessage, list[Update]] | None = None
        while not self._stop.is_set():
            messages, updates, left = self._together(left)
            if messages and (not updates or self._kept(updates)):
                for message in messages:
                    self._client.ack(message.mid, message.qos)

    def _together(self, left: tuple[mqtt.MQTTMessage, list[Update]] | None) -> tuple[
        list[mqtt.MQTTMessage], list[Update], tuple[mqtt.MQTTMessage, list[Update]] | None
    ]:  # fmt: skip
        """Messages that are offered together, their updates, and the first that no longer fits."""
        messages: list[mqtt.MQTTMessage] = []
        updates: list[Update] = []
        while len(messages) < AT_ONCE:
            if left is not None:
                message, found = left
            else:
                try:
                    message = self._queue.get(timeout=RETRY_S) if not messages else self._queue.get_nowait()
                except queue.Empty:
                    break
                found = self._read(message.payload)
            if messages and len(updates) + len(found) > UPDATES_MAX:
                return messages, updates, (message, found)
            left = None
            messages.append(message)
            updates += found
        return messages, updates, None

    def _kept(self, updates: Sequence[Update]) -> bool:
        """Offer until it is kept; False where the feed stops first."""
        while not self._stop.is_set():
            try:
                receipt = self._offer(updates, OFFER_S)
            except Unavailable as error:
                self._stop.wait(min(error.after_s, RETRY_S))
            except InputError:
                self.refused += len(updates)
                return True
            else:
                self.refused += len(receipt["refused"])
                self.kept += int(receipt["taken"])
                return True
        return False

    def _read(self, payload: bytes | bytearray) -> list[Update]:
        """The updates of a message; none where it cannot be read."""
        try:
            if len(payload) > MESSAGE_BYTES_MAX:
                raise InputError.one("message", found=f"{len(payload):,} bytes", expected="fewer", remedy="send less")
            found = updates_of(json.loads(payload))
            if len(found) > UPDATES_MAX:
                raise InputError.one("message", found=f"{len(found):,} updates", expected="fewer", remedy="send less")
        except (InputError, ValueError, RecursionError):
            self.unread += 1
            return []
        return found


def _without_secret(address: str) -> str:
    """An address as it may be told."""
    head, _, rest = address.rpartition("@")
    return f"{head.partition('://')[0]}://…@{rest}"[:120] if head else address[:120]
