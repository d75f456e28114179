"""The register of people as a workbook: the columns and people its pages show, and no more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from engine.model import Variables
from services.audit.books import AuditEntry, record
from services.audit.models import AuditKind, Book, SubjectKind
from services.bootstrap import Application
from services.identity.actor import Actor
from services.people.listing import PersonFilter, PersonRow, everybody
from services.roster.columns import REMARK, SAMPLE
from services.spreadsheets.writing import ColumnStyle, WorkbookWriter

FILE_NAME = "人员名册.xlsx"
SHEET = "人员"


def write_export(
    app: Application,
    actor: Actor,
    chosen: PersonFilter,
    columns: Mapping[str, str],
    path: Path,
) -> int:
    """Write everybody the pages of the register show to a workbook; returns how many.

    `columns` are the keys of the columns shown beside the name, with their headings.  The export is
    noted in the book of access.  Raises `NotFound` for an unknown body.
    """
    count = 0
    headings = ["姓名", *columns.values(), REMARK.heading]
    with WorkbookWriter(path) as writer:
        writer.sheet(SHEET, [ColumnStyle(heading, 20) for heading in headings])
        for row in everybody(app, actor, chosen):
            writer.row(_cells(row, tuple(columns)))
            count += 1
    data: Variables = {
        "body": chosen.selected_id,
        "text": chosen.text,
        "status": chosen.status,
        "kind": chosen.kind,
        "people": count,
    }
    with app.database.write() as session:
        record(
            session,
            AuditEntry(
                book=Book.ACCESS,
                kind=AuditKind.EXPORTED,
                entered_at=app.clock.now(),
                subject_kind=SubjectKind.ROSTER,
                subject_id=chosen.selected_id or "",
                actor_id=actor.person_id,
                capacity=actor.title,
                data=data,
            ),
        )
    return count


def _cells(row: PersonRow, columns: Sequence[str]) -> list[str]:
    words = {
        "sex": row.sex,
        "kind": row.kind_name,
        "status": row.status_name,
        "since": row.status_since.isoformat() if row.status_since else "",
        "body": row.organization_name,
        "posts": "、".join(row.posts),
    }
    return [row.name, *(words[key] for key in columns), SAMPLE if row.is_sample else ""]
