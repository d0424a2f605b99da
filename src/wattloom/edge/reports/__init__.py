"""How is a result shown to people? Pages, workbooks, screens and files drawn from result values.

Everything here takes a finished value and gives text or bytes; nothing here touches a disk.
"""

from wattloom.edge.reports.carbon_page import carbon_report_files
from wattloom.edge.reports.certificates_page import certificates_issue_files, certificates_match_files
from wattloom.edge.reports.certificates_screen import (
    carbon_report_answer,
    certificates_issue_answer,
    certificates_match_answer,
)
from wattloom.edge.reports.dispatch_files import dispatch_files
from wattloom.edge.reports.forecast_backtest_page import forecast_backtest_files
from wattloom.edge.reports.forecast_board_page import forecast_board_files
from wattloom.edge.reports.forecast_files import forecast_files
from wattloom.edge.reports.market_page import market_backtest_files, market_bid_files
from wattloom.edge.reports.market_screen import market_backtest_answer, market_bid_answer
from wattloom.edge.reports.match_page import match_now_files
from wattloom.edge.reports.match_replay_page import match_replay_files
from wattloom.edge.reports.match_study_page import match_study_files
from wattloom.edge.reports.numbers import summary
from wattloom.edge.reports.offer_page import offer_files
from wattloom.edge.reports.page import scan_page, site_plan
from wattloom.edge.reports.replay_page import replay_files
from wattloom.edge.reports.run_files import plan_files, scan_files
from wattloom.edge.reports.settle_files import settle_explained, settle_month_answer, settle_month_files
from wattloom.edge.reports.terminal import (
    dispatch_answer,
    forecast_answer,
    forecast_backtest_answer,
    forecast_board_answer,
    match_now_answer,
    match_replay_answer,
    match_study_answer,
    offer_answer,
    replay_answer,
)
from wattloom.edge.reports.value_page import flexibility_value_answer, flexibility_value_files
from wattloom.edge.reports.vpp_json import vpp_event_json, vpp_nominate_json
from wattloom.edge.reports.vpp_page import vpp_event_files, vpp_nominate_files
from wattloom.edge.reports.vpp_screen import vpp_event_answer, vpp_nominate_answer
from wattloom.edge.reports.workbook import workbook

__all__ = [
    "carbon_report_answer",
    "carbon_report_files",
    "certificates_issue_answer",
    "certificates_issue_files",
    "certificates_match_answer",
    "certificates_match_files",
    "dispatch_answer",
    "dispatch_files",
    "flexibility_value_answer",
    "flexibility_value_files",
    "forecast_answer",
    "forecast_backtest_answer",
    "forecast_backtest_files",
    "forecast_board_answer",
    "forecast_board_files",
    "forecast_files",
    "market_backtest_answer",
    "market_backtest_files",
    "market_bid_answer",
    "market_bid_files",
    "match_now_answer",
    "match_now_files",
    "match_replay_answer",
    "match_replay_files",
    "match_study_answer",
    "match_study_files",
    "offer_answer",
    "offer_files",
    "plan_files",
    "replay_answer",
    "replay_files",
    "scan_files",
    "scan_page",
    "settle_explained",
    "settle_month_answer",
    "settle_month_files",
    "site_plan",
    "summary",
    "vpp_event_answer",
    "vpp_event_files",
    "vpp_event_json",
    "vpp_nominate_answer",
    "vpp_nominate_files",
    "vpp_nominate_json",
    "workbook",
]
