"""Which accounts, tokens and finished runs does the stand-in show? Generated ones, in the server's own shapes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from tests.console.shown import BEGIN, Answer, Twins, problem, text

SECRET = "wl_generated-for-the-stand-in"  # noqa: S105 - it opens nothing
ACCESS_OPERATIONS = (
    "accounts_json",
    "accounts_add",
    "accounts_change",
    "accounts_password",
    "tokens_json",
    "tokens_add",
    "tokens_revoke",
)
MARK = {"job": "5" * 24, "made_at": BEGIN.isoformat(), "example": "made_up.yaml"}


def accounts_shown() -> list[dict[str, Any]]:
    rows = [
        ("operator", ["operator", "trader", "auditor", "admin"], False, 0),
        ("night-shift", ["viewer", "operator"], False, 2),
        ("planner-1", ["viewer", "planner"], True, 0),
    ]
    return [
        {"name": name, "tenant": "home", "roles": roles, "disabled": disabled, "failures": failures}
        for name, roles, disabled, failures in rows
    ]


def tokens_shown() -> list[dict[str, Any]]:
    rows: list[tuple[str, str, list[str], list[str], str, list[str], str | None]] = [
        ("nightly-report", "night-shift", ["operator"], ["read", "operate"], "management", [], None),
        ("gateway-7", "operator", ["operator"], ["telemetry", "advice"], "control", ["sites/ningxia-007"], None),
        ("old-script", "operator", ["viewer"], ["read"], "management", [], BEGIN.isoformat()),
    ]
    return [
        {
            "id": f"t{k}",
            "name": name,
            "by": by,
            "roles": roles,
            "scopes": scopes,
            "zone": zone,
            "sites": sites,
            "made_at": (BEGIN - timedelta(days=3)).isoformat(),
            "ends_at": (BEGIN + timedelta(days=87)).isoformat(),
            "revoked_at": revoked,
        }
        for k, (name, by, roles, scopes, zone, sites, revoked) in enumerate(rows, 1)
    ]


class OfAccess(Twins):
    """A room with accounts and tokens."""

    accounts: list[dict[str, Any]]
    tokens: list[dict[str, Any]]


def access_written(room: OfAccess, parts: list[str], body: Mapping[str, Any]) -> Answer:
    """What a POST to accounts or tokens does; what is wrong with it is told as the server tells it."""
    if parts == ["tokens"]:
        token = tokens_shown()[0] | {"id": "t9", "by": "operator"} | {k: body[k] for k in ("name", "roles", "scopes")}
        room.tokens.insert(0, token)
        return 201, {"token": token, "secret": SECRET}
    if parts == ["accounts"]:
        if body["name"] == "taken":
            wrong = {"where": "account", "found": "taken", "expected": "a new name", "remedy": "choose another"}
            return 422, problem(422, "account: found taken", problems=[wrong])
        room.accounts.append({**body, "password": "", "tenant": "home", "disabled": False, "failures": 0})
        return 201, room.accounts[-1]
    account = next(one for one in room.accounts if one["name"] == parts[1])
    account |= {name: body[name] for name in ("roles", "disabled") if name in body}
    return (204, None) if parts[2:] == ["password"] else (200, account)


def with_runs(name: str, page: dict[str, Any]) -> dict[str, Any]:
    """A page with what shipped examples add to it."""
    more = {"/market.json": _market, "/vpp.json": _vpp, "/dispatch/day.json": _dispatch}.get(name)
    if more is None:
        return page
    return {**page, "empty": {}, **more(page)}


def _marked(use: str) -> dict[str, Any]:
    return MARK | {"use": use}


def _runs(use: str) -> dict[str, Any]:
    notes = [text("Everything here is generated.", "全部为生成数据。")]
    return {"runs": [{**_marked(use), "name": "Made up", "notes": notes}]}


def _market(page: dict[str, Any]) -> dict[str, Any]:
    row = {"strategy": "bid", "cost_cny": 9_000.0, "saved_cny": 410.0, "saved_low_cny": -20.0, "saved_high_cny": 800.0,
           "saved_share": 0.044, "of_perfect_share": 0.41}  # fmt: skip
    return {
        **_runs("market_backtest"),
        "backtest": {"days": ["2027-02-01", "2027-02-02"], "rows": [row], "from": _marked("market_backtest")},
        "statements": [{**page["statements"][0], "from": _marked("settle_month")}],
        "empty": {"market_bid": text("No bid yet: run “Make bids” below.", "尚无报价：请在下方运行“生成报价”。")},
    }


def _vpp(page: dict[str, Any]) -> dict[str, Any]:
    statement = {
        "paid": True, "why_not": text("", ""), "programme": "jiangsu_peak", "clause": text("clause 7", "第七条"),
        "assumed": ["paid_from_share"], "called_kwh": 60_000.0, "delivered_kwh": 57_150.0, "counted_kwh": 57_150.0,
        "lines": [{"item": text("energy", "电量费用"), "amount_fen": 5_143_500, "formula": "57150 kWh at 0.9"}],
        "shares_fen": {"jiangsu-001": 3_000_000, "jiangsu-002": 2_143_500},
    }  # fmt: skip
    plan = {"sequence": 88, "mark": "9f2c" * 16, "sha256": "9f2c" * 16, "logged_at": BEGIN.isoformat()}
    events = [{**one, "plan": plan, "statement": statement if one["axis"] else None, "ledger": "provisional",
               "from": None} for one in page["events"]]  # fmt: skip
    return {**_runs("vpp_event"), "events": events}


def _dispatch(page: dict[str, Any]) -> dict[str, Any]:
    figures = {"jobs": 120, "sites": 3, "saved_cny": 800.0, "saved_share": 0.08, "plan_cny": 9_100.0,
               "at_once_cny": 9_900.0, "moved_mwh": 4.2, "deadline_misses": 0}  # fmt: skip
    names = ("axis", "plan_mw", "price_cny_per_mwh", "carbon_t_per_mwh")
    planned = {"name": "Made up", "day": page["day"], **{name: page[name] for name in names},
               "at_once_mw": page["plan_mw"][::-1], "figures": figures, "from": _marked("dispatch_day")}  # fmt: skip
    return {**_runs("dispatch_day"), "planned": planned}
