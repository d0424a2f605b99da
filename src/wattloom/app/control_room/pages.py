"""What does each page of a control room show? Values for JSON, every one with instant, zone, sources and units."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from wattloom.app.control_room.alarms import KINDS
from wattloom.app.control_room.events import able as of_sites
from wattloom.app.control_room.frame import SEVERITIES, instant, rounded
from wattloom.app.control_room.points import WAITING
from wattloom.app.control_room.quality import USED_WORDS, VERDICT_WORDS, VERDICTS
from wattloom.app.control_room.remedies import REMEDIES
from wattloom.app.control_room.rows import Alarm, GridEvent, Note, Proposal
from wattloom.app.control_room.state import MANUAL, POLICY_WORDS
from wattloom.app.match_inputs import region_name
from wattloom.dispatch.matching import CLASSES
from wattloom.domain.text import Text

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.app.control_room.state import RoomState
    from wattloom.app.control_room.steps import Seen, Steps
    from wattloom.market.response.plans import LoggedPlan

SIMULATED = Text(
    "simulated: the twin of the plan's regions and sites; no real grid", "仿真：计划中各地区与站点的孪生，非真实电网"
)
MEASURED = Text("telemetry of the sites; flows and prices of the match", "站点遥测；潮流与价格来自撮合结果")
BY_PLAN = Text("Plan of the region's pool, in the journal before the notice", "本地区资源池的计划，通知前已存入日志")
BY_DRAW = Text(
    "Draw of the region's pool as the event began: no plan was logged before the notice",
    "事件开始时资源池的用电功率：通知前无已存证计划",
)
BASELINE = Text(
    "Baseline: the pool's plan as the journal had it before the notice; where there was none, its draw as the event "
    "begins, and nothing is paid",
    "基线：通知前已存入日志的资源池计划；若无，则按事件开始时的用电功率，且不予结算",
)
JOBS_STAY = Text(
    "Single jobs stay with the site's own scheduler. The room is told how much work waits, by class, and answers with "
    "power by class.",
    "单个作业留在站点自己的调度器中。控制室只获知各类别等待的工作量，并按类别下达功率。",
)
COST_IS = Text("of a quarter of an hour at the price of now; below 0: saved", "按当前价格计一刻钟；负值为节省")
NOTICE_MINUTES = 5
"""Of the pool: dead time and ramp of a drawn fleet, assumed."""


class Pages:
    """All pages over a state."""

    def __init__(self, steps: Steps, *, simulated: bool) -> None:
        """Name what the numbers come from."""
        self.steps, self.source = steps, SIMULATED if simulated else MEASURED
        self.simulated = simulated
        layout = steps.inputs.layout
        self.region_names = {key: region_name(key) for key in layout.regions}
        self.region_of = [layout.regions[r] for r in layout.site_region.tolist()]

    def twin(self, state: RoomState, **units: str) -> dict[str, Any]:
        """What every page carries."""
        return {
            "at": instant(state.at_s, self.steps),
            "zone": str(self.steps.inputs.project.zone),
            "sources": [text(self.source), *(text(note) for note in self.steps.inputs.notes)],
            "simulated": self.simulated,
            "units": units,
        }

    def now(self, state: RoomState, frame: Mapping[str, Any]) -> dict[str, Any]:
        """The schematic and the last frame."""
        places = [
            {"key": key, "at": list(entry.at), "side": entry.side, "name": text(self.region_names[key])}
            for key, entry in self.steps.inputs.project.regions.items()
        ]
        units = {"draw_mw": "MW", "it_mw": "MW", "green_share": "1", "price_cny_per_mwh": "CNY/MWh",
                 "carbon_t_per_mwh": "t/MWh", "cost_cny_per_h": "CNY/h", "carbon_t_per_h": "t/h"}  # fmt: skip
        return {**self.twin(state, **units), "layout": {"regions": places}, "frame": dict(frame)}

    def sites(self, state: RoomState, seen: Seen) -> dict[str, Any]:
        """All sites, a row each; `items` holds them all, `server` may cut it into pages."""
        columns = self._columns(state, seen)
        items = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
        units = {"it_mw": "MW", "draw_mw": "MW", "limit_mw": "MW", "battery_mwh": "MWh", "battery_full_mwh": "MWh",
                 "battery_mw": "MW", "waiting_it_mwh": "MWh", "pue": "1", "it_mwh": "MWh",
                 "may_wait_h": "h"}  # fmt: skip
        waiting = self._waiting(self.steps.points.window(seen.used.values, "sites", "waiting_mwh").sum(axis=0))
        return {**self.twin(state, **units), "items": items, "next": None, "waiting": waiting,
                "jobs_are": text(JOBS_STAY)}  # fmt: skip

    def _waiting(self, waiting_mwh: NDArray[np.float64]) -> list[dict[str, Any]]:
        """Work that waits, by class, and how long it may from the moment it came in."""
        hours = self.steps.inputs.project.fleet.wait_hours
        return [
            {"class": kind, "it_mwh": _number(left), "may_wait_h": float(wait)}
            for kind, left, wait in zip(WAITING, waiting_mwh, hours, strict=True)
        ]

    def _columns(self, state: RoomState, seen: Seen) -> dict[str, list[Any]]:
        """Columns of the table of sites."""
        steps, fleet, names = self.steps, self.steps.inputs.fleet, list(self.steps.inputs.layout.sites)
        of = {name: steps.points.window(seen.used.values, "sites", name)
              for name in ("it_mw", "draw_mw", "it_mw_max", "stored_mwh", "waiting_mwh")}  # fmt: skip
        pue = seen.tick.sites.facility_mw_per_it_mw
        return {
            "id": names,
            "name": names,
            "province": self.region_of,
            "state": [VERDICT_WORDS[v] for v in seen.verdict.tolist()],
            "policy": [POLICY_WORDS[k] for k in state.policies.kind.tolist()],
            "it_mw": rounded(of["it_mw"], 2),
            "draw_mw": rounded(of["draw_mw"], 2),
            "limit_mw": rounded(of["it_mw_max"], 2),
            "pue": rounded(pue, 3),
            "battery_mwh": rounded(of["stored_mwh"], 2),
            "battery_full_mwh": rounded(fleet.battery_mwh, 2),
            "battery_mw": rounded(fleet.battery_mw, 2),
            "waiting_it_mwh": rounded(of["waiting_mwh"].sum(axis=1), 2),
        }

    def site(self, state: RoomState, seen: Seen, name: str) -> dict[str, Any]:
        """One site: classes, limits, quality of each point, its last command; `KeyError` where there is none."""
        n = self.steps.points.site(name)
        row = {key: values[n] for key, values in self._columns(state, seen).items()}
        served = state.live.told_mw[:4, n]
        demand = self.steps.points.window(seen.used.values, "sites", "demand_mw")[n]
        classes = [
            {"class": kind, "it_mw": _number(served[k]), "wanted_it_mw": _number(demand[k])}
            for k, kind in enumerate(CLASSES)
        ]
        return {
            **self.twin(state, it_mw="MW", draw_mw="MW", waiting_it_mwh="MWh", it_mwh="MWh", may_wait_h="h"),
            **row,
            "classes": classes,
            "waiting": self._waiting(self.steps.points.window(seen.used.values, "sites", "waiting_mwh")[n]),
            "jobs_are": text(JOBS_STAY),
            "quality": self._quality(state, seen, n),
            "limits": self._limits(state, seen, n),
            "series": ["it_mw", "draw_mw", "stored_mwh"],
            "commands": self._commands(state, n),
        }

    def _quality(self, state: RoomState, seen: Seen, n: int) -> list[dict[str, Any]]:
        """What was sent of each point of a site, what counts in its place, and why."""
        found = []
        for name in ("it_mw", "draw_mw", "stored_mwh", "it_mw_max"):
            slot = self.steps.points.place("sites", name).start + n
            verdict, by = int(seen.used.verdict[slot]), int(seen.used.by[slot])
            heard_s = float(state.measured.raw_s[slot])
            found.append({
                "field": name,
                "sent": _number(state.measured.raw[slot]),
                "sent_at": instant(heard_s, self.steps) if np.isfinite(heard_s) else None,
                "verdict": VERDICT_WORDS[verdict],
                "text": text(VERDICTS[verdict]),
                "used": _number(seen.used.values[slot]),
                "used_is": USED_WORDS[by],
            })  # fmt: skip
        return found

    def _limits(self, state: RoomState, seen: Seen, n: int) -> list[dict[str, Any]]:
        """What binds a site."""
        fleet, project = self.steps.inputs.fleet, self.steps.inputs.project.fleet
        kind = int(state.policies.kind[n])
        plan = Text("file of the plan", "计划文件")
        rows = [
            (Text("IT power", "IT 功率上限"), float(seen.tick.sites.it_mw_max[n]), "MW", plan),
            (Text("Least IT power", "IT 功率下限"), float(seen.tick.sites.it_mw_min[n]), "MW", plan),
            (Text("Ramp", "爬坡"), project.ramp_per_minute * float(fleet.it_mw[n]), "MW/min", plan),
            (Text("Battery power", "储能功率"), float(fleet.battery_mw[n]), "MW", plan),
        ]
        if kind != MANUAL and state.policies.limit[n]:
            share = Text("About the day's plan without a person", "无需人工的偏离日计划幅度")
            rows.append((share, float(state.policies.limit[n] * fleet.it_mw[n]), "MW", Text("policy", "审批策略")))
        return [{"name": text(name), "value": round(value, 3), "unit": unit, "source": text(source)}
                for name, value, unit, source in rows]  # fmt: skip

    def _commands(self, state: RoomState, n: int) -> list[dict[str, Any]]:
        """The set-points that a site holds or is being sent, newest first."""
        waiting = state.live.outstanding
        who = state.approvers[state.told_by[n]] if state.told_by[n] >= 0 else ("", "")
        found = []
        for k in np.flatnonzero(waiting.site == n)[::-1][:10].tolist():
            it_mw = float(waiting.setpoints_mw[k, :4].sum() + waiting.setpoints_mw[k, 6:8].sum())
            found.append({
                "id": f"{state.live.series}-{int(waiting.tick[k])}-{n}",
                "at": instant(float(waiting.at_s[k]), self.steps),
                "what": text(Text(f"IT power {it_mw:.2f} MW", f"IT 功率 {it_mw:.2f} 兆瓦")),
                "approved_by": who[0],
                "via": who[1],
                "state": "sent",
            })  # fmt: skip
        if not found and who[0]:
            it_mw = float(state.live.told_mw[:4, n].sum() + state.live.told_mw[6:8, n].sum())
            found.append({"id": f"{state.live.series}-last-{n}", "at": instant(state.at_s, self.steps),
                          "what": text(Text(f"IT power {it_mw:.2f} MW", f"IT 功率 {it_mw:.2f} 兆瓦")),
                          "approved_by": who[0], "via": who[1], "state": "answered"})  # fmt: skip
        return found

    def alarms(self, state: RoomState) -> dict[str, Any]:
        """Alarms, those that stand first, and the shift log."""
        rows = [row for row in state.tables["alarms"].values() if isinstance(row, Alarm)]
        rows.sort(key=lambda row: (row.ended, -row.severity if not row.ended else 0, -row.raised_s))
        log = [row for row in state.tables["log"].values() if isinstance(row, Note)]
        return {
            **self.twin(state),
            "items": [self.alarm(row) for row in rows],
            "log": [
                {"at": instant(row.at_s, self.steps), "by": row.by, "text": row.text[0], "text_zh": row.text[1],
                 "about": row.about}
                for row in reversed(log)
            ],
        }  # fmt: skip

    def alarm(self, row: Alarm) -> dict[str, Any]:
        """An alarm as the console shows it."""
        acknowledged = None if row.acknowledged_s is None else instant(row.acknowledged_s, self.steps)
        name = KINDS[row.kind][1]
        return {
            "id": row.id,
            "kind": row.kind,
            "severity": SEVERITIES[row.severity],
            "state": "cleared" if row.ended else "acknowledged" if acknowledged else "raised",
            "standing": row.over_s is None,
            "text": {"en": f"{name.en}: {row.text[0]}", "zh": f"{name.zh}：{row.text[1]}"},
            "remedy": text(REMEDIES[row.kind]),
            "where": row.subject,
            "raised_at": instant(row.raised_s, self.steps),
            "over_at": None if row.over_s is None else instant(row.over_s, self.steps),
            "acknowledged_at": acknowledged,
            "cleared_at": None if row.cleared_s is None else instant(row.cleared_s, self.steps),
            "by": row.cleared_by or row.acknowledged_by or None,
            "note": row.note or None,
        }

    def proposals(self, state: RoomState, seen: Seen) -> list[dict[str, Any]]:
        """Proposals, those that wait first."""
        rows = [row for row in state.tables["proposals"].values() if isinstance(row, Proposal)]
        rows.sort(key=lambda row: (row.state != "waiting", -row.at_s))
        return [self.proposal(row, seen) for row in rows]

    def proposal(self, row: Proposal, seen: Seen) -> dict[str, Any]:
        """A proposal as the console shows it."""
        f, event = row.figures, row.kind == "event"
        if event:
            sets = [{"where": row.subject, "what": {"en": "draw less", "zh": "减少用电"}, "from": None,
                     "to": _number(f["down_mw"]), "unit": "MW"}]  # fmt: skip
            place = self.region_names.get(row.subject, Text.same(row.subject))
            title = {"en": f"Grid event in {place.en}", "zh": f"电网事件：{place.zh}"}
            rule = {"en": "a grid event needs a person", "zh": "电网事件须人工批准"}
        else:
            sets = [{"where": row.subject, "what": {"en": "IT power", "zh": "IT 功率"},
                     "from": _number(f["from_it_mw"]), "to": _number(f["to_it_mw"]), "unit": "MW"}]  # fmt: skip
            title = {"en": f"Set-point of {row.subject}", "zh": f"设定值：{row.subject}"}
            rule = {"en": "policy of the site", "zh": "站点审批策略"}
        certificate = getattr(seen.decision, "certificate", None) or {}
        return {
            "id": row.id,
            "kind": row.kind,
            "title": title,
            "reason": {"en": row.text[0], "zh": row.text[1]},
            "sets": sets,
            "authority": rule,
            "from": instant(row.at_s, self.steps),
            "until": instant(row.expires_s, self.steps),
            "cost_cny": None if event else round(f["cost_cny_per_h"] / 4.0, 2),
            "cost_is": text(COST_IS),
            "gap_share": certificate.get("gap"),
            "needs_role": "operator",
            "state": row.state,
            "made_at": instant(row.at_s, self.steps),
            "decided_by": row.by or None,
            "via": row.via or None,
            "decision_reason": row.reason or None,
        }

    def vpp(self, state: RoomState, seen: Seen, plans: Mapping[str, LoggedPlan] | None = None) -> dict[str, Any]:
        """The pool by region, its plans as the journal has them, and events."""
        steps, sites = self.steps, seen.tick.sites
        region, count = steps.inputs.layout.site_region, len(steps.inputs.layout.regions)
        it_mw = steps.points.window(seen.used.values, "sites", "it_mw")
        draw = steps.points.window(seen.used.values, "sites", "draw_mw")
        pue = sites.facility_mw_per_it_mw
        able = (state.policies.kind != MANUAL) & (seen.verdict == 0)
        down = of_sites(state, seen, steps)
        up = np.where(able, np.clip(sites.it_mw_max - it_mw, 0, None), 0)
        of = {"draw_mw": np.where(able, draw, 0), "down_mw": down * pue, "up_mw": up * pue}
        sums = {name: rounded(np.bincount(region, weights=values, minlength=count), 1) for name, values in of.items()}
        counts = np.bincount(region, weights=able, minlength=count).astype(int).tolist()
        pool = [
            {"territory": key, "sites": counts[r], **{name: of[r] for name, of in sums.items()},
             "notice_minutes": NOTICE_MINUTES}
            for r, key in enumerate(steps.inputs.layout.regions)
        ]  # fmt: skip
        events = [row for row in state.tables["events"].values() if isinstance(row, GridEvent)]
        units = {"draw_mw": "MW", "down_mw": "MW", "up_mw": "MW", "asked_down_mw": "MW", "delivered_mw": "MW",
                 "pay_cny": "CNY"}  # fmt: skip
        return {
            **self.twin(state, **units),
            "baseline": text(BASELINE),
            "pool": pool,
            "plans": [
                {
                    "territory": key,
                    "logged_at": instant(plan.logged_at.timestamp(), steps),
                    "record": plan.sequence,
                    "mark": plan.mark,
                    "sha256": plan.sha256,
                }
                for key, plan in (plans or {}).items()
            ],
            "events": [self.event(row) for row in reversed(events)],
        }

    def event(self, row: GridEvent) -> dict[str, Any]:
        """An event as the console shows it."""
        counted_h = (float(row.terms.get("counted_s", row.start_s)) - row.start_s) / 3600.0
        delivered = row.delivered_wh / 1e6 / counted_h if counted_h > 0 else None
        statement, pay = row.terms.get("statement"), None
        if statement is not None:
            lines = statement.get("lines", [])
            pay = sum(line["amount_fen"] for line in lines) / 100.0 if statement["paid"] else None
        elif row.price_cny_per_mwh is not None and row.state == "running":
            pay = round(max(min(row.delivered_wh, row.asked_wh), 0) / 1e6 * row.price_cny_per_mwh, 2)
        plan = row.terms.get("plan")
        return {
            "id": row.id,
            "territory": row.region,
            "state": row.state,
            "start": instant(row.start_s, self.steps),
            "hours": round((row.end_s - row.start_s) / 3600.0, 3),
            "asked_down_mw": row.down_mw,
            "delivered_mw": None if delivered is None else round(delivered, 2),
            "delivered_share": round(row.delivered_wh / row.asked_wh, 4) if row.asked_wh else None,
            "pay_cny": pay,
            "axis": [instant(at_s, self.steps) for at_s, _, _ in row.course],
            "baseline_mw": [round(mw, 2) for _, _, mw in row.course],
            "actual_mw": [round(mw, 2) for _, mw, _ in row.course],
            "approved_by": (row.by or None) if row.state in {"ready", "running", "done"} else None,
            "proposal": row.proposal or None,
            "sites": row.terms.get("sites"),
            "baseline_is": text(BY_PLAN if plan else BY_DRAW),
            "plan": {name: plan[name] for name in ("sequence", "mark", "sha256", "logged_at")} if plan else None,
            "statement": statement,
            "ledger": row.terms.get("ledger"),
        }


def text(said: Text) -> dict[str, str]:
    """Both languages."""
    return {"en": said.en, "zh": said.zh}


def _number(value: float) -> float | None:
    """A number as JSON has it."""
    return round(float(value), 3) if np.isfinite(value) else None
