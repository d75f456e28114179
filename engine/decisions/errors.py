"""What can go wrong when a decision is evaluated."""

from __future__ import annotations

from enum import StrEnum

from engine.errors import EngineError


class Conflict(StrEnum):
    """The kinds of contradiction between rules, as stable error codes."""

    UNIQUE = "decision-unique"
    ANY = "decision-any"


_REASONS = {
    Conflict.UNIQUE: "唯一命中（U）的决策表中有多条规则同时成立",
    Conflict.ANY: "任一命中（A）的决策表中成立的规则结论不一致",
}


class DecisionError(EngineError):
    """Rules of a table contradict each other; `rules` holds the ids of those that matched."""

    code = "decision"
    remedy = "请联系系统管理员修改决策表，使所列规则不再同时成立或结论一致。"

    def __init__(self, conflict: Conflict, decision: str, rules: tuple[str, ...]) -> None:
        self.code = conflict.value
        self.decision = decision
        self.rules = rules
        super().__init__(f"决策“{decision}”：{_REASONS[conflict]}（规则 {'、'.join(rules)}）。")


class UnknownDecision(EngineError):  # noqa: N818 - the state is the name of the error
    """The model has no decision of that id or name."""

    code = "decision-unknown"
    remedy = "请联系系统管理员检查流程定义中引用的决策名称。"

    def __init__(self, decision: str) -> None:
        super().__init__(f"没有名为“{decision}”的决策。")
