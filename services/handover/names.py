"""Chinese names of the enums of hand-over."""

from __future__ import annotations

from collections.abc import Mapping

from services.handover.models import HandoverScope, ItemKind, ItemOutcome

SCOPE_NAMES: Mapping[HandoverScope, str] = {
    HandoverScope.POST: "离任，仍在本组织",
    HandoverScope.BODY: "离开本组织",
}
KIND_NAMES: Mapping[ItemKind, str] = {
    ItemKind.TASK: "待办",
    ItemKind.ROLE: "以后的环节",
    ItemKind.SUB_TASK: "委派和加签",
    ItemKind.DRAFT: "草稿",
    ItemKind.CASE: "发起的办件",
    ItemKind.CIRCULATION: "待阅",
    ItemKind.POST: "职务",
    ItemKind.DELEGATION: "委托",
}
OUTCOME_NAMES: Mapping[ItemOutcome, str] = {
    ItemOutcome.HANDED_OVER: "移交",
    ItemOutcome.RELEASED: "另行确定办理人",
    ItemOutcome.ENDED: "终止",
    ItemOutcome.KEPT: "不移交",
}
