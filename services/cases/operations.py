"""The closed registry of operations a service task may call.

They run inside the transaction of the command that reached them, so their effect and the step of
the case are one.  A procedure names an operation; it cannot bring its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Protocol

from sqlalchemy.orm import Session

from engine.model import PendingOperation, Value
from engine.procedure import Procedure
from services.cases.facts import organization_facts
from services.delegation.notices import notify_with_agents
from services.errors import Invalid
from services.people.commands import move, set_status
from services.people.models import PoliticalStatus
from services.processes.models import ProcessInstance
from services.tasks.candidates import people_of, resolve


class CaseInHand(Protocol):
    """What an operation may use of the locked case it runs in."""

    session: Session
    instance: ProcessInstance
    procedure: Procedure
    variables: dict[str, Value]
    now: datetime

    @property
    def today(self) -> date:
        """The day of the command in Asia/Shanghai."""
        ...


Operation = Callable[[CaseInHand, PendingOperation], dict[str, Value]]


def run(case: CaseInHand, operation: PendingOperation) -> dict[str, Value]:
    """Run an operation; returns the variables it sets."""
    handler = OPERATIONS.get(operation.operation)
    if handler is None:
        raise Invalid(
            f"流程要求的系统操作“{operation.operation}”不存在。", "请联系系统管理员检查流程定义。"
        )
    return handler(case, operation)


def send_notice(case: CaseInHand, operation: PendingOperation) -> dict[str, Value]:
    """`notify.send`: a notice to everyone in a lane (`lane`), with `subject` and `body`.

    Their agents (受委托人) are told as well.
    """
    lane = _text(operation, "lane")
    variables = case.variables if operation.variables is None else operation.variables
    found = resolve(case.session, case.procedure, lane, case.instance, variables, case.today)
    people = people_of(case.session, found, case.instance, case.today)
    notify_with_agents(
        case.session,
        tuple(p.id for p in people),
        case.instance,
        _text(operation, "subject"),
        _text(operation, "body", default=""),
        case.now,
    )
    return {}


def update_register(case: CaseInHand, operation: PendingOperation) -> dict[str, Value]:
    """`register.update`: the political status of the person the case is about, since `on`."""
    if case.instance.subject_id is None:
        raise Invalid("该办件没有登记对象，无法更新名册。")
    on = operation.inputs.get("on")
    set_status(
        case.session,
        case.instance.subject_id,
        PoliticalStatus(_text(operation, "status")),
        on if isinstance(on, date) else case.today,
    )
    return {}


def move_case(case: CaseInHand, operation: PendingOperation) -> dict[str, Value]:
    """`case.move`: the case and its person go to another body (`organization`, an id as text)."""
    text = _text(operation, "organization")
    if not text.isdecimal():
        raise Invalid(f"要转入的组织“{text}”无效。", "请退回上一环节重新选择接收支部。")
    organization_id = int(text)
    if case.instance.subject_id is not None:
        move(case.session, case.instance.subject_id, organization_id, case.today)
    case.instance.organization_id = organization_id
    return organization_facts(case.session, organization_id)


def set_outcome(case: CaseInHand, operation: PendingOperation) -> dict[str, Value]:
    """`case.outcome`: the final outcome, one of `[outcomes]` in procedure.toml."""
    case.instance.outcome = _text(operation, "outcome")
    return {}


def _text(operation: PendingOperation, name: str, default: str | None = None) -> str:
    value = operation.inputs.get(name, default)
    if not isinstance(value, str):
        raise Invalid(
            f"系统操作“{operation.operation}”缺少参数“{name}”。", "请联系系统管理员检查流程定义。"
        )
    return value


EVENT_SENT = "event.sent"
"""Stands among the operations that ran for messages and signals to other cases."""

STORE_WRITTEN = "store.written"
"""Stands among the operations that ran for what was written to data stores."""

LASTING: Mapping[str, str] = {
    "register.update": "更新党员名册",
    "case.move": "转移办件",
    "case.outcome": "登记办理结果",
    EVENT_SENT: "向其他办件发出内容",
    STORE_WRITTEN: "登记台账",
}
"""Operations whose effect stays although the act that led to them is taken back, by name."""

OPERATIONS: dict[str, Operation] = {
    "notify.send": send_notice,
    "register.update": update_register,
    "case.move": move_case,
    "case.outcome": set_outcome,
}
