"""Who writes a run folder? Files made by a report, kept by the store.

Each function is a door: called, it loads what it joins.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from pathlib import Path

    from wattloom.plan.result import Scan, SitePlan


def write_plan() -> Callable[..., None]:
    """Writer of a plan's run folder."""
    from wattloom.edge import reports, store

    def write(plan: SitePlan, target: Path, *, source: Path, lang: Literal["en", "zh"] = "en") -> None:
        files = reports.plan_files(plan, lang=lang)
        store.write_run(target, {**files, "project.yaml": source.read_bytes()})

    return write


def write_scan() -> Callable[..., None]:
    """Writer of a scan's run folder."""
    from wattloom.edge import reports, store

    def write(scan: Scan, target: Path, *, title: str, lang: Literal["en", "zh"] = "en") -> None:
        files = reports.scan_files([scan], title=title, notes={"en": [], "zh": []}, lang=lang)
        store.write_run(target, files)

    return write


def write_settle_month() -> Callable[..., None]:
    """Writer of statements."""
    from wattloom.edge import reports, store

    def write(found: Any, target: Path, *, source: Path, lang: Literal["en", "zh"] = "en", pdf: bool = False) -> None:
        files = reports.settle_month_files(found, lang=lang, pdf=pdf)
        store.write_run(target, {**files, "project.yaml": source.read_bytes()})

    return write


def write_certificates_match() -> Callable[..., None]:
    """Writer of a matched month with its proofs."""
    from wattloom.edge import reports, store

    def write(found: Any, target: Path, *, proofs: Any, source: Path, lang: Literal["en", "zh"] = "en") -> None:
        files = reports.certificates_match_files(found, proofs, lang=lang)
        store.write_run(target, {**files, "project.yaml": source.read_bytes()})

    return write


def write_files(of: str) -> Callable[[], Callable[..., None]]:
    """A writer of a run folder, with the files that a report makes of a result."""

    def make() -> Callable[..., None]:
        from wattloom.edge import reports, store

        def write(found: Any, target: Path, *, source: Path, lang: Literal["en", "zh"] = "en") -> None:
            files = getattr(reports, of)(found, lang=lang)
            store.write_run(target, {**files, "project.yaml": source.read_bytes()})

        return write

    return make


DOORS: dict[str, Callable[[], Any]] = {
    "write_plan": write_plan,
    "write_scan": write_scan,
    "write_settle_month": write_settle_month,
    "write_certificates_match": write_certificates_match,
    "write_market_bid": write_files("market_bid_files"),
    "write_market_backtest": write_files("market_backtest_files"),
    "write_vpp_nominate": write_files("vpp_nominate_files"),
    "write_vpp_event": write_files("vpp_event_files"),
    "write_certificates_issue": write_files("certificates_issue_files"),
    "write_carbon_report": write_files("carbon_report_files"),
    "write_dispatch": write_files("dispatch_files"),
    "write_replay": write_files("replay_files"),
    "write_offer": write_files("offer_files"),
    "write_value": write_files("flexibility_value_files"),
    "write_forecast": write_files("forecast_files"),
    "write_forecast_backtest": write_files("forecast_backtest_files"),
    "write_forecast_board": write_files("forecast_board_files"),
    "write_match_now": write_files("match_now_files"),
    "write_match_replay": write_files("match_replay_files"),
    "write_match_study": write_files("match_study_files"),
}
