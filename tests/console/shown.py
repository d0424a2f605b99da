"""Which numbers does the stand-in show? Generated ones, in the shapes that the server's own pages have."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from functools import cache
from typing import Any, Protocol

import numpy as np

ZONE, OFFSET = "Asia/Shanghai", timezone(timedelta(hours=8))
BEGIN = datetime(2027, 3, 15, 9, 0, tzinfo=OFFSET)
SOURCES = ["simulated: the twin of the plan's regions and sites; no real grid"]
REGIONS = {
    "jibei": ((70, 6), "Jibei", "冀北"),
    "mengxi": ((42, 16), "Mengxi", "蒙西"),
    "gansu": ((15, 24), "Gansu", "甘肃"),
    "ningxia": ((33, 33), "Ningxia", "宁夏"),
    "qinghai": ((8, 46), "Qinghai", "青海"),
    "guizhou": ((38, 78), "Guizhou", "贵州"),
    "sichuan": ((22, 62), "Sichuan", "四川"),
    "chongqing": ((42, 60), "Chongqing", "重庆"),
    "jiangsu": ((80, 46), "Jiangsu", "江苏"),
    "zhejiang": ((84, 72), "Zhejiang", "浙江"),
    "shanghai": ((94, 58), "Shanghai", "上海"),
    "guangdong": ((64, 92), "Guangdong", "广东"),
}
KEYS = list(REGIONS)
LINES = [
    (1, 0, 320),
    (1, 8, 260),
    (3, 9, 300),
    (2, 9, 180),
    (2, 3, 90),
    (2, 4, -60),
    (6, 7, 140),
    (6, 8, 280),
    (6, 10, 200),
    (5, 11, 330),
    (8, 10, 120),
    (9, 10, 75),
]
MOVES = [(0, 1, 24), (8, 3, 18), (11, 5, 31), (9, 2, 12), (10, 6, 9)]
OPERATIONS = (
    "proposals_approve",
    "proposals_reject",
    "alarms_acknowledge",
    "alarms_clear",
    "shift_log",
    "vpp_call",
    "plan_site",
    "dispatch_day",
    "flexibility_assess",
    "settle_month",
    "market_bid",
    "forecast_day",
    "forecast_backtest",
    "certificates_match",
    "certificates_issue",
    "certificates_verify",
    "carbon_report",
)
SITES = 1000
CLASSES = ("fixed inference", "movable inference", "deferrable training", "movable batch")
Answer = tuple[int, Any]


def text(en: str, zh: str) -> dict[str, str]:
    return {"en": en, "zh": zh}


class Twins(Protocol):
    """A room, as a page needs it."""

    events: list[dict[str, Any]]

    @property
    def at(self) -> datetime:
        """Its instant."""

    def twin(self, **more: Any) -> dict[str, Any]:
        """What every page carries, and more."""


def problem(status: int, detail: str, **more: Any) -> dict[str, Any]:
    return {"type": f"urn:wattloom:problem:{status}", "title": detail, "status": status, "detail": detail, **more}


def alarms_shown() -> list[dict[str, Any]]:
    rows = [
        ("critical", "shortfall", text("Supply falls short: 4.2 MW", "供电缺口：4.2 兆瓦"), "shanghai", "raised", True),
        (
            "major",
            "site_lies",
            text("Site's meter lies: stuck, the same to the last digit", "站点量测失真：卡死，末位始终不变"),
            "jiangsu-014",
            "raised",
            True,
        ),
        (
            "minor",
            "archive_fault",
            text("Archive cannot be written: disk busy", "归档失败：磁盘繁忙"),
            "archive",
            "raised",
            False,
        ),
        (
            "major",
            "command_late",
            text("Commands without an answer: 2 sites for over 30 s", "指令未获应答：2 个站点超过 30 秒"),
            "field",
            "acknowledged",
            True,
        ),
        (
            "major",
            "site_stale",
            text("Site silent: not heard of for too long", "站点失联：久未上报"),
            "gansu-003",
            "cleared",
            False,
        ),
    ]
    return [
        {
            "id": f"a{k}",
            "kind": kind,
            "severity": severity,
            "state": state,
            "standing": standing,
            "text": said,
            "remedy": text("Look at the last command and call the site.", "核对最后一条指令并联系站点。"),
            "where": where,
            "raised_at": (BEGIN + timedelta(minutes=7 * k)).isoformat(),
            "acknowledged_at": None,
            "cleared_at": BEGIN.isoformat() if state == "cleared" else None,
            "by": "operator" if state != "raised" else None,
            "note": "called the site" if state == "acknowledged" else None,
        }
        for k, (severity, kind, said, where, state, standing) in enumerate(rows, 1)
    ]


def proposals_shown() -> list[dict[str, Any]]:
    return [
        {
            "id": "p1",
            "kind": "set_point",
            "title": text("Set-point of ningxia-007", "设定值：ningxia-007"),
            "reason": text(
                "3.1 MW of training wait for cheaper energy after 13:00", "3.1 兆瓦训练作业等待 13:00 后的低价电"
            ),
            "sets": [
                {"where": "ningxia-007", "what": text("IT power", "IT 功率"), "from": 18.4, "to": 15.3, "unit": "MW"}
            ],
            "authority": text("policy of the site: a person approves", "站点审批策略：人工批准"),
            "from": BEGIN.isoformat(),
            "until": (BEGIN + timedelta(minutes=15)).isoformat(),
            "cost_cny": -212.4,
            "gap_share": 0.0004,
            "needs_role": "operator",
            "state": "waiting",
            "made_at": BEGIN.isoformat(),
        },
    ]


def log_shown() -> list[dict[str, Any]]:
    said = [("operator", "Took over the shift.", "接班。"), ("system", "Alarm a5 cleared.", "告警 a5 已消除。")]
    return [
        {"at": (BEGIN - timedelta(minutes=30 * k)).isoformat(), "by": by, "text": en, "text_zh": zh, "about": ""}
        for k, (by, en, zh) in enumerate(said)
    ]


def events_shown() -> list[dict[str, Any]]:
    axis = [(BEGIN - timedelta(hours=20) + timedelta(minutes=5 * k)).isoformat() for k in range(30)]
    actual = [412 - (38 if 6 <= k < 24 else 0) + 2 * math.sin(k) for k in range(30)]
    return [
        {
            "id": "e1",
            "territory": "jiangsu",
            "state": "done",
            "start": axis[6],
            "hours": 1.5,
            "asked_down_mw": 40.0,
            "delivered_mw": 38.1,
            "delivered_share": 0.953,
            "pay_cny": 51435.0,
            "axis": axis,
            "baseline_mw": [412.0] * 30,
            "actual_mw": [round(mw, 2) for mw in actual],
            "approved_by": "operator",
        },
    ]


@cache
def sites_shown() -> tuple[dict[str, Any], ...]:
    draws = np.random.default_rng(12).lognormal(2.4, 0.7, SITES).clip(0.6, 240)
    rows = []
    for n, size in enumerate(draws.tolist()):
        key, stored = KEYS[n % 12], n % 3 == 0
        name = f"{key}-{n // 12 + 1:03d}"
        rows.append(
            {
                "id": name,
                "name": name,
                "province": key,
                "state": "stuck" if n == 8 else "stale" if n % 97 == 5 else "good",
                "policy": "manual" if n % 10 == 0 else "automatic",
                "it_mw": round(size * 0.7, 2),
                "draw_mw": round(size * 0.86, 2),
                "limit_mw": round(size, 2),
                "pue": round(1.14 + (n % 17) / 100, 3),
                "battery_mwh": round(size * 0.21, 2) if stored else 0.0,
                "battery_full_mwh": round(size * 0.4, 2) if stored else 0.0,
                "battery_mw": round(size * 0.05, 2) if stored else 0.0,
                "jobs_running": None,
                "jobs_waiting": None,
                "waiting_it_mwh": round(size * 0.3, 2),
            }
        )
    return tuple(rows)


def waiting_shown(it_mwh: float) -> list[dict[str, Any]]:
    return [
        {"class": kind, "it_mwh": round(it_mwh * share, 2), "may_wait_h": hours}
        for kind, share, hours in zip(CLASSES[2:], (0.6, 0.4), (12.0, 6.0), strict=True)
    ]


def site_shown(room: Twins, name: str) -> Answer:
    row = next((one for one in sites_shown() if one["id"] == name), None)
    if row is None:
        return 404, problem(404, f"there is no site {name}")
    size = row["limit_mw"]
    return 200, room.twin(
        **row,
        waiting=waiting_shown(row["waiting_it_mwh"]),
        jobs_are=text("Single jobs stay at the site.", "单个作业留在站点。"),
        classes=[
            {"class": kind, "it_mw": round(size * share * 0.7, 3), "wanted_it_mw": round(size * share * 0.74, 3)}
            for kind, share in zip(CLASSES, (0.3, 0.2, 0.3, 0.2), strict=True)
        ],
        quality=[
            {
                "field": "it_mw",
                "sent": row["it_mw"],
                "sent_at": room.at.isoformat(),
                "verdict": "good",
                "text": text("good", "正常"),
                "used": row["it_mw"],
                "used_is": "measured",
            },
            {
                "field": "draw_mw",
                "sent": 0.0,
                "sent_at": room.at.isoformat(),
                "verdict": "impossible",
                "text": text("contradicts the site's other meter", "与本站另一表计矛盾"),
                "used": row["draw_mw"],
                "used_is": "expected",
            },
        ],
        limits=[
            {
                "name": text("IT power", "IT 功率上限"),
                "value": size,
                "unit": "MW",
                "source": text("file of the plan", "计划文件"),
            },
            {
                "name": text("Ramp", "爬坡"),
                "value": round(size / 20, 3),
                "unit": "MW/min",
                "source": text("file of the plan", "计划文件"),
            },
        ],
        series=["it_mw", "draw_mw", "stored_mwh"],
        commands=[
            {
                "id": "c1",
                "at": room.at.isoformat(),
                "what": text("IT power 8.10 MW", "IT 功率 8.10 兆瓦"),
                "approved_by": "within limits",
                "via": "policy",
                "state": "sent",
            }
        ],
    )


def series_shown(room: Twins, name: str, query: Mapping[str, str]) -> Answer:
    field = query.get("field", "draw_mw")
    end = room.at.timestamp()
    at_s = [end - 3600 + 5 * k for k in range(720)]
    size = next((one["limit_mw"] for one in sites_shown() if one["id"] == name), 10.0)
    values = [round(size * (0.8 + 0.1 * math.sin(at / 400) + 0.01 * math.sin(at / 7)), 3) for at in at_s]
    return 200, room.twin(
        site=name, field=field, unit="MWh" if field.endswith("mwh") else "MW", at_s=at_s, values=values
    )


def dispatch_shown(room: Twins) -> Answer:
    axis = [(BEGIN.replace(hour=0) + timedelta(minutes=15 * k)).isoformat() for k in range(96)]
    plan = [round(9200 + 900 * math.sin((k - 30) / 15), 1) for k in range(96)]
    actual = [round(mw + 60 * math.sin(k * 1.7), 1) if k < 58 else None for k, mw in enumerate(plan)]
    return 200, room.twin(
        day="2027-03-15",
        issued_at=(BEGIN - timedelta(hours=15)).isoformat(),
        axis=axis,
        plan_mw=plan,
        intraday_mw=[round(mw + 150.0, 1) if k >= 57 else None for k, mw in enumerate(plan)],
        intraday_at=(BEGIN - timedelta(minutes=15)).isoformat(),
        actual_mw=actual,
        price_cny_per_mwh=[round(310 + 90 * math.cos(k / 12), 1) for k in range(96)],
        carbon_t_per_mwh=[round(0.36 + 0.12 * math.cos(k / 15), 3) for k in range(96)],
        green_share=[round(0.45 - 0.2 * math.cos(k / 15), 3) for k in range(96)],
    )


def market_shown(room: Twins) -> Answer:
    bids = [
        {
            "id": f"b{k}",
            "territory": KEYS[k % 12],
            "product": "day_ahead",
            "start": (BEGIN + timedelta(hours=k)).isoformat(),
            "hours": 1,
            "quantity_mw": 30.0 + 3 * k,
            "price_cny_per_mwh": 260.0 + 11 * k,
            "awarded_mw": [30.0 + 3 * k, 15.0, 0.0, None][k % 4],
            "cleared_cny_per_mwh": [271.5, 283.0, 240.0, None][k % 4],
            "state": ["awarded", "part", "rejected", "submitted"][k % 4],
        }
        for k in range(10)
    ]
    lines = [
        {
            "item": text("Energy, day-ahead", "日前电量电费"),
            "energy_mwh": 8214.25,
            "price_cny_per_mwh": 268.4,
            "amount_fen": 220_470_470,
            "clause": "spot rules §4.2",
        },
        {
            "item": text("Transmission and distribution", "输配电费"),
            "energy_mwh": 8214.25,
            "price_cny_per_mwh": 90.3,
            "amount_fen": 74_174_678,
            "clause": "NDRC Price [2026] No. 1077, annex 1",
        },
    ]
    statements = [
        {
            "id": "s1",
            "month": "2027-02",
            "party": "Zhongwei 1",
            "territory": "ningxia",
            "total_fen": 294_645_148,
            "state": "provisional",
            "lines": lines,
        }
    ]
    return 200, room.twin(day="2027-03-15", bids=bids, statements=statements)


def vpp_shown(room: Twins) -> Answer:
    pool = [
        {
            "territory": key,
            "sites": 70 + k,
            "draw_mw": 600.0 + 60 * k,
            "down_mw": 42.0 + 3.5 * k,
            "up_mw": 18.0 + k,
            "notice_minutes": 5,
        }
        for k, key in enumerate(KEYS)
    ]
    return 200, room.twin(pool=pool, events=room.events)


def certificates_shown(room: Twins) -> Answer:
    shares = [
        [
            round(min(1.0, max(0.08, 0.5 - 0.45 * math.cos((h - 1) / 24 * 2 * math.pi) + 0.12 * math.sin(d))), 3)
            if d < 15
            else None
            for h in range(24)
        ]
        for d in range(31)
    ]
    factors = [
        {"name": text("Grid, Ningxia", "宁夏电网"), "value": 0.6187, "unit": "t/MWh", "source": "MEE [2025] No. 43"}
    ]
    claims = [
        {
            "id": "claim-2027-02-1",
            "period": "2027-02",
            "quantity_mwh": 4120.125,
            "state": "active",
            "digest": "9f2c" * 16,
        }
    ]
    return 200, room.twin(
        month="2027-03",
        days=[f"2027-03-{d + 1:02d}" for d in range(31)],
        matched_share=shares,
        used_mwh=8214.0,
        matched_mwh=5123.0,
        claims=claims,
        carbon={"location_t": 5082.0, "market_t": 1914.0, "factors": factors},
    )


def forecasts_shown(room: Twins) -> Answer:
    axis = [(BEGIN + timedelta(minutes=15 * k)).isoformat() for k in range(96)]
    middle = [max(0.0, 480 * math.sin((k - 2) / 40 * math.pi)) if k < 42 else 4.0 for k in range(96)]
    spread = [0.02 * k**0.8 * 20 + 6 for k in range(96)]
    quantiles = {
        level: [round(max(0.0, mw + z * s), 1) for mw, s in zip(middle, spread, strict=True)]
        for level, z in (("0.05", -1.64), ("0.25", -0.67), ("0.5", 0.0), ("0.75", 0.67), ("0.95", 1.64))
    }
    actual = [round(mw + 14 * math.sin(k), 1) if k < 22 else None for k, mw in enumerate(middle)]
    fans = [
        {
            "key": "pv_ningxia",
            "name": text("Solar, Ningxia", "宁夏光伏"),
            "unit": "MW",
            "issued_at": BEGIN.isoformat(),
            "model": "gradient_trees",
            "axis": axis,
            "quantiles": quantiles,
            "actual": actual,
        }
    ]
    board = [
        {
            "rank": k + 1,
            "task": "forecast_day_ahead",
            "model": model,
            "pinball": pinball,
            "unit": "MW",
            "skill": skill,
            "skill_low": skill - 0.06,
            "skill_high": skill + 0.06,
            "coverage": 0.89,
        }
        for k, (model, pinball, skill) in enumerate(
            (("gradient_trees", 7.214, 0.41), ("solar_net", 7.906, 0.35), ("seasonal_naive", 12.23, 0.0))
        )
    ]
    return 200, room.twin(fans=fans, board=board)


@cache
def schema_shown() -> Any:
    from wattloom.wiring import find  # noqa: PLC0415 - heavy, and wanted by one page

    return json.loads(json.dumps(find("project_schema")()).replace("Infinity", "null"))


def rules_shown(room: Twins) -> Answer:
    return 200, room.twin(
        items=[{"territory": key, "name_en": en, "name_zh": zh, "tiers": 5} for key, (_, en, zh) in REGIONS.items()],
        next=None,
    )


def territory_shown(room: Twins, key: str) -> Answer:
    document = "NDRC Price [2026] No. 1077, annex 1, fourth regulatory cycle"
    rows: list[dict[str, Any]] = [
        {
            "fact": "td_energy_cny_per_kwh",
            "name_en": "Transmission and distribution, energy part",
            "name_zh": "电量电价",
            "tier": tier,
            "value": value,
            "unit": "CNY/kWh",
            "document": document,
            "in_force": "2026-08-01",
            "confidence": "verified-one-copy",
            "note": "",
        }
        for tier, value in (("1-10(20)kV", "0.0903"), ("35kV", "0.0753"), ("110kV", "0.0603"), ("220kV", "0.0453"))
    ]
    rows.append(
        {
            "fact": "direct_connection_self_use_share_min",
            "name_en": "Least self-use of a direct connection",
            "name_zh": "绿电直连自用比例下限",
            "tier": "",
            "value": None,
            "unit": "1",
            "document": "",
            "in_force": "",
            "confidence": "assumed",
            "note": "no figure published",
        }
    )
    return 200, room.twin(territory=key, items=rows, next=None)


def audit_shown(room: Twins) -> Answer:
    said = [
        ("operator", "cookie", "proposals_approve", "proposal p0", "done"),
        ("viewer", "token", "vpp_call", "/vpp/call", "refused"),
        ("", "", "sign_in", "account of nobody", "refused"),
        ("trader", "oidc", "settle_month", "job 4f1c", "done"),
    ]
    rows: list[dict[str, Any]] = [
        {
            "sequence": 1204 - k,
            "at": (room.at - timedelta(minutes=k)).isoformat(),
            "who": who,
            "via": via,
            "operation": operation,
            "subject": subject,
            "outcome": outcome,
            "mark": f"{k:02x}9f2c" * 10,
        }
        for k, (who, via, operation, subject, outcome) in enumerate(said * 6)
    ]
    return 200, room.twin(items=rows, next=None, verified=True, head="1204:" + "9f2c" * 16, problem=None)
