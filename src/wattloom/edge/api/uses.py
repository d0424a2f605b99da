"""Which use cases are asked for over HTTP, and how? One entry each, under the words of the command."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

from wattloom.domain.text import Text
from wattloom.edge.api import asked, work
from wattloom.edge.api.work import Run, forecasts_of, option, reported


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """A use case at the server's door."""

    path: str
    title: Text
    options: type[BaseModel]
    run: Run
    quick: bool = False
    """Answered at once, without a job."""
    project: str = ""
    """Sort of project that it reads; empty: none."""
    example: Mapping[str, Any] = field(default_factory=dict)
    """Options of the example."""

    @property
    def name(self) -> str:
        """The words of the command, joined."""
        return self.path.strip("/").replace("/", "_")


_USES = (
    Use(
        path="/project/check",
        title=Text("Everything that is wrong with a project, or what it holds", "项目文件的全部问题,或其内容"),
        options=asked.ProjectCheck,
        run=work.project_check,
        quick=True,
        project="plan",
    ),
    Use(
        path="/project/new",
        title=Text("A commented project file to begin with", "带注释的起始项目文件"),
        options=asked.ProjectNew,
        run=work.project_new,
        quick=True,
        example={"kinds": ["cluster", "grid", "solar"]},
    ),
    Use(
        path="/plan/site",
        title=Text("Size a site at least cost under its goals and rules", "在目标与规则下以最低成本配置站点"),
        options=asked.PlanSite,
        run=work.plan_site,
        project="plan",
        example={"step_minutes": 60},
    ),
    Use(
        path="/plan/compare",
        title=Text("Rank sites and territories by the cost of energy", "按用能成本比较站点与地区"),
        options=asked.PlanCompare,
        run=work.plan_compare,
        project="plan",
        example={"territories": ["ningxia", "xinjiang"]},
    ),
    Use(
        path="/plan/frontier",
        title=Text("Cost against green share", "成本与绿电占比的关系"),
        options=asked.PlanFrontier,
        run=work.plan_frontier,
        project="plan",
        example={"points": 5},
    ),
    Use(
        path="/dispatch/day",
        title=Text("Plan when and where each job runs at least cost", "以最低成本安排每个作业的时间与地点"),
        options=asked.Options,
        run=reported("dispatch_day", read="read_dispatch", write="write_dispatch", forecasts=forecasts_of),
        project="dispatch",
    ),
    Use(
        path="/dispatch/replay",
        title=Text("Play the same jobs under each policy and under the plan", "在各策略与计划下重放同一批作业"),
        options=asked.DispatchReplay,
        run=work.dispatch_replay,
        project="dispatch",
    ),
    Use(
        path="/flexibility/assess",
        title=Text("How many MW can be offered, how surely, at what cost", "可提供多少兆瓦、把握多大、成本多少"),
        options=asked.FlexibilityAssess,
        run=reported("flexibility_assess", read="read_dispatch", write="write_offer", forecasts=forecasts_of,
                     terms=work.terms),
        project="dispatch",
    ),
    Use(
        path="/flexibility/value",
        title=Text("What flexibility earns in a year, by territory", "灵活性一年能挣多少,按地区"),
        options=asked.Options,
        run=work.flexibility_value,
        project="value",
    ),
    Use(
        path="/match/now",
        title=Text("Who serves, moves, waits, stores how much at an instant", "某一时刻谁服务、迁移、等待、储能多少"),
        options=asked.At,
        run=reported("match_now", read="read_match", write="write_match_now", at=option("at")),
        project="match",
    ),
    Use(
        path="/match/replay",
        title=Text("Play a window tick by tick", "逐拍重放一段时间"),
        options=asked.Options,
        run=reported("match_replay", read="read_match", write="write_match_replay"),
        project="match",
    ),
    Use(
        path="/match/study",
        title=Text("Answer thousands of mishaps at one instant", "回答某一时刻的成千种意外"),
        options=asked.MatchStudy,
        run=work.match_study,
        project="match",
        example={"scenarios": 1000},
    ),
    Use(
        path="/vpp/nominate",
        title=Text("The most that a pool may promise and deliver surely", "资源池可承诺且有把握兑现的最大量"),
        options=asked.Options,
        run=reported("vpp_nominate", read="read_pool", write="write_vpp_nominate"),
        project="pool",
    ),
    Use(
        path="/vpp/event",
        title=Text("Run an event from the promise to the last fen", "把一次事件从承诺算到最后一分钱"),
        options=asked.Options,
        run=reported("vpp_event", read="read_pool", write="write_vpp_event"),
        project="pool",
    ),
    Use(
        path="/forecast/day",
        title=Text("Forecast a whole day of each station as quantiles", "以分位数预测各站次日"),
        options=asked.ForecastDay,
        run=reported("forecast_day", read="read_forecast", write="write_forecast", day=option("day")),
        project="forecast",
    ),
    Use(
        path="/forecast/intraday",
        title=Text("Forecast the next periods of each station", "预测各站随后的时段"),
        options=asked.At,
        run=reported("forecast_intraday", read="read_forecast", write="write_forecast", at=option("at")),
        project="forecast",
    ),
    Use(
        path="/forecast/backtest",
        title=Text("Test every model as it would have been served", "按实际服务方式回测每个模型"),
        options=asked.Options,
        run=reported("forecast_backtest", read="read_forecast", write="write_forecast_backtest", board=work.looks),
        project="forecast",
    ),
    Use(
        path="/forecast/board",
        title=Text("Rank what was back-tested so far", "对已回测的模型排名"),
        options=asked.ForecastBoard,
        run=work.forecast_board,
        project="forecast",
    ),
    Use(
        path="/market/bid",
        title=Text("A day's price–quantity steps, and its award once cleared", "一日量价申报,已出清则含中标"),
        options=asked.ForecastDay,
        run=work.market("market_bid", "day"),
        project="bids",
    ),
    Use(
        path="/market/backtest",
        title=Text("Bid every day of a stretch with what was known then", "以当时所知逐日申报回测"),
        options=asked.Options,
        run=work.market("market_backtest"),
        project="bids",
    ),
    Use(
        path="/settle/month",
        title=Text("Bill a month by its rules and bring it into the book", "按规则结算一个月并入账"),
        options=asked.SettleMonth,
        run=work.settle_month,
        project="settle",
        example={"month": "2026-08"},
    ),
    Use(
        path="/certificates/issue",
        title=Text("Bring a month of meters into the book and issue certificates", "把一个月的电量入账并核发凭证"),
        options=asked.Month,
        run=work.certificates_issue,
        project="certificates",
        example={"month": "2026-03"},
    ),
    Use(
        path="/certificates/match",
        title=Text("Match certificates with consumption period by period", "逐时段把凭证与用电匹配"),
        options=asked.Month,
        run=work.certificates_match,
        project="certificates",
        example={"month": "2026-03"},
    ),
    Use(
        path="/certificates/verify",
        title=Text("Check proofs of claims by themselves and beside each other", "核验声明的证明"),
        options=asked.CertificatesVerify,
        run=work.certificates_verify,
        quick=True,
        example={"proofs": {}},
    ),
    Use(
        path="/certificates/cancel",
        title=Text("Freeze, use up or void certificates for a reason", "因故冻结、核销或作废凭证"),
        options=asked.CertificatesCancel,
        run=work.certificates_cancel,
        quick=True,
        example={"deed": "freeze", "reason": "meter M2 was read twice", "bundle": "5b0c1d2e"},
    ),
    Use(
        path="/carbon/report",
        title=Text("A year's carbon by location and by market", "按位置法与市场法核算一年的碳排放"),
        options=asked.CarbonReport,
        run=work.carbon_report,
        project="certificates",
        example={"year": 2026},
    ),
    Use(
        path="/ledger/verify",
        title=Text("Work your book out anew, from its first record", "从第一条记录起重新验证账本"),
        options=asked.LedgerVerify,
        run=work.ledger_verify,
        quick=True,
    ),
    Use(
        path="/ledger/export",
        title=Text("Every record of your book as a line of its mark and its JSON", "逐行导出账本的每条记录及其标记"),
        options=asked.Strict,
        run=work.ledger_export,
    ),
    Use(
        path="/rules/diff",
        title=Text("What differs between two delivery days, or two territories", "两个交割日或两个地区之间的规则差异"),
        options=asked.RulesDiff,
        run=work.rules_diff,
        quick=True,
        example={"territory": "yunnan", "day": "2026-01-01", "to": "2026-07-01"},
    ),
    Use(
        path="/rules/check",
        title=Text("Try every law that the rules must keep", "检查规则必须遵守的每条规律"),
        options=asked.RulesCheck,
        run=work.rules_check,
        quick=True,
        example={"territory": "xinjiang"},
    ),
)  # fmt: skip

USES: Mapping[str, Use] = {use.name: use for use in _USES}
"""By name."""
LONG = tuple(name for name, use in USES.items() if not use.quick)
