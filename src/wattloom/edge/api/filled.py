"""What do a tenant's newest finished runs add to a page of the live loop? Rows, where they are from, what to do next.

A page tells of each of its runs which job it was and, where it is one of the shipped examples, of which file. What is
of a run and what is live never mixes: live figures keep their places, or stand under `live` where a run took them.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from wattloom.domain.errors import Unavailable
from wattloom.domain.text import Text
from wattloom.edge.api.shown import SHOWN

if TYPE_CHECKING:
    from pathlib import Path

    from wattloom.edge.api.here import Here

EXAMPLE = "example "
"""Who asks for a shipped example: this and its file; no account has a name with a space in it."""
LOOKED_AT = 20
"""Newest jobs of a page's uses among which the finished ones are sought."""
KEPT = 64
"""Runs whose rows stay at hand."""
USES: Mapping[str, tuple[str, ...]] = {
    "market": ("market_bid", "market_backtest", "settle_month"),
    "certificates": ("certificates_match", "carbon_report"),
    "forecasts": ("forecast_day", "forecast_intraday", "forecast_backtest"),
    "vpp": ("vpp_event",),
    "dispatch": ("dispatch_day",),
}
"""By page: uses whose newest run it shows."""
NOTHING: Mapping[str, Text] = {
    "market_bid": Text("No bid yet: run “Make bids” below, with a file such as examples/market_bid.yaml.",
                       "尚无报价：请在下方运行“生成报价”，可用 examples/market_bid.yaml。"),
    "market_backtest": Text("No back-test yet: run “Back-test bids” below with a file of bids.",
                            "尚无回测：请用报价文件在下方运行“报价回测”。"),
    "settle_month": Text("No month is settled yet: run “Settle a month” below; what is live is provisional.",
                         "尚无已结算月份：请在下方运行“月度结算”；实时金额均为暂估。"),
    "certificates_match": Text("No month is matched yet: issue and match one below; what is shown is the live mix.",
                               "尚无已匹配月份：请在下方签发并匹配；当前所示为实时电源结构。"),
    "carbon_report": Text("No carbon report yet: run “Report carbon” below for a year.",
                          "尚无碳排放报告：请在下方按年度运行“碳排放报告”。"),
    "forecast_day": Text("No day is forecast yet: run “Forecast a day” below.",
                         "尚无日前预测：请在下方运行“日前预测”。"),
    "forecast_intraday": Text("No intraday forecast yet: POST /forecast/intraday makes one.",
                              "尚无日内预测：可由 POST /forecast/intraday 生成。"),
    "forecast_backtest": Text("No back-test yet: run “Back-test models” below; the board ranks what it scored.",
                              "尚无回测：请在下方运行“模型回测”，排行榜按其得分排名。"),
    "vpp_event": Text("No event of a pool file was run: run “Work out an event” below, or call the live pool above.",
                      "尚无资源池文件的事件：请在下方运行“测算一次事件”，或在上方发起实时调用。"),
    "dispatch_day": Text("No day of a dispatch file is planned yet: run “Dispatch a day” below.",
                         "尚无调度文件的日计划：请在下方运行“日调度”。"),
}  # fmt: skip
"""What to do where a use never ran."""
MATCHED = Text("Certificates matched with consumption, period by period", "凭证与用电逐时段匹配结果")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """A finished run, as pages show it."""

    job: str
    use: str
    made_at: str
    """In the server's zone."""
    example: str | None
    """File of the shipped example; None: a run of somebody's own."""
    rows: Mapping[str, Any]

    @property
    def mark(self) -> dict[str, Any]:
        """Where rows are from."""
        return {"job": self.job, "use": self.use, "made_at": self.made_at, "example": self.example}

    @property
    def source(self) -> dict[str, str]:
        """The same as a line of a page's sources."""
        use = self.use.replace("_", " ")
        if self.example:
            return {"en": f"{use}: shipped example {self.example}, job {self.job}, {self.made_at}",
                    "zh": f"{use}：随附示例 {self.example}，作业 {self.job}，{self.made_at}"}  # fmt: skip
        return {"en": f"{use}: job {self.job}, {self.made_at}", "zh": f"{use}：作业 {self.job}，{self.made_at}"}


class Runs:
    """Newest finished runs by tenant and use, their rows read once."""

    def __init__(self) -> None:
        """None read yet."""
        self._rows: OrderedDict[str, Mapping[str, Any] | None] = OrderedDict()

    def newest(self, parts: Here, tenant: str, uses: tuple[str, ...]) -> dict[str, Ran]:
        """The newest of each use that has rows for a page."""
        found: dict[str, Ran] = {}
        for job in parts.jobs.store.some(tenant, before=None, limit=LOOKED_AT, uses=uses):
            if job.state != "done" or job.use in found:
                continue
            rows = self._read(job.id, parts.jobs.folder(tenant, job.id))
            if rows is not None:
                by = job.asked_by
                example = by.removeprefix(EXAMPLE) if by.startswith(EXAMPLE) else None
                found[job.use] = Ran(job=job.id, use=job.use, made_at=parts.local(job.changed_at), example=example,
                                     rows=rows)  # fmt: skip
        return found

    def _read(self, name: str, folder: Path) -> Mapping[str, Any] | None:
        """Rows of a run; None where it left none."""
        if name not in self._rows:
            path = folder / SHOWN
            self._rows[name] = json.loads(path.read_text("utf-8")) if path.is_file() else None
            while len(self._rows) > KEPT:
                self._rows.popitem(last=False)
        return self._rows.get(name)


