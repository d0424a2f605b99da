"""How many requests and tokens did two Azure language-model services see? One hour of single requests in 2023."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

from wattloom.domain.text import Text
from wattloom.intake.traces.columns import open_columns
from wattloom.intake.traces.contract import Trace, TraceFormat
from wattloom.intake.traces.promise import Promise
from wattloom.intake.traces.rates import Requests, trace_of_requests
from wattloom.intake.traces.to_jobs import twice_note, zone_of

ONE_HOUR = Text(
    "about one hour: the mix of requests, not the shape of a day", "仅约一小时：可看请求构成，不可看日内形状"
)


def _read(path: Path, promise: Promise, *, lenient: bool) -> Trace:
    """Requests and tokens a second of each service."""
    zone, notes = zone_of(TRACE, promise.clock)
    columns = open_columns(path, needed=("service", "timestamp", "context_tokens", "generated_tokens"))
    times, twice = columns.time("timestamp", zone=zone)
    requests = Requests(
        columns=columns,
        group=columns.text("service"),
        times=times,
        time_column="timestamp",
        input_column="context_tokens",
        output_column="generated_tokens",
    )
    notes = (*notes, *twice_note(twice, zone), ONE_HOUR)
    return trace_of_requests(TRACE, requests, promise, notes=notes, lenient=lenient)


TRACE = TraceFormat(
    key="azure",
    title=Text("Azure LLM inference requests, 2023", "Azure 大模型推理请求 2023"),
    read=_read,
    source=Text("Patel et al., ISCA 2024; CC BY 4.0", "Patel 等，ISCA 2024；CC BY 4.0"),
    zone=ZoneInfo("UTC"),
    zone_why=Text("assumed: the trace names none", "假定：数据未注明时区"),
)
