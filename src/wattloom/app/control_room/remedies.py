"""What should a person do about an alarm, and what does the room do meanwhile?"""

from __future__ import annotations

from collections.abc import Mapping

from wattloom.domain.text import Text

REMEDIES: Mapping[str, Text] = {
    "site_stale": Text(
        "Its last good values stand in, then the plan's; it is sent nothing new. Call the site; see to its sender.",
        "暂以最近有效值、其后以计划值代替，不再下发新指令。请联系站点并检查其上报。",
    ),
    "site_lies": Text(
        "Its last good values stand in, then the plan's; it is sent nothing new. Have its meter looked at.",
        "暂以最近有效值、其后以计划值代替，不再下发新指令。请检查表计。",
    ),
    "shortfall": Text(
        "All that may wait waits already. Call on reserves, or ask for less in that region.",
        "可延后的负荷已全部延后。请调用备用或压减该地区需求。",
    ),
    "certificate": Text(
        "The last certified set-points stay in force. Look at what its text names.",
        "沿用最近获证的设定值。请检查所述原因。",
    ),
    "command_late": Text(
        "They are sent again under the same id. Call the sites that do not answer.",
        "以同一编号重发。请联系未应答的站点。",
    ),
    "store_slow": Text(
        "Commands wait for their record. Look at the disk's load.", "指令须待记录落盘后下发。请检查磁盘负载。"
    ),
    "store_out": Text(
        "Nothing new is sent or taken: sites hold their set-points. Free space or mend the store; the room goes on by "
        "itself.",
        "不下发也不接收新数据，站点保持当前设定值。请释放空间或修复存储，恢复后自动继续。",
    ),
    "disk_full": Text("Free space before records can no longer be written.", "请在无法写入前释放磁盘空间。"),
    "archive_fault": Text(
        "Decisions go on, the journal grows. See to the folder of the archive.", "决策继续，日志增长。请检查归档目录。"
    ),
    "clock_jump": Text(
        "The room goes on by its own beat. Set the clock right, or clear this alarm to take the new time.",
        "系统按自身节拍继续。请校正时钟，或清除此告警以采用新时间。",
    ),
    "broker_down": Text(
        "What comes by HTTP is taken still; the broker is tried again and again.", "仍接收 HTTP 上报，并持续重连代理。"
    ),
    "ledger_out": Text(
        "Periods wait and are posted later under the same ids. See to the book.",
        "结算时段暂存，恢复后以同一编号入账。请检查账本。",
    ),
    "plan_old": Text(
        "The last plan is followed while it is fresh; then work that may wait has the price of its cheapest hours.",
        "有效期内沿用上一滚动计划；其后按最低价时段为可等待作业定价。",
    ),
    "loop_stalled": Text(
        "Sites hold their set-points. Look at the store; start again if it lasts.",
        "站点保持当前设定值。请检查存储，持续时请重启。",
    ),
}
"""By kind of alarm."""
