"""Where is everything joined? Names of use cases and rooms, each loaded when it is first asked for.

With `main`, the only place that sees the whole house, so that `wattloom --help` loads nothing heavy. What is needed as
it stands is told by its address; what has to be joined first is a door in the module of its matter.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

USE_CASES = (
    "plan_site",
    "plan_compare",
    "plan_frontier",
    "dispatch_day",
    "dispatch_replay",
    "flexibility_assess",
    "flexibility_value",
    "match_now",
    "match_replay",
    "match_study",
    "forecast_day",
    "forecast_intraday",
    "forecast_backtest",
    "forecast_board",
    "ledger_verify",
    "ledger_export",
    "certificates_issue",
    "certificates_match",
    "certificates_verify",
    "certificates_cancel",
    "carbon_report",
    "vpp_nominate",
    "vpp_event",
    "settle_month",
    "market_bid",
    "market_backtest",
    "rules_show",
    "rules_diff",
    "rules_check",
)
"""Use cases that need nothing of the edge: `app/NAME.py` holds the function NAME."""

MATTERS = ("reading", "writing", "books", "room")
"""Modules of doors: `wiring/NAME.py` holds DOORS."""

AS_THEY_STAND = {
    "gateway": "wattloom.edge.gateways.opening:opened",
    "audit_verify": "wattloom.app.access.audit:audit_verify",
    "token_for": "wattloom.app.access.entering:token_for",
    "by_command": "wattloom.app.access.audit:by_command",
    "serve_settings": "wattloom.edge.api.settings:serve_settings",
    "write_lines": "wattloom.edge.api.logs:write_lines",
    "store_alone": "wattloom.edge.store.whole:alone",
    "store_backup": "wattloom.edge.store.whole:backup",
    "store_restore": "wattloom.edge.store.whole:restore",
    "job_store": "wattloom.edge.store.jobs:JobStore",
    "job": "wattloom.edge.store.jobs:Job",
    "answer_store": "wattloom.edge.store.idempotency:AnswerStore",
    "console_files": "wattloom.edge.console:files",
    "workers": "wattloom.edge.workers:LocalProcesses",
    "territory_keys": "wattloom.rules:territory_keys",
    "plan_answer": "wattloom.edge.reports.terminal:answer",
    "scan_table": "wattloom.edge.reports.terminal:scan",
    "files_within": "wattloom.edge.projects:files_within",
    "read_forecasts_of": "wattloom.edge.projects:read_forecasts_of",
    "read_forecast": "wattloom.edge.projects:read_forecast",
    "pdf_ready": "wattloom.edge.reports.settle_pdf:pdf_ready",
    "claim_proofs": "wattloom.app.certificates_match:claim_proofs",
    "read_bytes": "wattloom.edge.store:read_bytes",
    "new_file": "wattloom.edge.store:new_file",
    "replay_asked": "wattloom.app.dispatch_replay:Asked",
    "offer_terms": "wattloom.dispatch.offer:OfferTerms",
    "checkpoints": "wattloom.edge.store:Checkpoints",
    "market_bid_answer": "wattloom.edge.reports:market_bid_answer",
    "market_backtest_answer": "wattloom.edge.reports:market_backtest_answer",
    "vpp_nominate_answer": "wattloom.edge.reports:vpp_nominate_answer",
    "vpp_event_answer": "wattloom.edge.reports:vpp_event_answer",
    "settle_month_answer": "wattloom.edge.reports:settle_month_answer",
    "settle_explained": "wattloom.edge.reports:settle_explained",
    "certificates_issue_answer": "wattloom.edge.reports:certificates_issue_answer",
    "certificates_match_answer": "wattloom.edge.reports:certificates_match_answer",
    "carbon_report_answer": "wattloom.edge.reports:carbon_report_answer",
    "dispatch_answer": "wattloom.edge.reports:dispatch_answer",
    "replay_answer": "wattloom.edge.reports:replay_answer",
    "offer_answer": "wattloom.edge.reports:offer_answer",
    "flexibility_value_answer": "wattloom.edge.reports:flexibility_value_answer",
    "forecast_answer": "wattloom.edge.reports:forecast_answer",
    "forecast_backtest_answer": "wattloom.edge.reports:forecast_backtest_answer",
    "forecast_board_answer": "wattloom.edge.reports:forecast_board_answer",
    "match_now_answer": "wattloom.edge.reports:match_now_answer",
    "match_replay_answer": "wattloom.edge.reports:match_replay_answer",
    "match_study_answer": "wattloom.edge.reports:match_study_answer",
}
"""Module and name of what needs nothing joined."""


def find(name: str) -> Any:
    """A use case or a room of the edge, by name."""
    if name in USE_CASES:
        return _held(f"wattloom.app.{name}", name)
    if name in AS_THEY_STAND:
        return _held(*AS_THEY_STAND[name].split(":"))
    return doors()[name]()


def doors() -> dict[str, Callable[[], Any]]:
    """All that has to be joined first, by name."""
    return {name: door for matter in MATTERS for name, door in _held(f"wattloom.wiring.{matter}", "DOORS").items()}


def _held(module: str, name: str) -> Any:
    """What a module holds under a name."""
    return getattr(importlib.import_module(module), name)
