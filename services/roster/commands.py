"""Sending in a roster, and deciding what becomes of it once it has been checked."""

from __future__ import annotations

from datetime import timedelta
from typing import BinaryIO

from sqlalchemy.orm import Session

from engine.model import Variables
from engine.values import dump_values, load_values
from services.audit.books import AuditEntry, record
from services.audit.models import AuditKind, Book, SubjectKind
from services.bootstrap import Application
from services.documents.content import MEDIA_TYPES, clean_name, media_type_of
from services.documents.limits import read_limited
from services.errors import Conflict, Invalid, NotFound
from services.identity.actor import Actor
from services.jobs import queue
from services.jobs.models import JobKind
from services.roster.access import scope_of
from services.roster.counts import good_rows, keep_refused
from services.roster.models import ImportPhase, RosterImport
from services.roster.store import roster_store

KEPT_UNCONFIRMED = timedelta(days=7)
KEPT_AFTERWARDS = timedelta(days=30)
"""How long the rows of an import stay: waiting for an answer, or refused and to be corrected."""

ENDED = frozenset({ImportPhase.DONE, ImportPhase.FAILED, ImportPhase.CANCELED})


def order_import(app: Application, actor: Actor | None, file_name: str, stream: BinaryIO) -> int:
    """Store a workbook to be read and checked by a job; returns the id of the import.

    `actor` is None for the command line, which may import everything.  Raises `Forbidden`, and
    `Invalid` under `file` for what is no Excel workbook or too large.
    """
    with app.database.read() as session:
        scope_of(session, actor)
    content = read_limited(stream, int(app.settings.max_roster_mb))
    name = clean_name(file_name)
    if media_type_of(name, content) != MEDIA_TYPES[".xlsx"]:
        raise Invalid(errors={"file": "名册应为 Excel 工作簿（.xlsx），请按模板填写后上传。"})
    sha256 = roster_store(app).put(content)
    now = app.clock.now()
    with app.database.write() as session:
        row = RosterImport(
            file_name=name,
            sha256=sha256,
            phase=ImportPhase.READING,
            ordered_by=actor.person_id if actor else None,
            capacity=actor.title if actor else "",
            ordered_at=now,
        )
        session.add(row)
        session.flush()
        put_work(app, session, row.id)
        note(app, session, row, {"file_name": name, "sha256": sha256, "phase": row.phase})
        return row.id


def confirm_import(app: Application, actor: Actor | None, import_id: int) -> None:
    """Have the good rows of a checked roster entered.

    Raises `NotFound`, `Forbidden`, and `Conflict` when it is not waiting for this or nothing in it
    can be entered.
    """
    with app.database.write() as session:
        row = own_import(session, actor, import_id, lock=True)
        scope_of(session, actor)
        if row.phase is not ImportPhase.CHECKED:
            raise Conflict("这份名册不在待确认状态。", "请刷新页面，查看导入的最新进展。")
        if not good_rows(row):
            raise Conflict("这份名册没有可以导入的内容。", "请下载有误的行，改正后重新上传。")
        row.phase, row.position = ImportPhase.IMPORTING, 0
        put_work(app, session, import_id)
        note(app, session, row, {"phase": row.phase, "counts": load_values(row.counts)})
        keep_refused(row)


def cancel_import(app: Application, actor: Actor | None, import_id: int) -> None:
    """Give up a roster that has not been entered; raises `NotFound` and `Conflict`."""
    with app.database.write() as session:
        row = own_import(session, actor, import_id, lock=True)
        if row.phase in ENDED or row.phase is ImportPhase.IMPORTING:
            raise Conflict("这份名册已经开始导入或者已经结束。", "请刷新页面，查看导入的最新进展。")
        row.phase, row.ended_at = ImportPhase.CANCELED, app.clock.now()
        queue.drop(session, work_key(import_id), app.clock.now())
        put_forgetting(app, session, import_id, timedelta())
        note(app, session, row, {"phase": row.phase})


def resume_import(app: Application, actor: Actor | None, import_id: int) -> None:
    """Go on with an import whose job was given up; raises `NotFound` and `Conflict`."""
    with app.database.write() as session:
        row = own_import(session, actor, import_id, lock=True)
        if row.phase in ENDED or row.phase is ImportPhase.CHECKED:
            raise Conflict("这份名册没有待继续的作业。", "请刷新页面，查看导入的最新进展。")
        queue.forget_failed(session, work_key(import_id), app.clock.now())
        put_work(app, session, import_id)


def own_import(
    session: Session, actor: Actor | None, import_id: int, *, lock: bool = False
) -> RosterImport:
    """Return an import the actor ordered; `NotFound` for any other: its rows are personal data."""
    row = session.get(RosterImport, import_id, with_for_update=lock)
    if row is None or (actor is not None and row.ordered_by != actor.person_id):
        raise NotFound
    return row


def put_work(app: Application, session: Session, import_id: int) -> None:
    """Have the next part of an import done by a worker."""
    now = app.clock.now()
    payload = dump_values({"import": import_id})
    queue.put(session, JobKind.IMPORT_ROSTER, work_key(import_id), now, now, payload=payload)


def put_forgetting(app: Application, session: Session, import_id: int, after: timedelta) -> None:
    """Have the rows of an import deleted after a time."""
    now = app.clock.now()
    payload = dump_values({"import": import_id})
    key = f"roster-forget:{import_id}"
    queue.put(session, JobKind.FORGET_ROSTER, key, now + after, now, payload=payload)


def import_in(payload: bytes) -> int:
    """Return the id of the import a job is about."""
    return int(str(load_values(payload)["import"]))


def work_key(import_id: int) -> str:
    """Return the key of the job that works on an import."""
    return f"roster:{import_id}"


def note(app: Application, session: Session, row: RosterImport, data: Variables) -> None:
    """Have what happens to an import entered in the book of people."""
    record(
        session,
        AuditEntry(
            book=Book.PEOPLE,
            kind=AuditKind.ROSTER_IMPORTED,
            entered_at=app.clock.now(),
            subject_kind=SubjectKind.ROSTER,
            subject_id=row.id,
            actor_id=row.ordered_by,
            capacity=row.capacity,
            data=data,
        ),
    )
