"""How does a statement say its figures? Its own words in both languages, and sums of money as a bill prints them."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from wattloom.domain.charges import PriceBasis
from wattloom.domain.money import Rounding, cny, fen
from wattloom.domain.text import Text
from wattloom.edge.reports.figures import MINUS

if TYPE_CHECKING:
    from wattloom.edge.reports.words import Lang

STATEMENT = {
    "title": Text("Electricity settlement statement", "电费结算单"),
    "month": Text("Month", "结算月份"),
    "points": Text("Points", "结算对象"),
    "point": Text("Point", "计量点"),
    "territory": Text("Territory", "地区"),
    "voltage": Text("Voltage", "电压等级"),
    "capacity": Text("Capacity", "容量"),
    "mode": Text("Billed as", "计费方式"),
    "days": Text("Days", "计费期间"),
    "step": Text("Period", "时段长度"),
    "state": Text("State", "状态"),
    "provisional": Text("Provisional", "暂估"),
    "final": Text("Final", "终账"),
    "none": Text("Nothing owed", "无应计"),
    "posted": Text("posted now", "本次入账"),
    "unchanged": Text("unchanged", "无变化"),
    "finalised": Text("made final", "暂估转终账"),
    "corrected": Text("corrected by reversal", "冲销更正"),
    "replaced": Text("replaced", "暂估替换"),
    "ended": Text("ended", "已撤销"),
    "was": Text("was {amount}", "原为 {amount}"),
    "drawn": Text("Drawn from the grid", "下网电量"),
    "fed": Text("Given to the grid", "上网电量"),
    "self_used": Text("Self-used", "自发自用电量"),
    "consumed": Text("Consumed", "总用电量"),
    "peak": Text("Largest demand", "最大需量"),
    "power_factor": Text("Power factor", "功率因数"),
    "item": Text("Item", "项目"),
    "stretch": Text("Days", "日期"),
    "band": Text("Band", "浮动系数"),
    "quantity": Text("Quantity", "数量"),
    "price": Text("Price (CNY)", "单价（元）"),
    "amount": Text("Amount (CNY)", "金额（元）"),
    "sum": Text("Sum of items", "小计"),
    "vat_within": Text("of which value-added tax, {rate}", "其中：增值税（{rate}）"),
    "vat_on_top": Text("Value-added tax, {rate}", "增值税（{rate}）"),
    "owed": Text("To be paid", "应付合计"),
    "paid": Text("To be received", "应收合计"),
    "in_words": Text("In words", "大写"),
    "users": Text("Its users' parts", "各用户分摊"),
    "user": Text("User", "用户"),
    "taken": Text("Of the project's own (kWh)", "直连自用电量（kWh）"),
    "of_draw": Text("Of what was drawn (kWh)", "下网电量（kWh）"),
    "users_said": Text(
        "Self-use is parted in each period by consumption (Doc 688, art. 11); items by the month go by the agreed key.",
        "自用电量按每时段用电量分摊（688 号文第十一条）；按月计收项目按约定比例分摊。",
    ),
    "audit": Text("Where each figure is from", "计算依据"),
    "formula": Text("How it is worked out", "计算方法"),
    "values": Text("Values of the rules", "规则取值"),
    "document": Text("Document and clause", "依据文件与条款"),
    "in_force": Text("in force {day}", "{day} 起执行"),
    "meters": Text("Meters", "计量数据"),
    "use": Text("Use", "用途"),
    "table": Text("Table", "数据表"),
    "checksum": Text("SHA-256", "校验值"),
    "energy": Text("Energy (kWh)", "电量（kWh）"),
    "unknown": Text("Gaps", "缺口"),
    "estimated": Text("Estimates", "估计"),
    "prices": Text("Prices and powers", "价格与功率"),
    "source": Text("Source", "来源"),
    "book": Text("In the book", "账簿记录"),
    "entry": Text("Entry", "分录"),
    "record": Text("Record", "记录号"),
    "head": Text("Head of the book", "账簿末记录"),
    "notes": Text("Notes", "说明"),
    "total": Text("Total of all points", "全部合计"),
    "signed_owed": Text("Above zero is owed, below it is received.", "正数为应付，负数为应收。"),
    "generated": Text(
        "Readings are generated: no figure here says anything about a real place.",
        "读数为生成数据：本结算单中任何数字均不代表真实情况。",
    ),
    "kept": Text(
        "A book keeps every entry; what was wrong is reversed and posted again.", "账簿只增不改，更正以冲销重记。"
    ),
    "share": Text("{share} of the month", "当月 {share}"),
    "with_tax": Text("Prices and amounts hold value-added tax.", "单价与金额均含增值税。"),
    "without_tax": Text("Prices and amounts are without value-added tax.", "单价与金额均不含增值税。"),
    "confirm": Text("to be confirmed", "待确认"),
}  # fmt: skip
"""The statement's words."""

