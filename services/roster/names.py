"""Chinese names of what imports of rosters say."""

from __future__ import annotations

from collections.abc import Mapping

from services.roster.models import Effect, ImportPhase, Sheet

SHEET_NAMES: Mapping[Sheet, str] = {
    Sheet.ORGANIZATIONS: "组织",
    Sheet.PEOPLE: "人员",
    Sheet.APPOINTMENTS: "任职",
}
PHASE_NAMES: Mapping[ImportPhase, str] = {
    ImportPhase.READING: "正在读取",
    ImportPhase.CHECKING: "正在核对",
    ImportPhase.CHECKED: "待确认",
    ImportPhase.IMPORTING: "正在导入",
    ImportPhase.DONE: "已导入",
    ImportPhase.FAILED: "未能读取",
    ImportPhase.CANCELED: "已放弃",
}
EFFECT_NAMES: Mapping[Effect, str] = {
    Effect.NEW: "新增",
    Effect.CHANGED: "更新",
    Effect.SAME: "没有变化",
    Effect.REFUSED: "有误",
}
