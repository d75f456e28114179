"""What may be done to a case from outside its flow, and which permission it needs.

Interventions move a case or stop it; none of them fills in a form or chooses an outcome, so none
can take a decision for anybody.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from engine.procedure import CaseOperation


class Intervention(StrEnum):
    """The interventions in the order in which they are offered."""

    JUMP = "jump"
    SUSPEND = "suspend"
    RESUME = "resume"
    TERMINATE = "terminate"
    VOID = "void"


PERMISSIONS: Mapping[Intervention, CaseOperation] = {
    Intervention.JUMP: CaseOperation.JUMP,
    Intervention.SUSPEND: CaseOperation.SUSPEND,
    Intervention.RESUME: CaseOperation.SUSPEND,
    Intervention.TERMINATE: CaseOperation.TERMINATE,
    Intervention.VOID: CaseOperation.VOID,
}
NAMES: Mapping[Intervention, str] = {
    Intervention.JUMP: "自由跳转",
    Intervention.SUSPEND: "挂起",
    Intervention.RESUME: "恢复办理",
    Intervention.TERMINATE: "终止",
    Intervention.VOID: "作废",
}
