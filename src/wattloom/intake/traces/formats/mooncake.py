"""How many requests and tokens did Kimi's conversations bring? One hour of single requests from Mooncake's traces."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from wattloom.domain.text import Text
from wattloom.intake.traces.columns import open_columns
from wattloom.intake.traces.contract import Trace, TraceFormat
from wattloom.intake.traces.promise import Promise
from wattloom.intake.traces.rates import Requests, trace_of_requests
from wattloom.intake.traces.to_jobs import epoch_of

ONE_HOUR = Text(
    "about one hour: the mix of requests, not the shape of a day", "仅约一小时：可看请求构成，不可看日内形状"
)


def _read(path: Path, promise: Promise, *, lenient: bool) -> Trace:
    """Requests and tokens a second of each trace in the file."""
    epoch_us, notes = epoch_of(TRACE, promise.clock)
    columns = open_columns(path, needed=("trace", "t_s", "input_tokens", "output_tokens"))
    requests = Requests(
        columns=columns,
        group=columns.text("trace"),
        times=columns.seconds("t_s", epoch_us=epoch_us),
        time_column="t_s",
        input_column="input_tokens",
        output_column="output_tokens",
    )
    return trace_of_requests(TRACE, requests, promise, notes=(*notes, ONE_HOUR), lenient=lenient)


TRACE = TraceFormat(
    key="mooncake",
    title=Text("Mooncake conversation requests (Kimi)", "Mooncake 对话请求（Kimi）"),
    read=_read,
    source=Text("Qin et al., FAST 2025; Apache-2.0", "Qin 等，FAST 2025；Apache-2.0"),
    epoch=datetime(2024, 1, 1, tzinfo=UTC),
    epoch_why=Text("assumed: the trace counts seconds from an instant it does not name", "假定：起点时刻未公布"),
)
