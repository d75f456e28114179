"""What follows when a step fails: an entry of the journal each, and a notice to who may resolve."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import Protocol

from sqlalchemy.orm import Session

from engine.model import Incident, Value
from engine.procedure import CaseOperation, Procedure
from services.audit.journal import Entry, append
from services.audit.models import EntryKind
from services.cases.lanes import people_for
from services.notifications.commands import notify
from services.processes.models import ProcessInstance

REMEDY = "请在办件页面查看原因，更正数据后重试，或者按规定跳过、退回。"


class CaseInHand(Protocol):
    """What is needed of the locked case a step of which failed."""

    session: Session
    instance: ProcessInstance
    procedure: Procedure
    now: datetime

    @property
    def today(self) -> date:
        """The day of the command in Asia/Shanghai."""
        ...


def report_raised(case: CaseInHand, raised: Collection[Incident]) -> None:
    """Journal each incident and send one notice about all of them."""
    nodes = case.procedure.nodes
    for incident in raised:
        record(
            case,
            {
                "error": incident.message,
                "code": incident.code,
                "expression": incident.expression,
                "seen": dict(incident.seen),
            },
            element_id=incident.element_id,
            task_id=incident.task_id,
        )
    if raised:
        steps = "、".join(dict.fromkeys(nodes[incident.element_id].name for incident in raised))
        send(case, f"“{steps}”运行异常")


def record(
    case: CaseInHand, data: dict[str, Value], *, element_id: str = "", task_id: str = ""
) -> None:
    """Append the entry of one incident."""
    append(
        case.session,
        case.instance,
        Entry(
            kind=EntryKind.INCIDENT_RAISED,
            acted_on=case.today,
            entered_at=case.now,
            element_id=element_id,
            task_id=task_id,
            data=data,
        ),
    )


def send(case: CaseInHand, what: str) -> None:
    """Tell those who may resolve incidents of the case."""
    people = people_for(
        case.session, case.procedure, case.instance, CaseOperation.RESOLVE_INCIDENT, case.today
    )
    subject = f"{case.procedure.title}（{case.instance.number}）{what}，请处理"
    notify(case.session, [p.id for p in people], case.instance.id, subject, REMEDY, case.now)
