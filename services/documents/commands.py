"""Taking in files, and tying them to the case they belong to."""

from __future__ import annotations

from typing import BinaryIO

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.forms import Form
from engine.forms.model import ComponentType
from engine.model import Variables
from services.audit.journal import Entry, append
from services.audit.models import EntryKind
from services.bootstrap import Application
from services.cases.access import visible_instance
from services.cases.views import AttachmentView
from services.documents.content import clean_name, media_type_of
from services.documents.limits import MAX_FILES, read_limited, require_room
from services.documents.models import Attachment
from services.documents.scan import scan
from services.errors import Invalid, NotFound
from services.identity.actor import Actor
from services.processes.models import ProcessInstance
from services.tasks.models import UserTask


def store_attachment(
    app: Application,
    actor: Actor,
    case_id: int | None,
    task_id: str | None,
    file_name: str,
    stream: BinaryIO,
) -> AttachmentView:
    """Store a file for a case the actor may see, or, without a case, for one about to be started.

    Raises `NotFound` for a case the actor may not see and `Invalid` (under `file`) for an empty or
    too large file, a full case, a type that is not accepted, or a name that does not fit the
    content; `FileRejected` and `ScannerUnavailable` as `services.documents.scan` does.
    """
    name = clean_name(file_name)
    content = read_limited(stream, int(app.settings.max_upload_mb))
    media_type = media_type_of(name, content)
    if case_id is not None:
        with app.database.read() as session:
            _require_open(session, actor, case_id, task_id)
            require_room(session, case_id, len(content), int(app.settings.max_case_mb))
    scan(app.settings.scan_command, content)
    sha256 = app.files.put(content)
    now = app.clock.now()
    with app.database.write() as session:
        row = Attachment(
            instance_id=case_id,
            task_id=task_id,
            file_name=name,
            media_type=media_type,
            size=len(content),
            sha256=sha256,
            uploaded_by=actor.person_id,
            uploaded_at=now,
        )
        session.add(row)
        session.flush()
        if case_id is not None:
            append(
                session,
                _require_open(session, actor, case_id, task_id),
                Entry(
                    kind=EntryKind.ATTACHMENT_ADDED,
                    acted_on=now.date(),
                    entered_at=now,
                    actor_id=actor.person_id,
                    capacity=actor.title,
                    task_id=task_id or "",
                    data={"attachment": row.id, "file_name": name, "sha256": sha256},
                ),
            )
    return AttachmentView(row.id, name, len(content), actor.name, now)


def attach(
    session: Session,
    values: Variables,
    form: Form,
    instance_id: int,
    task_id: str | None,
    limit_mb: int,
) -> None:
    """Tie the files named in a submitted form to its case.

    A file may be named when it already belongs to the case, or to none yet and was stored by the
    person who started this one.  Raises `Invalid` under the key of the field for any other id,
    and under `file` when the case would hold more than `limit_mb`.
    """
    starter = session.get_one(ProcessInstance, instance_id).started_by
    errors: dict[str, str] = {}
    tied = False
    for key, component in form.inputs.items():
        if component.type is not ComponentType.FILEPICKER:
            continue
        named = _named(session, values.get(key))
        if len(named) > MAX_FILES:
            errors[key] = f"附件不能超过{MAX_FILES}个，请合并后上传。"
            continue
        for row in named:
            if row is not None and row.instance_id is None and row.uploaded_by == starter:
                row.instance_id, row.task_id = instance_id, task_id
                tied = True
            if row is None or row.instance_id != instance_id:
                errors[key] = "所选附件不属于本办件，请重新上传。"
    if errors:
        raise Invalid(errors=errors)
    session.flush()
    if tied:
        require_room(session, instance_id, 0, limit_mb)


def _require_open(
    session: Session, actor: Actor, case_id: int, task_id: str | None
) -> ProcessInstance:
    instance = visible_instance(session, actor, case_id)
    session.refresh(instance, with_for_update=True)
    if instance.status.has_ended:
        raise Invalid("办件已经办结，不能再上传附件。", "确需补充材料的，请联系本支部组织委员。")
    if task_id is not None:
        task = session.get(UserTask, task_id)
        if task is None or task.instance_id != case_id:
            raise NotFound
    return instance


def _named(session: Session, value: object) -> list[Attachment | None]:
    tokens = value if isinstance(value, list) else []
    ids = [int(str(t)) if str(t).isascii() and str(t).isdigit() else None for t in tokens]
    wanted = [i for i in ids if i is not None]
    # Locked, so that none is cleared away as never sent in while it is tied to the case.
    query = select(Attachment).where(Attachment.id.in_(wanted)).order_by(Attachment.id)
    found = session.scalars(query.with_for_update()) if wanted else ()
    rows = {row.id: row for row in found}
    return [rows.get(i) if i is not None else None for i in ids]
