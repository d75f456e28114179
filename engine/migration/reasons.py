"""What a migration means for a token: what keeps it from moving, and what changes for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class ReasonCode(StrEnum):
    """What differs between the two versions at a token; stable, documented."""

    ELEMENT_MISSING = "element_missing"
    TYPE_CHANGED = "type_changed"
    SCOPE_CHANGED = "scope_changed"
    REGION_CHANGED = "region_changed"
    BRANCHES_CHANGED = "branches_changed"
    LOOP_CHANGED = "loop_changed"
    JOIN_CHANGED = "join_changed"
    OPERATION_CHANGED = "operation_changed"
    CALL_CHANGED = "call_changed"
    WAY_BACK_MISSING = "way_back_missing"
    COMPENSATION_MISSING = "compensation_missing"
    IN_PROGRESS = "in_progress"
    NAME_CHANGED = "name_changed"
    LANE_CHANGED = "lane_changed"
    FORM_CHANGED = "form_changed"
    OUTCOMES_CHANGED = "outcomes_changed"
    TRIGGER_CHANGED = "trigger_changed"
    TRIGGER_REPLACED = "trigger_replaced"
    EVENT_ADDED = "event_added"
    EVENT_REMOVED = "event_removed"
    LOOP_CONDITION_CHANGED = "loop_condition_changed"


_TEXTS: Final[Mapping[ReasonCode, str]] = {
    ReasonCode.ELEMENT_MISSING: "新版本中没有“{name}”，也没有指定由哪个环节接续。",
    ReasonCode.TYPE_CHANGED: "“{name}”在新版本中是另一种环节。",
    ReasonCode.SCOPE_CHANGED: "“{name}”在新版本中移到了另一个子流程或层次。",
    ReasonCode.REGION_CHANGED: "“{name}”在新版本中移到了另一条并行分支，或者移出、移入了并行分支。",
    ReasonCode.BRANCHES_CHANGED: "“{name}”所在的并行分支在新版本中有增减（{detail}）。",
    ReasonCode.LOOP_CHANGED: "“{name}”的会签或循环方式有变化，已办的部分无法接续。",
    ReasonCode.JOIN_CHANGED: "“{name}”等待汇合的各条连线有变化，已到达的部分无法接续。",
    ReasonCode.OPERATION_CHANGED: "“{name}”正在执行的操作在新版本中是另一种操作。",
    ReasonCode.CALL_CHANGED: "“{name}”在新版本中调用另一个流程，已调用的流程无法接续。",
    ReasonCode.WAY_BACK_MISSING: "“{name}”办完后应直接送回的环节（{detail}）在新版本中没有。",
    ReasonCode.COMPENSATION_MISSING: "已办的“{name}”可以补偿，新版本中却没有它，或者没有补偿办法。",
    ReasonCode.IN_PROGRESS: "“{name}”的内部处理（如补偿）还没有结束，结束后才能迁移。",
    ReasonCode.NAME_CHANGED: "环节名称改为“{detail}”。",
    ReasonCode.LANE_CHANGED: "“{name}”的办理人有变化，迁移后按新版本重新确定。",
    ReasonCode.FORM_CHANGED: "“{name}”的表单有变化；草稿保留，新增的栏目须补填。",
    ReasonCode.OUTCOMES_CHANGED: "“{name}”的办理结果选项有变化。",
    ReasonCode.TRIGGER_CHANGED: "“{name}”等待的事件有变化；已起算的时间不变，其余按新版本。",
    ReasonCode.TRIGGER_REPLACED: "“{name}”等待的事件改为另一种，迁移时重新开始等待。",
    ReasonCode.EVENT_ADDED: "新版本增加了事件“{detail}”，自迁移时起等待。",
    ReasonCode.EVENT_REMOVED: "新版本取消了事件“{detail}”，不再等待。",
    ReasonCode.LOOP_CONDITION_CHANGED: "“{name}”的会签或循环结束条件有变化，此后按新条件判断。",
}

_BLOCKING: Final = frozenset(
    {
        ReasonCode.ELEMENT_MISSING,
        ReasonCode.TYPE_CHANGED,
        ReasonCode.SCOPE_CHANGED,
        ReasonCode.REGION_CHANGED,
        ReasonCode.BRANCHES_CHANGED,
        ReasonCode.LOOP_CHANGED,
        ReasonCode.JOIN_CHANGED,
        ReasonCode.OPERATION_CHANGED,
        ReasonCode.CALL_CHANGED,
        ReasonCode.WAY_BACK_MISSING,
        ReasonCode.COMPENSATION_MISSING,
        ReasonCode.IN_PROGRESS,
    }
)


@dataclass(frozen=True, slots=True)
class Reason:
    """One difference; `name` is the element in words, `detail` what the text speaks of besides."""

    code: ReasonCode
    name: str
    detail: str = ""

    @property
    def blocks(self) -> bool:
        """Whether the token cannot move."""
        return self.code in _BLOCKING

    @property
    def message(self) -> str:
        """Return the difference in Chinese."""
        return _TEXTS[self.code].format(name=self.name, detail=self.detail)
