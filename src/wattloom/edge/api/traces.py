"""Where do traces go? To an OpenTelemetry collector, if one is set; a span a request, told in batches by a thread.

A span tells method, route, status and the request's id. It tells no path, query, header or body, nobody's name, and of
an error only that there was one: its words may hold what somebody sent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wattloom import __version__

if TYPE_CHECKING:
    from starlette.types import Scope

SERVER_FAULT = 500
TOLD_WITHIN_S = 2.0
"""A batch is tried so long: a collector that is down does not hold up the end of a server."""


def tracing(address: str) -> Any:
    """A provider that sends to a collector (OTLP over HTTP); None where no address is set."""
    if not address:
        return None
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415 - if set only
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

    provider = TracerProvider(resource=Resource.create({"service.name": "wattloom", "service.version": __version__}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=address, timeout=TOLD_WITHIN_S)))
    return provider


def begun(tracer: Any, scope: Scope) -> Any:
    """The span of a request, for as long as the block."""
    from opentelemetry.trace import SpanKind  # noqa: PLC0415

    attributes = {"http.request.method": scope["method"], "wattloom.request": scope["wattloom.request"]}
    return tracer.start_as_current_span(
        "request", kind=SpanKind.SERVER, attributes=attributes, record_exception=False, set_status_on_exception=False
    )


def ended(span: Any, scope: Scope, operation: str, status: int) -> None:
    """What came of the request."""
    from opentelemetry.trace import StatusCode  # noqa: PLC0415

    span.update_name(operation)
    span.set_attribute("http.response.status_code", status)
    route = getattr(scope.get("route"), "path", None)
    if route:
        span.set_attribute("http.route", route)
    if status >= SERVER_FAULT:
        span.set_attribute("error.type", str(status))
        span.set_status(StatusCode.ERROR)
