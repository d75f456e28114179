"""The story of a case, from its journal: steps with opinions, entries, and the path taken."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.forms import ComponentType, Form
from engine.model import Variables
from engine.procedure import Procedure
from engine.values import load_values
from services.audit.models import EntryKind, JournalEntry
from services.cases.describe import outcome_name
from services.cases.options import chosen_options
from services.cases.steps import open_tasks
from services.cases.views import AttachmentView, DiagramView, HistoryItem, JournalItem
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
    EntryKind.CASE_WITHDRAWN: "撤回",
    EntryKind.ATTACHMENT_ADDED: "上传材料",
    EntryKind.INCIDENT_RAISED: "运行异常",
}
STORY = frozenset(
    {
        EntryKind.CASE_STARTED,
        EntryKind.TASK_COMPLETED,
        EntryKind.TASK_RETURNED,
        EntryKind.MESSAGE_REPORTED,
        EntryKind.CASE_WITHDRAWN,
    }
)


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
    procedure: Procedure,
    rows: Iterable[JournalEntry],
    attachments: tuple[AttachmentView, ...],
) -> tuple[HistoryItem, ...]:
    """Return the steps that were taken, oldest first, with what was filled in."""
    files = {str(a.id): a for a in attachments}
    told = [row for row in rows if row.kind in STORY]
    names = _names(session, told)
    records = [load_values(row.data) for row in told]
    forms = [_form(procedure, row) for row in told]
    options = chosen_options(
        session, [(f, _values(data)) for f, data in zip(forms, records, strict=True) if f]
    )
    items = []
    for row, data, form in zip(told, records, forms, strict=True):
        values = _values(data)
        items.append(
            HistoryItem(
                kind=KIND_NAMES[EntryKind(row.kind)],
                step_name=step_name(procedure, row),
                actor=_name(names, row.actor_id),
                capacity=row.capacity,
                acted_on=row.acted_on,
                entered_at=row.entered_at,
                outcome_name=_outcome(procedure, row, data),
                opinion=_text(data, "opinion") or _text(data, "reason"),
                late_reason=_text(data, "late_reason"),
                warnings=tuple(cast("list[str]", data.get("warnings", []))),
                fields=tuple(form.describe(values, options)) if form is not None else (),
                attachments=tuple(files[item] for item in _file_ids(form, values) if item in files)
                if form is not None
                else (),
            )
        )
    return tuple(items)


def journal(
    session: Session, procedure: Procedure, rows: Iterable[JournalEntry]
) -> tuple[JournalItem, ...]:
    """Return every entry as a line of 流转记录."""
    rows = tuple(rows)
    names = _names(session, rows)
    return tuple(
        JournalItem(
            sequence=row.sequence,
            kind=str(row.kind),
            kind_name=KIND_NAMES[EntryKind(row.kind)],
            text=_line(procedure, row),
            actor=_name(names, row.actor_id),
            acted_on=row.acted_on,
            entered_at=row.entered_at,
            hash=row.hash,
        )
        for row in rows
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
    completed: dict[str, None] = {}
    notes: dict[str, str] = {}
    for row in rows:
        for step in cast("list[dict[str, Any]]", load_values(row.data).get("path", [])):
            if step["type"] == "element_completed" and step["element"] is not None:
                completed[step["element"]] = None
        if row.kind in {EntryKind.TASK_COMPLETED, EntryKind.CASE_STARTED}:
            notes[row.element_id] = f"{row.acted_on.isoformat()} {_name(names, row.actor_id)}"
    active = tuple(
        dict.fromkeys(
            shown
            for task in open_tasks(session, instance.id)
            for shown in procedure.shown_by(task.element_id)
        )
    )
    drawn = procedure.process.nodes
    return DiagramView(
        xml=procedure.process.xml.decode(),
        completed=tuple(e for e in completed if e in drawn and e not in active),
        active=active,
        notes={element: note for element, note in notes.items() if element in drawn},
    )


def step_name(procedure: Procedure, row: JournalEntry) -> str:
    """Return the words for the step an entry is about."""
    message = procedure.messages.get(row.element_id)
    if message is not None:
        return message.title
    node = procedure.nodes.get(row.element_id)
    if row.kind == EntryKind.CASE_STARTED:
        return f"发起{procedure.title}"
    if row.kind == EntryKind.CASE_WITHDRAWN and procedure.withdraw is not None:
        return procedure.withdraw.title
    return node.name if node is not None else ""


def _form(procedure: Procedure, row: JournalEntry) -> Form | None:
    if row.kind == EntryKind.CASE_STARTED:
        return procedure.forms[procedure.start.form]
    if row.kind == EntryKind.MESSAGE_REPORTED:
        return procedure.forms[procedure.messages[row.element_id].form]
    if row.kind == EntryKind.TASK_COMPLETED:
        return procedure.form_of(row.element_id)
    return None


def _outcome(procedure: Procedure, row: JournalEntry, data: Variables) -> str:
    if row.kind == EntryKind.TASK_RETURNED:
        target = procedure.nodes.get(_text(data, "target"))
        return f"退回至“{target.name}”" if target is not None else "退回"
    node = procedure.nodes.get(row.element_id)
    return outcome_name(node, _text(data, "outcome")) if node is not None else ""


def _line(procedure: Procedure, row: JournalEntry) -> str:
    data = load_values(row.data)
    parts = [step_name(procedure, row), _outcome(procedure, row, data)]
    if row.kind == EntryKind.TIMER_FIRED:
        fired = [
            procedure.nodes[step["element"]].name
            for step in cast("list[dict[str, Any]]", data.get("path", []))
            if step["type"] == "timer_fired" and step["element"] in procedure.nodes
        ]
        parts = ["、".join(dict.fromkeys(fired))]
    if _text(data, "error"):
        parts.append(_text(data, "error"))
    if _text(data, "late_reason"):
        parts.append(f"超期原因：{_text(data, 'late_reason')}")
    return "；".join(part for part in parts if part)


def _file_ids(form: Form, values: Variables) -> Iterator[str]:
    for key, component in form.inputs.items():
        ids = values.get(key)
        if component.type is ComponentType.FILEPICKER and isinstance(ids, list):
            yield from (item for item in ids if isinstance(item, str))


def _names(session: Session, rows: Iterable[JournalEntry]) -> Mapping[int, str]:
    return names_of(session, {row.actor_id for row in rows if row.actor_id is not None})


def _name(names: Mapping[int, str], person_id: int | None) -> str:
    return names[person_id] if person_id is not None else "系统"


def _values(data: Variables) -> Variables:
    return cast("Variables", data.get("values", {}))


def _text(data: Variables, key: str) -> str:
    value = data.get(key)
    return value if isinstance(value, str) else ""
