"""What of a finished run goes onto a page? Its rows in the shapes that pages have, made where the work was done.

They lie in the job's folder from its end on, so that a page that shows them reads one small file and reckons nothing.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from wattloom.edge.api.work import PROJECT, RUN, SUMMARY

SHOWN = ".shown.json"
"""A name that nobody can send."""
HOURS_A_DAY = 24
CLAIMS_MAX = 200
"""Claims that a page lists; the run's workbook has all."""
KW_PER_MW, WH_PER_MWH, G_PER_T = 1_000.0, 1e6, 1e6
FEN_PER_CNY = 100.0


def keep(use: str, folder: Path) -> None:
    """Write down what pages show of a run that has just ended; nothing where no page shows this use."""
    shape = SHAPES.get(use)
    if shape is None:
        return
    making = folder / f"{SHOWN}.new"
    making.write_text(json.dumps(shape(folder), ensure_ascii=False, allow_nan=False), "utf-8")
    making.replace(folder / SHOWN)


def market_bid(folder: Path) -> dict[str, Any]:
    """Steps by period, and what of each was taken where the day has cleared."""
    told, project = summary(folder), project_of(folder)
    steps, award = told["steps"], told["award_mw"]
    hours = HOURS_A_DAY / len(steps)
    begin = datetime.fromisoformat(f"{told['day']}T00:00").replace(tzinfo=datetime.fromisoformat(told["gate"]).tzinfo)
    about = {
        "territory": str(project.get("market", {}).get("territory", "")),
        "product": "day_ahead",
        "hours": hours,
        "cleared_cny_per_mwh": None,
    }
    bids = []
    for period, of_period in enumerate(steps):
        start = (begin + timedelta(hours=hours * period)).isoformat()
        taken = parted(None if award is None else award[period], [step["mw"] for step in of_period])
        for n, (step, mw) in enumerate(zip(of_period, taken, strict=True)):
            bids.append({
                "id": f"{start} {n + 1}", "start": start, **about, "quantity_mw": round(step["mw"], 3),
                "price_cny_per_mwh": step["limit_cny_per_mwh"], "awarded_mw": mw, "state": state_of(mw, step["mw"]),
            })  # fmt: skip
    names = ("day", "gate", "model", "expected_cost_cny", "flat_cost_cny", "scenarios", "generated", "notes")
    return {"name": project.get("name", ""), "bids": bids, **{name: told[name] for name in names}}


def parted(award_mw: float | None, steps_mw: list[float]) -> list[float | None]:
    """An award among the steps of its period: the dearest limit first, as the curve is taken from the top.

    Example:
        >>> parted(7.0, [5.0, 3.0, 2.0]), parted(None, [1.0])
        ([5.0, 2.0, 0.0], [None])
    """
    if award_mw is None:
        return [None] * len(steps_mw)
    left, found = max(award_mw, 0.0), list[float | None]()
    for mw in steps_mw:
        found.append(round(min(mw, left), 3))
        left = max(left - mw, 0.0)
    return found


def state_of(awarded_mw: float | None, asked_mw: float) -> str:
    """Of a step."""
    if awarded_mw is None:
        return "submitted"
    if awarded_mw <= 0.0:
        return "rejected"
    return "awarded" if awarded_mw >= round(asked_mw, 3) else "part"


def market_backtest(folder: Path) -> dict[str, Any]:
    """What each strategy would have cost, mean of a day with its interval, and what a day's bid saved."""
    told, project = summary(folder), project_of(folder)
    rows = [
        {
            "strategy": row["strategy"],
            **{f"{name}_cny": row[name]["value"] for name in ("cost", "saved")},
            **{f"{name}_{end}_cny": row[name][end] for name in ("cost", "saved") for end in ("low", "high")},
            "saved_share": row["saved_share"]["value"],
            "of_perfect_share": row["of_perfect"]["value"],
            "dearest_cny": row["dearest_cny"],
        }
        for row in told["rows"]
    ]
    names = ("refused", "days", "left_out", "generated", "notes")
    return {"name": project.get("name", ""), "rows": rows, **{name: told[name] for name in names}}


