"""What does a server count about itself? Requests, ticks, queues and jobs, as Prometheus reads them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily
from prometheus_client.registry import Collector

MEDIA = "text/plain; version=0.0.4; charset=utf-8"
BOUNDS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
LATENCIES = ("decision", "record", "actuation", "settled")


class _Total(Collector):
    """A counter of its name without `_total`."""

    def __init__(self, name: str, text: str, value: Callable[[], float]) -> None:
        """Keep whom to ask."""
        self._name, self._text, self._value = name, text, value

    def collect(self) -> list[CounterMetricFamily]:
        """As it stands."""
        return [CounterMetricFamily(self._name, self._text, value=self._value())]


class Counts:
    """Of one server; each has its own, so that two in a process do not mix."""

    def __init__(self) -> None:
        """Begin at nothing."""
        self.registry = CollectorRegistry()
        self.requests = Histogram(
            "wattloom_request_seconds", "From the first byte of a request to the end of its answer.",
            ("operation", "status"), buckets=BOUNDS_S, registry=self.registry,
        )  # fmt: skip
        self.shed = Counter(
            "wattloom_requests_shed_total", "Sent away before they were read.", ("why",), registry=self.registry
        )
        self.at_once = Gauge("wattloom_requests_at_once", "Being answered.", registry=self.registry)
        self.late = Gauge("wattloom_loop_late_seconds", "How late the event loop is.", registry=self.registry)
        self.updates = Counter("wattloom_updates_total", "Updates taken and kept.", registry=self.registry)
        self.tick = Gauge("wattloom_tick", "The newest.", registry=self.registry)
        self.tick_latency = Gauge(
            "wattloom_tick_latency_seconds", "Of each part of the way, as the loop tells it.", ("part",),
            registry=self.registry,
        )  # fmt: skip
        self.stale = Gauge("wattloom_frame_stale_seconds", "Age of what the loop knows.", registry=self.registry)

    def seen(self, frame: Mapping[str, Any]) -> None:
        """Note a frame."""
        self.tick.set(frame["tick"])
        self.stale.set(frame.get("stale_s") or 0.0)
        latencies = frame.get("latencies_ms") or {}
        for part in LATENCIES:
            if isinstance(latencies.get(part), int | float):
                self.tick_latency.labels(part).set(latencies[part] / 1000.0)

    def follow(self, name: str, text: str, value: Callable[[], float]) -> None:
        """A gauge that is asked when it is read."""
        Gauge(name, text, registry=self.registry).set_function(value)

    def total(self, name: str, text: str, value: Callable[[], float]) -> None:
        """A counter that is asked when it is read: what it counts is counted elsewhere."""
        self.registry.register(_Total(name, text, value))

    def page(self) -> bytes:
        """All of it, as Prometheus reads it."""
        return generate_latest(self.registry)
