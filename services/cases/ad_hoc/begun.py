"""What follows when an ad-hoc sub-process begins: those who may start its work are told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Protocol

from sqlalchemy.orm import Session

from engine.model import Advance, Event, EventType
from engine.procedure import Procedure
from services.cases.lanes import people_in
from services.notifications.commands import notify
from services.processes.models import ProcessInstance

BODY = "请在办件页面选择要开始的工作。"


class CaseInHand(Protocol):
    """What is needed of the locked case in which it begins."""

    session: Session
    instance: ProcessInstance
    procedure: Procedure
    now: datetime

    @property
    def events(self) -> Sequence[Event]:
        """What has happened in the command."""
        ...

    @property
    def today(self) -> date:
        """The day of the command in Asia/Shanghai."""
        ...


def tell_who_may_start(case: CaseInHand, advance: Advance) -> None:
    """Send a notice for each ad-hoc sub-process the command has entered."""
    entered = {e.task_id for e in case.events if e.type is EventType.ELEMENT_ENTERED}
    for work in advance.ad_hoc:
        if work.scope_id not in entered:
            continue
        nodes = case.procedure.nodes
        lanes = dict.fromkeys(nodes[item.element_id].lane or "" for item in work.activities)
        people = people_in(case.session, case.procedure, case.instance, lanes, case.today)
        name = nodes[work.element_id].name
        subject = f"{case.procedure.title}（{case.instance.number}）“{name}”已开始"
        ids = [person.id for person in people]
        notify(case.session, ids, case.instance.id, subject, BODY, case.now)