def filled(name: str, page: dict[str, Any], parts: Here, tenant: str, runs: Runs) -> dict[str, Any]:
    """A page of the live loop with what the tenant's newest runs came to."""
    uses = USES.get(name)
    if uses is None:
        return page
    try:
        found = runs.newest(parts, tenant, uses)
    except Unavailable as error:  # What is live is told without the store of jobs, too.
        return {**page, "runs": [], "empty": {}, "runs_missing": str(error)}
    with_runs = FILLED[name]({**page}, found, parts.settings.zone)
    return {
        **with_runs,
        "sources": [*page.get("sources", []), *(ran.source for ran in found.values())],
        "runs": [{**ran.mark, "name": ran.rows.get("name", ""), "notes": ran.rows.get("notes", [])}
                 for ran in found.values()],
        "empty": {use: {"en": NOTHING[use].en, "zh": NOTHING[use].zh} for use in uses if use not in found},
    }  # fmt: skip


Found = Mapping[str, Ran]


def _market(page: dict[str, Any], found: Found, zone: str) -> dict[str, Any]:  # noqa: ARG001 - as the others
    """Bids and statements; the live ones, provisional, behind."""
    bid, settled, tested = (found.get(use) for use in ("market_bid", "settle_month", "market_backtest"))
    if bid is not None:
        names = ("model", "gate", "expected_cost_cny", "flat_cost_cny", "scenarios")
        page |= {"day": bid.rows["day"], "bids": bid.rows["bids"],
                 "bid": {**{name: bid.rows[name] for name in names}, "from": bid.mark}}  # fmt: skip
    live = [{**one, "from": None} for one in page.get("statements", [])]
    of_run = [] if settled is None else [{**one, "from": settled.mark} for one in settled.rows["statements"]]
    page["statements"] = [*of_run, *live]
    page["backtest"] = None if tested is None else {**tested.rows, "from": tested.mark}
    page["units"] = {**page.get("units", {}), "quantity_mw": "MW", "awarded_mw": "MW", "cost_cny": "CNY"}
    return page


def _certificates(page: dict[str, Any], found: Found, zone: str) -> dict[str, Any]:  # noqa: ARG001 - as the others
    """The matched month and its claims; the live mix stands under `live` then."""
    matched, carbon = found.get("certificates_match"), found.get("carbon_report")
    names = ("month", "days", "matched_share", "used_mwh", "matched_mwh")
    page["live"] = {name: page.get(name) for name in (*names, "carbon", "is")}
    if matched is not None:
        page |= {name: matched.rows[name] for name in names}
        page |= {"claims": matched.rows["claims"],
                 "claims_count": matched.rows["claims_count"],
                 "scores": {name: matched.rows[name] for name in ("period_share", "volume_share")},
                 "is": {"en": MATCHED.en, "zh": MATCHED.zh}, "from": matched.mark}  # fmt: skip
    if carbon is not None:
        told = ("location_t", "market_t", "factors", "year")
        page["carbon"] = {**{name: carbon.rows[name] for name in told}, "from": carbon.mark}
        page["units"] = {**page.get("units", {}), "market_t": "t"}
    return page


def _forecasts(page: dict[str, Any], found: Found, zone: str) -> dict[str, Any]:
    """Fans behind the live one; the board of the newest back-test, else how the served models did lately."""
    fans, board = list(page.get("fans", [])), list(page.get("board", []))
    for use in ("forecast_day", "forecast_intraday"):
        if use in found:
            fans += [
                {**fan, "key": f"{use} {fan['key']}", "issued_at": at(fan["issued_at"], zone), "from": found[use].mark,
                 "axis": [at(one, zone) for one in fan["axis"]]}
                for fan in found[use].rows["fans"]
            ]  # fmt: skip
    scored = found.get("forecast_backtest") or found.get("forecast_day") or found.get("forecast_intraday")
    if scored is not None:
        board += [{**row, "from": scored.mark} for row in scored.rows["board"]]
    return {**page, "fans": fans, "board": board}


def _vpp(page: dict[str, Any], found: Found, zone: str) -> dict[str, Any]:
    """The event of the newest pool file behind the live ones."""
    events = [{**one, "from": None} for one in page.get("events", [])]
    ran = found.get("vpp_event")
    if ran is not None:
        events += [
            {**one, "start": at(one["start"], zone), "axis": [at(a, zone) for a in one["axis"]], "from": ran.mark}
            for one in ran.rows["events"]
        ]
    return {**page, "events": events}


def _dispatch(page: dict[str, Any], found: Found, zone: str) -> dict[str, Any]:  # noqa: ARG001 - as the others
    """The newest planned day, beside the live one and never mixed with it: it may be of other sites and another day."""
    ran = found.get("dispatch_day")
    return {**page, "planned": None if ran is None else {**ran.rows, "from": ran.mark}}


FILLED: Mapping[str, Callable[[dict[str, Any], Found, str], dict[str, Any]]] = {
    "market": _market,
    "certificates": _certificates,
    "forecasts": _forecasts,
    "vpp": _vpp,
    "dispatch": _dispatch,
}


def at(instant: str, zone: str) -> str:
    """An instant in a zone.

    Example:
        >>> at("2026-07-15T11:00:00+00:00", "Asia/Shanghai")
        '2026-07-15T19:00:00+08:00'
    """
    return datetime.fromisoformat(instant).astimezone(ZoneInfo(zone)).isoformat()