def settle_month(folder: Path) -> dict[str, Any]:
    """A statement a point: each item with its energy, price, amount and the document that it follows."""
    told = summary(folder)
    traced = json.loads((folder / RUN / "trace.json").read_text("utf-8"))
    statements = [
        {
            "id": f"{told['month']} {name}", "month": told["month"], "party": name.replace("_", " "),
            "territory": point["territory"], "total_fen": point["total_fen"], "state": point["state"],
            "lines": [line_of(item) for item in point["items"]], "vat_fen": point["vat_fen"],
            "price_basis": point["price_basis"], "entry": point["entry"], "record": point["record"],
        }
        for name, point in traced["points"].items()
    ]  # fmt: skip
    names = ("month", "total_fen", "head", "generated", "notes")
    return {"name": project_of(folder).get("name", ""), "statements": statements, **{n: told[n] for n in names}}


def line_of(item: Mapping[str, Any]) -> dict[str, Any]:
    """An item of a statement; energy and price where it is counted on energy."""
    by_energy = item["summands"] and all(one["unit"] == "Wh" for one in item["summands"])
    energy = float(sum(Fraction(one["quantity"]) for one in item["summands"])) / WH_PER_MWH if by_energy else None
    amount = item["amount_fen"]
    documents = [said_in(one) for one in [*item["documents"], *(s["document"] for s in item["summands"])] if one]
    return {
        "item": item["name"],
        "energy_mwh": None if energy is None else round(energy, 3),
        "price_cny_per_mwh": round(amount / FEN_PER_CNY / energy, 2) if energy else None,
        "amount_fen": amount,
        "clause": "; ".join(dict.fromkeys(documents)) or item["formula"],
    }


def said_in(document: Any) -> str:
    """The name of a document, however it is told."""
    if isinstance(document, Mapping):
        told = document.get("document", document)
        return str(told.get("en", "") if isinstance(told, Mapping) else told)
    return str(document)


def certificates_match(folder: Path) -> dict[str, Any]:
    """Matched share by day and hour, scores, claims."""
    told = summary(folder)
    users = told["users"].values()
    claims = [
        {"id": one["claim"][:16], "period": told["month"], "quantity_mwh": round(one["wh"] / WH_PER_MWH, 6),
         "state": "active", "digest": one["claim"], "user": one["user"], "device": one["device"],
         "contract": one["contract"]}
        for one in sorted(told["claims"], key=lambda one: -one["wh"])[:CLAIMS_MAX]
    ]  # fmt: skip
    return {
        "name": project_of(folder).get("name", ""),
        "month": told["month"],
        **told["by_day"],
        "used_mwh": round(sum(one["load_wh"] for one in users) / WH_PER_MWH, 3),
        "matched_mwh": round(sum(one["matched_wh"] for one in users) / WH_PER_MWH, 3),
        "period_share": told["period_share"],
        "volume_share": told["volume_share"],
        "claims": claims,
        "claims_count": len(told["claims"]),
        "generated": told["generated"],
        "notes": told["notes"],
    }


def carbon_report(folder: Path) -> dict[str, Any]:
    """Tonnes of a year by location and by market, and the factors that they follow."""
    told = summary(folder)
    users, factors = told["users"].values(), dict[tuple[str, str], Any]()
    for line in (line for one in users for line in one["lines"]):
        told_of = line["factor"]
        factors[told_of["name"], told_of["t_per_mwh"]] = {
            "name": told_of["name"], "value": float(told_of["t_per_mwh"]), "unit": "t/MWh",
            "source": said_in(told_of["source"]),
        }  # fmt: skip

    def tonnes(method: str) -> float | None:
        grams = [one["grams"].get(method) for one in users]
        return None if None in grams else round(sum(grams) / G_PER_T, 3)

    names = ("year", "generated", "notes")
    return {"location_t": tonnes("location"), "market_t": tonnes("market"), "factors": list(factors.values()),
            "name": project_of(folder).get("name", ""), **{name: told[name] for name in names}}  # fmt: skip


