"""The story of a case, from its journal: steps with opinions, entries, and the path taken."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import runtime
from engine.forms import ComponentType, Form
from engine.model import EventType, InstanceStatus, Value, Variables
from engine.procedure import Procedure
from services.audit.journal import contents
from services.audit.models import EntryKind, JournalEntry
from services.cases import narration
from services.cases.decisions import decision_links
from services.cases.describe import outcome_name
from services.cases.event_words import came_from, sent
from services.cases.incidents.corrections import shown
from services.cases.options import chosen_options
from services.cases.steps import open_tasks
from services.cases.versions import Told
from services.cases.views import AttachmentView, DiagramView, HistoryItem, JournalItem
from services.identity.actor import Actor
from services.processes.models import ProcessInstance
from services.tasks.candidates import names_of

KIND_NAMES: Mapping[EntryKind, str] = {
    EntryKind.CASE_STARTED: "发起",
    EntryKind.TASK_CLAIMED: "签收",
    EntryKind.TASK_RELEASED: "取消签收",
    EntryKind.TASK_COMPLETED: "办理",
    EntryKind.TASK_RETURNED: "退回",
    EntryKind.MESSAGE_REPORTED: "登记事项",
    EntryKind.TIMER_FIRED: "到期提醒",
    EntryKind.TASK_WITHDRAWN: "取回",
    EntryKind.CASE_WITHDRAWN: "撤回",
    EntryKind.CASE_JUMPED: "自由跳转",
    EntryKind.CASE_SUSPENDED: "挂起",
    EntryKind.CASE_RESUMED: "恢复办理",
    EntryKind.CASE_TERMINATED: "终止",
    EntryKind.CASE_VOIDED: "作废",
    EntryKind.ATTACHMENT_ADDED: "上传材料",
    EntryKind.INCIDENT_RAISED: "运行异常",
    EntryKind.INCIDENT_RETRIED: "异常重试",
    EntryKind.INCIDENT_SKIPPED: "异常跳过",
    EntryKind.INCIDENT_RETURNED: "异常退回",
    EntryKind.INSTANCE_MIGRATED: "版本迁移",
    EntryKind.TASK_TRANSFERRED: "转办",
    EntryKind.TASK_DELEGATED: "委派",
    EntryKind.DELEGATION_ANSWERED: "委派答复",
    EntryKind.DELEGATION_WITHDRAWN: "撤销委派",
    EntryKind.SIGNERS_ADDED: "加签",
    EntryKind.SIGNER_ANSWERED: "加签意见",
    EntryKind.SIGNER_REMOVED: "减签",
    EntryKind.TASK_SUBMITTED: "提交待加签",
    EntryKind.SUBMISSION_RECALLED: "取回提交",
    EntryKind.SUBMISSION_GIVEN_BACK: "提交未生效",
    EntryKind.COUNTERSIGNER_ADDED: "会签加签",
    EntryKind.COUNTERSIGNER_REMOVED: "会签减签",
    EntryKind.TASK_URGED: "催办",
    EntryKind.CIRCULATION_SENT: "抄送传阅",
    EntryKind.CIRCULATION_ANSWERED: "传阅意见",
    EntryKind.MESSAGE_RECEIVED: "收到消息",
    EntryKind.SIGNAL_RECEIVED: "收到信号",
    EntryKind.EVENT_UNDELIVERED: "没有送达",
    EntryKind.WORK_STARTED: "开始工作",
    EntryKind.WORK_ENDED: "结束自选工作",
    EntryKind.BODY_CHANGED: "组织变更",
    EntryKind.RECUSED: "回避",
    EntryKind.RECUSAL_LIFTED: "解除回避",
    EntryKind.CANDIDATES_CHANGED: "办理人变动",
    EntryKind.TASK_DESIGNATED: "指定办理人",
    EntryKind.HANDED_OVER: "交接",
}
STORY = narration.STORY | frozenset(
    {
        EntryKind.CASE_STARTED,
        EntryKind.TASK_COMPLETED,
        EntryKind.TASK_RETURNED,
        EntryKind.MESSAGE_REPORTED,
        EntryKind.TASK_WITHDRAWN,
        EntryKind.CASE_WITHDRAWN,
        EntryKind.INCIDENT_RETRIED,
        EntryKind.INCIDENT_SKIPPED,
        EntryKind.INCIDENT_RETURNED,
        EntryKind.CASE_JUMPED,
        EntryKind.CASE_SUSPENDED,
        EntryKind.CASE_RESUMED,
        EntryKind.CASE_TERMINATED,
        EntryKind.CASE_VOIDED,
        EntryKind.MESSAGE_RECEIVED,
        EntryKind.SIGNAL_RECEIVED,
        EntryKind.EVENT_UNDELIVERED,
        EntryKind.WORK_ENDED,
        EntryKind.BODY_CHANGED,
    }
)
ON_THE_CASE: Mapping[EntryKind, str] = {
    EntryKind.CASE_JUMPED: "办件跳转",
    EntryKind.CASE_SUSPENDED: "办件挂起",
    EntryKind.CASE_RESUMED: "办件恢复办理",
    EntryKind.CASE_TERMINATED: "办件终止",
    EntryKind.CASE_VOIDED: "办件作废",
    EntryKind.BODY_CHANGED: "组织变更",
    EntryKind.HANDED_OVER: "交接",
}
"""What stands in place of a step for entries about the case as a whole."""

JOBS = frozenset({EntryKind.INCIDENT_RAISED, EntryKind.INCIDENT_RETRIED})


def entries(session: Session, instance: ProcessInstance) -> tuple[JournalEntry, ...]:
    """Return the journal of a case in order."""
    return tuple(
        session.scalars(
            select(JournalEntry)
            .where(JournalEntry.instance_id == instance.id)
            .order_by(JournalEntry.sequence)
        )
    )


def story(
    session: Session,
    entries: Iterable[Told],
    attachments: tuple[AttachmentView, ...],
    *,
    reader: Actor,
) -> tuple[HistoryItem, ...]:
    """Return the steps that were taken, oldest first, with what was filled in.

    Sensitive fields are masked for everybody but who filled them in.
    """
    files = {str(a.id): a for a in attachments}
    told = [(row, procedure) for row, procedure in entries if row.kind in STORY]
    names = _names(session, [row for row, _ in told])
    records = [contents(row) for row, _ in told]
    forms = [_form(procedure, row) for row, procedure in told]
    options = chosen_options(
        session, [(f, _values(data)) for f, data in zip(forms, records, strict=True) if f]
    )
    items = []
    for (row, procedure), data, form in zip(told, records, forms, strict=True):
        values = _values(data)
        hides = (
            form is not None
            and row.actor_id != reader.person_id
            and bool(form.sensitive_in(values))
        )
        items.append(
            HistoryItem(
                kind=KIND_NAMES[EntryKind(row.kind)],
                step_name=step_name(procedure, row),
                actor=_name(names, row.actor_id),
                capacity=row.capacity,
                acted_on=row.acted_on,
                entered_at=row.entered_at,
                outcome_name=_outcome(procedure, row, data)
                or narration.told(EntryKind(row.kind), data, names),
                opinion=_text(data, "opinion") or _text(data, "reason") or _text(data, "error"),
                late_reason=_text(data, "late_reason"),
                warnings=tuple(cast("list[str]", data.get("warnings", []))),
                fields=tuple(form.describe(values, options, mask=hides))
                if form is not None
                else (),
                attachments=tuple(files[item] for item in _file_ids(form, values) if item in files)
                if form is not None
                else (),
                decisions=decision_links(procedure, row, data),
                sequence=row.sequence,
                hides=hides,
            )
        )
    return tuple(items)


def sensitive_fields(
    session: Session, procedure: Procedure, row: JournalEntry, *, mask: bool
) -> tuple[tuple[str, str], ...]:
    """Return the sensitive fields filled in at an entry, (label, text)."""
    form = _form(procedure, row)
    if form is None:
        return ()
    values = form.sensitive_in(_values(contents(row)))
    return tuple(form.describe(values, chosen_options(session, [(form, values)]), mask=mask))


def journal(session: Session, entries: Iterable[Told]) -> tuple[JournalItem, ...]:
    """Return every entry as a line of 流转记录."""
    told = tuple(entries)
    names = _names(session, [row for row, _ in told])
    return tuple(
        JournalItem(
            sequence=row.sequence,
            kind=str(row.kind),
            kind_name=KIND_NAMES[EntryKind(row.kind)],
            text=_line(procedure, row, names),
            actor=_name(names, row.actor_id),
            capacity=row.capacity,
            acted_on=row.acted_on,
            entered_at=row.entered_at,
            hash=row.hash,
            decisions=decision_links(procedure, row, contents(row)),
        )
        for row, procedure in told
    )


def diagram(
    session: Session,
    instance: ProcessInstance,
    procedure: Procedure,
    rows: Iterable[JournalEntry],
) -> DiagramView:
    """Return the diagram with the path taken and the present place."""
    rows = tuple(rows)
    names = _names(session, rows)
    completed = completed_elements(rows)
    notes: dict[str, str] = {}
    for row in _standing(rows):
        if row.kind in {EntryKind.TASK_COMPLETED, EntryKind.CASE_STARTED}:
            notes[row.element_id] = f"{row.acted_on.isoformat()} {_name(names, row.actor_id)}"
    active = tuple(
        dict.fromkeys(
            shown
            for task in open_tasks(session, instance.id)
            for shown in procedure.shown_by(task.element_id)
        )
    )
    failed = _failed(instance, procedure)
    drawn = procedure.process.nodes
    return DiagramView(
        xml=procedure.process.xml.decode(),
        completed=tuple(e for e in completed if e in drawn and e not in active and e not in failed),
        active=active,
        failed=failed,
        notes={element: note for element, note in notes.items() if element in drawn},
    )


def completed_elements(rows: Sequence[JournalEntry]) -> Counter[str]:
    """Return how often each element was completed, what was taken back (取回) left out."""
    return Counter(
        step["element"]
        for row in _standing(rows)
        for step in cast("list[dict[str, Any]]", contents(row).get("path", []))
        if step["type"] == "element_completed" and step["element"] is not None
    )


def _standing(rows: Sequence[JournalEntry]) -> list[JournalEntry]:
    """The entries that have not been taken back."""
    withdrawn = {
        contents(row).get("withdraws") for row in rows if row.kind == EntryKind.TASK_WITHDRAWN
    }
    return [row for row in rows if row.sequence not in withdrawn]


def _failed(instance: ProcessInstance, procedure: Procedure) -> tuple[str, ...]:
    if instance.status is not InstanceStatus.INCIDENT:
        return ()
    incidents = runtime.inspect(procedure.process, instance.state).incidents
    return tuple(dict.fromkeys(incident.element_id for incident in incidents))


def step_name(procedure: Procedure, row: JournalEntry) -> str:
    """Return the words for the step an entry is about."""
    message = procedure.messages.get(row.element_id)
    if message is not None:
        return message.title
    node = procedure.nodes.get(row.element_id)
    if row.kind in ON_THE_CASE:
        return ON_THE_CASE[EntryKind(row.kind)]
    if row.kind == EntryKind.CASE_STARTED:
        return f"发起{procedure.title}"
    if row.kind == EntryKind.CASE_WITHDRAWN and procedure.withdraw is not None:
        return procedure.withdraw.title
    if node is None:
        return "到期事项" if row.kind in JOBS else ""
    return node.name


def _form(procedure: Procedure, row: JournalEntry) -> Form | None:
    if row.kind == EntryKind.CASE_STARTED and row.element_id == procedure.first_act:
        return procedure.forms[procedure.start.form]
    if row.kind == EntryKind.MESSAGE_REPORTED:
        return procedure.forms[procedure.messages[row.element_id].form]
    if row.kind == EntryKind.TASK_COMPLETED:
        return procedure.form_of(row.element_id)
    return None


def _outcome(procedure: Procedure, row: JournalEntry, data: Variables) -> str:
    if row.kind == EntryKind.INCIDENT_RETRIED:
        return "更正后重试" if data.get("corrections") else "重试"
    if row.kind == EntryKind.INCIDENT_SKIPPED:
        return "跳过"
    if row.kind in {EntryKind.TASK_RETURNED, EntryKind.INCIDENT_RETURNED}:
        target = procedure.nodes.get(_text(data, "target"))
        straight = "，办结后直接送回" if _text(data, "way") else ""
        return f"退回至“{target.name}”{straight}" if target is not None else "退回"
    if row.kind == EntryKind.TASK_WITHDRAWN:
        return "取回重办"
    if row.kind == EntryKind.CASE_JUMPED:
        return f"跳转至“{procedure.nodes[row.element_id].name}”"
    if _text(data, "source"):
        return came_from(_text(data, "source"))
    node = procedure.nodes.get(row.element_id)
    return outcome_name(node, _text(data, "outcome")) if node is not None else ""


def _line(procedure: Procedure, row: JournalEntry, names: Mapping[int, str]) -> str:
    data = contents(row)
    told = narration.told(EntryKind(row.kind), data, names)
    parts = [step_name(procedure, row), _outcome(procedure, row, data), told]
    if told:
        parts += [_text(data, key) for key in ("request", "opinion")]
    if row.kind == EntryKind.TIMER_FIRED:
        fired = [
            procedure.nodes[step["element"]].name
            for step in cast("list[dict[str, Any]]", data.get("path", []))
            if step["type"] == "timer_fired" and step["element"] in procedure.nodes
        ]
        parts = ["、".join(dict.fromkeys(fired))]
    if row.kind == EntryKind.INSTANCE_MIGRATED:
        parts = [f"第{data['from_version']}版 → 第{data['to_version']}版", _text(data, "grounds")]
    parts += sent(procedure, data)
    parts += _registered(procedure, data)
    if _text(data, "error"):
        parts.append(_text(data, "error"))
    for change in cast("list[dict[str, Value]]", data.get("corrections", [])):
        parts.append(f"{change['label']}：{shown(change['old'])} → {shown(change['new'])}")
    if _text(data, "reason"):
        parts.append(f"说明：{_text(data, 'reason')}")
    if _text(data, "late_reason"):
        parts.append(f"超期原因：{_text(data, 'late_reason')}")
    return "；".join(part for part in parts if part)


def _registered(procedure: Procedure, data: Variables) -> Iterator[str]:
    """Yield which registers (台账) were written, in the words of this version of the procedure."""
    written = dict.fromkeys(
        step["data"]["store"]
        for step in cast("list[dict[str, Any]]", data.get("path", []))
        if step["type"] == EventType.DATA_STORED
    )
    for store in written:
        if store in procedure.data_stores:
            yield f"登记“{procedure.data_stores[store].title}”"


def _file_ids(form: Form, values: Variables) -> Iterator[str]:
    for key, component in form.inputs.items():
        ids = values.get(key)
        if component.type is ComponentType.FILEPICKER and isinstance(ids, list):
            yield from (item for item in ids if isinstance(item, str))


def _names(session: Session, rows: Iterable[JournalEntry]) -> Mapping[int, str]:
    people: set[int] = set()
    for row in rows:
        people.update(narration.people_in(contents(row)))
        if row.actor_id is not None:
            people.add(row.actor_id)
    return names_of(session, people)


def _name(names: Mapping[int, str], person_id: int | None) -> str:
    return names[person_id] if person_id is not None else "系统"


def _values(data: Variables) -> Variables:
    return cast("Variables", data.get("values", {}))


def _text(data: Variables, key: str) -> str:
    value = data.get(key)
    return value if isinstance(value, str) else ""