FORMULA_ZH = {
    "Σ drawn × price × band": "Σ 下网电量 × 价格 × 浮动系数",
    "Σ drawn × price × loss_rate": "Σ 下网电量 × 价格 × 线损率",
    "energy × td_energy": "电量 × 电量电价",
    "capacity × td_capacity × share of the month": "容量 × 容量电价 × 当月天数占比",
    "billed demand × td_demand × share of the month": "计费需量 × 需量电价 × 当月天数占比",
    "capacity × (td_capacity + td_energy × average_load_rate × 730 h) × share of the month":
        "容量 ×（容量电价 + 电量电价 × 平均负荷率 × 730 小时）× 当月天数占比",
    "drawn × system_operation_fee": "下网电量 × 系统运行费",
    "consumed × government_funds": "总用电量 × 政府性基金及附加",
    "−Σ fed × price": "−Σ 上网电量 × 价格",
    "drawn × agency fee": "下网电量 × 代理购电服务费",
    "Σ contract × contract price": "Σ 合同电量 × 合同价",
    "Σ (day ahead − contract) × day-ahead price": "Σ（日前 − 合同）× 日前价",
    "Σ (metered − day ahead) × real-time price": "Σ（实际 − 日前）× 实时价",
    "energy as settled × loss_rate": "结算电能电费 × 线损率",
    "Σ contract × (strike − reference)": "Σ 合约电量 ×（合约价 − 参考价）",
    "(over × price over) + (under × price under)": "超出电量 × 超出考核价 + 不足电量 × 不足考核价",
    "−settled × (mechanism price − reference)": "−结算电量 ×（机制电价 − 市场均价）",
    "−Σ factor × mileage × price × K": "−Σ 系数 M × 里程 × 价格 × K",
    "−power × capacity price ÷ 12": "−功率 × 容量电价 ÷ 12",
    "−delivered × price": "−响应电量 × 价格",
    "shortfall × price": "未响应电量 × 考核价",
}  # fmt: skip
"""Formulas in Chinese; one that is not here is shown as it is."""

USES = {
    "drawn": Text("drawn", "下网"),
    "fed": Text("fed", "上网"),
    "generated": Text("generated", "发电"),
    "consumed": Text("consumed", "用电"),
    "reactive": Text("reactive (kvarh)", "无功（kvarh）"),
    "contract": Text("contract", "合同"),
    "day ahead": Text("day ahead", "日前"),
    "reference": Text("reference", "参考"),
    "price": Text("price", "购电价"),
    "export price": Text("export price", "上网电价"),
    "contract price": Text("contract price", "合同价"),
    "day-ahead price": Text("day-ahead price", "日前价"),
    "real-time price": Text("real-time price", "实时价"),
    "reference price": Text("reference price", "参考价"),
}

DIGITS, GROUP, PLACES = "零壹贰叁肆伍陆柒捌玖", ("", "万", "亿", "万亿"), ("", "拾", "佰", "仟")
TEN_THOUSAND = 10_000


def said(key: str, lang: Lang, **values: object) -> str:
    """A word of the statement."""
    return STATEMENT[key].filled(**values).of(lang)


def money(amount_fen: int) -> str:
    """An amount as a bill prints it.

    Example:
        >>> money(-123456789)
        '−1,234,567.89'
    """
    return f"{cny(amount_fen):,.2f}".replace("-", MINUS)


def exact_money(amount_cny: Fraction) -> str:
    """An exact amount to two places, for summands: they are not rounded one by one, so it only shows them."""
    return money(fen(amount_cny, Rounding.HALF_UP))


def decimal(value: Fraction | int, *, most: int, least: int = 0) -> str:
    """A number with at most so many places, zeros at its end left away down to `least`.

    Example:
        >>> decimal(Fraction(25950, 100000), most=6, least=4), decimal(Fraction(1, 3), most=4)
        ('0.2595', '0.3333')
    """
    text = f"{fen(Fraction(value) * Fraction(10**most, 100), Rounding.HALF_UP):d}"
    sign, digits = (MINUS, text[1:]) if text.startswith("-") else ("", text)
    digits = digits.rjust(most + 1, "0")
    whole, places = (digits[:-most], digits[-most:]) if most else (digits, "")
    places = places.rstrip("0").ljust(least, "0")
    return f"{sign}{int(whole):,}" + (f".{places}" if places else "")


def in_characters(amount_fen: int) -> str:
    """An amount in the characters that a cheque is written in; a sign goes before it.

    Example:
        >>> in_characters(10_050_203), in_characters(-1_600_000_000)
        ('人民币壹拾万零伍佰零贰元零叁分', '人民币（负）壹仟陆佰万元整')
    """
    yuan, rest = divmod(abs(amount_fen), 100)
    jiao, single = divmod(rest, 10)
    made = _whole(yuan) + "元" if yuan else ""
    if jiao:
        made += f"{DIGITS[jiao]}角"
    elif single and yuan:
        made += "零"
    made += f"{DIGITS[single]}分" if single else "整"
    return "人民币" + ("（负）" if amount_fen < 0 else "") + (made if made != "整" else "零元整")


def _whole(number: int) -> str:
    """A whole number above zero in characters."""
    groups = []
    while number:
        number, low = divmod(number, TEN_THOUSAND)
        groups.append(low)
    made = ""
    for place in range(len(groups) - 1, -1, -1):
        group = groups[place]
        if not group:
            continue
        if made and (group < TEN_THOUSAND // 10 or (place + 1 < len(groups) and not groups[place + 1])):
            made += "零"
        made += _group(group) + GROUP[place]
    return made


def _group(group: int) -> str:
    """Up to 9999 in characters, with one nought for noughts in between."""
    made, nought = "", False
    for place in range(3, -1, -1):
        digit = group // 10**place % 10
        if digit:
            made += ("零" if nought and made else "") + DIGITS[digit] + PLACES[place]
            nought = False
        elif made:
            nought = True
    return made


def basis_said(basis: PriceBasis) -> str:
    """Key of the sentence about tax."""
    return "with_tax" if basis is PriceBasis.WITH_VAT else "without_tax"