def forecast_run(folder: Path) -> dict[str, Any]:
    """A fan a station, and how its model did lately."""
    told, fans = summary(folder), dict[str, dict[str, Any]]()
    with (folder / RUN / "forecast.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            of = fans.setdefault(row["station"], {"axis": [], "quantiles": {}})
            of["axis"].append(row["start_utc"].replace("Z", "+00:00"))
            for name, value in row.items():
                if name.startswith("q0."):
                    of["quantiles"].setdefault(name[1:], []).append(float(value) if value else None)
    stations = told["stations"]
    return {
        "task": told["task"],
        "fans": [_fan(key, of, stations[key]) for key, of in fans.items()],
        "board": [
            {"rank": None, "task": told["task"], "model": f"{one['used']} · {key.replace('_', ' ')}",
             "pinball": one["pinball_lately"], "unit": one["unit"], "skill": None, "skill_low": None,
             "skill_high": None, "coverage": one["coverage_lately"]}
            for key, one in stations.items() if one["pinball_lately"] is not None
        ],
        "generated": any("generated" in note["en"] for one in stations.values() for note in one["notes"]),
        "notes": [note for one in stations.values() for note in one["notes"]],
    }  # fmt: skip


def _fan(key: str, of: Mapping[str, Any], station: Mapping[str, Any]) -> dict[str, Any]:
    """A station's fan, and why its model answered."""
    why = [*station["fallbacks"], *station["notes"]]
    said = {lang: " ".join(one[lang] if isinstance(one, Mapping) else str(one) for one in why) for lang in ("en", "zh")}
    return {"key": key, "name": key.replace("_", " "), "unit": station["unit"], "issued_at": station["issued_at"],
            "model": station["model"], "said": said, **of, "actual": [None] * len(of["axis"])}  # fmt: skip


def forecast_backtest(folder: Path) -> dict[str, Any]:
    """The board of a back-test: every model by station, the better first."""
    told, rows = summary(folder), list[dict[str, Any]]()
    for key, station in told["stations"].items():
        models = sorted(station["models"].items(), key=lambda one: (not one[1]["ranked"], one[1]["scores"]["pinball"]))
        for place, (model, one) in enumerate(models, 1):
            rows.append(_scored(f"{model} · {key.replace('_', ' ')}", one, station["unit"], told["task"],
                                place if one["ranked"] else None))  # fmt: skip
    return {"board": rows}


def _scored(model: str, one: Mapping[str, Any], unit: str, task: str, rank: int | None) -> dict[str, Any]:
    """A row of the board."""
    scores, against = one["scores"], one["comparison"] or {}
    skill = against.get("skill")
    value = skill if isinstance(skill, Mapping) else {"value": skill}
    return {"rank": rank, "task": task, "model": model, "pinball": scores["pinball"], "unit": unit,
            "skill": value.get("value"), "skill_low": value.get("low"), "skill_high": value.get("high"),
            "coverage": scores.get("coverage")}  # fmt: skip


def vpp_event(folder: Path) -> dict[str, Any]:
    """The event with its course, what was paid for it, and everybody's part."""
    told = summary(folder)
    asked = told["nominate"]
    start, step = datetime.fromisoformat(asked["event"]["start"]), asked["event"]["step_minutes"]
    hours = len(told["awarded_mw"]) * step / 60.0
    delivered = told["delivered_kwh"] / KW_PER_MW / hours
    event = {
        "id": f"{asked['name']} {asked['event']['start']}", "territory": asked["territory"],
        "state": "settled" if told["valid"] else "done", "start": start.isoformat(), "hours": hours,
        "asked_down_mw": round(told["called_kwh"] / KW_PER_MW / hours, 3), "delivered_mw": round(delivered, 3),
        "delivered_share": told["delivered_share"], "pay_cny": told["paid_fen"] / FEN_PER_CNY,
        "axis": [(start + timedelta(minutes=step * n)).isoformat() for n in range(len(told["baseline_mw"]))],
        "baseline_mw": told["baseline_mw"], "actual_mw": told["metered_mw"], "baseline_is": told["baseline_said"],
        "nominated_mw": asked["nominated_mw"], "probability": asked["probability"], "awarded_mw": told["awarded_mw"],
        "lines": [{"item": one["item"], "amount_fen": one["amount_fen"], "formula": one["formula"],
                   "clause": said_in(one["clause"])} for one in told["paid"]],
        "shares": told["shares"],
        "members": [{"name": one["name"], "kind": one["kind"], "delivered_mw": one["delivered_mw"], "out": one["out"]}
                    for one in told["members"]],
        "valid": told["valid"], "why_not": told["why_not"], "assumed": list(told["assumed"]),
    }  # fmt: skip
    return {"name": asked["name"], "events": [event], "notes": told["notes"]}


def dispatch_day(folder: Path) -> dict[str, Any]:
    """The day's plan beside running all work at once, hour by hour, all sites together."""
    from pyarrow import parquet  # noqa: PLC0415 - the work's process has it; the server never calls this

    rows = parquet.read_table(folder / RUN / "site_periods.parquet").to_pydict()
    sites = [name.removesuffix(".draw_mw") for name in rows if name.endswith(".draw_mw") and "at_once" not in name]
    count = len(rows["start_local"])

    def summed(part: str, weight: str = "") -> list[float]:
        return [sum(rows[f"{site}.{part}"][k] * (rows[f"{site}.{weight}"][k] if weight else 1.0) for site in sites)
                for k in range(count)]  # fmt: skip

    draw, once, drawn = summed("draw_mw"), summed("at_once_draw_mw"), summed("import_mw")
    price, carbon = summed("import_price_cny_per_mwh", "import_mw"), summed("carbon_kg_per_mwh", "import_mw")
    told = summary(folder)
    names = ("jobs", "sites", "saved_cny", "saved_share", "plan_cny", "at_once_cny", "moved_mwh", "deadline_misses")
    return {
        "name": project_of(folder).get("name", ""),
        "day": rows["start_local"][0].date().isoformat(),
        "axis": [at.isoformat() for at in rows["start_local"]],
        "plan_mw": [round(value, 3) for value in draw],
        "at_once_mw": [round(value, 3) for value in once],
        "price_cny_per_mwh": [round(a / b, 2) if b else None for a, b in zip(price, drawn, strict=True)],
        "carbon_t_per_mwh": [round(a / b / 1e3, 4) if b else None for a, b in zip(carbon, drawn, strict=True)],
        "figures": {name: told[name] for name in names},
    }


def summary(folder: Path) -> dict[str, Any]:
    """What `--json` of the command prints."""
    found: dict[str, Any] = json.loads((folder / RUN / SUMMARY).read_text("utf-8"))
    return found


def project_of(folder: Path) -> dict[str, Any]:
    """The project as it was sent; nothing where it is no mapping."""
    try:
        found = YAML(typ="safe", pure=True).load((folder / PROJECT).read_text("utf-8"))
    except YAMLError:
        return {}
    return found if isinstance(found, dict) else {}


SHAPES: Mapping[str, Callable[[Path], dict[str, Any]]] = {
    "market_bid": market_bid,
    "market_backtest": market_backtest,
    "settle_month": settle_month,
    "certificates_match": certificates_match,
    "carbon_report": carbon_report,
    "forecast_day": forecast_run,
    "forecast_intraday": forecast_run,
    "forecast_backtest": forecast_backtest,
    "vpp_event": vpp_event,
    "dispatch_day": dispatch_day,
}
"""By use: what its pages show of a run."""
