"""Where do traces go? To an OpenTelemetry collector, if one is set; a span a request, told in batches by a thread."""

from __future__ import annotations

from typing import Any

from wattloom import __version__


def tracing(address: str) -> Any:
    """A provider that sends to a collector (OTLP over HTTP); None where no address is set."""
    if not address:
        return None
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415 - if set only
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

    provider = TracerProvider(resource=Resource.create({"service.name": "wattloom", "service.version": __version__}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=address)))
    return provider
