"""The registers as workbooks: what their pages show to the actor, and no more.

Rows are read and written some hundreds at a time; each export is noted in the book of access.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path

from engine.model import Variables
from services.audit.books import AuditEntry, record
from services.audit.models import AuditKind, Book, SubjectKind
from services.bootstrap import Application
from services.identity.actor import Actor
from services.organizations.listing import BodyFilter, BodyRow, all_bodies
from services.people.listing import PersonFilter, PersonRow, everybody
from services.people.numbers import number_in
from services.people.posts import PostFilter, PostRow, posts
from services.roster.columns import REMARK, SAMPLE
from services.roster.models import Sheet
from services.roster.names import SHEET_NAMES
from services.spreadsheets.writing import ColumnStyle, WorkbookWriter

PEOPLE_FILE = "人员名册.xlsx"
BODIES_FILE = "组织名册.xlsx"
POSTS_FILE = "任职名册.xlsx"

_BODY_HEADINGS = (
    "组织代码",
    "组织名称",
    "组织类别",
    "层级",
    "上级组织",
    "书记",
    "空缺职务",
    "人员",
    "有无审批权限",
    "现状",
)
_POST_HEADINGS = (
    "姓名",
    "任职组织代码",
    "任职组织",
    "职务",
    "任职日期",
    "任职文号",
    "免职日期",
    "免职文号",
)


def export_people(
    app: Application,
    actor: Actor,
    chosen: PersonFilter,
    columns: Mapping[str, str],
    path: Path,
) -> str:
    """Write everybody the pages of the register show to a workbook, return a name for it.

    `columns` are the keys of the columns shown beside the name, with their headings.  Raises
    `NotFound` for an unknown body.
    """
    number = number_in(chosen.text)
    rows = (_person(row, tuple(columns)) for row in everybody(app, actor, chosen))
    count = _write(path, Sheet.PEOPLE, ("姓名", *columns.values()), rows)
    narrowed: Variables = {
        "text": number.name if number else chosen.text,
        "status": chosen.status,
        "kind": chosen.kind,
    }
    _note(app, actor, Sheet.PEOPLE, chosen.selected_id, count, narrowed)
    return PEOPLE_FILE


def export_bodies(app: Application, actor: Actor, chosen: BodyFilter, path: Path) -> str:
    """Write the selected body and those below it to a workbook, return a name for it.

    Raises `NotFound` for an unknown body.
    """
    count = _write(path, Sheet.ORGANIZATIONS, _BODY_HEADINGS, map(_body, all_bodies(app, chosen)))
    _note(app, actor, Sheet.ORGANIZATIONS, chosen.selected_id, count, {"text": chosen.text})
    return BODIES_FILE


def export_posts(app: Application, actor: Actor, chosen: PostFilter, path: Path) -> str:
    """Write the posts of the people the actor may see to a workbook, return a name for it.

    Raises `NotFound` for an unknown body.
    """
    count = _write(path, Sheet.APPOINTMENTS, _POST_HEADINGS, map(_post, posts(app, actor, chosen)))
    narrowed: Variables = {"with_ended": chosen.with_ended}
    _note(app, actor, Sheet.APPOINTMENTS, chosen.selected_id, count, narrowed)
    return POSTS_FILE


def _write(path: Path, sheet: Sheet, headings: Sequence[str], rows: Iterable[Sequence[str]]) -> int:
    """Write a workbook of one sheet; returns the number of rows."""
    count = 0
    with WorkbookWriter(path) as writer:
        styles = [ColumnStyle(heading, 20) for heading in (*headings, REMARK.heading)]
        writer.sheet(SHEET_NAMES[sheet], styles)
        for row in rows:
            writer.row(row)
            count += 1
    return count


def _note(
    app: Application,
    actor: Actor,
    sheet: Sheet,
    body: int | None,
    count: int,
    narrowed: Variables,
) -> None:
    with app.database.write() as session:
        record(
            session,
            AuditEntry(
                book=Book.ACCESS,
                kind=AuditKind.EXPORTED,
                entered_at=app.clock.now(),
                subject_kind=SubjectKind.ROSTER,
                subject_id=body or "",
                actor_id=actor.person_id,
                capacity=actor.title,
                data={"sheet": sheet, "body": body, "rows": count, **narrowed},
            ),
        )


def _person(row: PersonRow, columns: Sequence[str]) -> list[str]:
    words = {
        "sex": row.sex,
        "kind": row.kind_name,
        "status": row.status_name,
        "since": _day(row.status_since),
        "body": row.organization_name,
        "posts": "、".join(row.posts),
    }
    return [row.name, *(words[key] for key in columns), _remark(is_sample=row.is_sample)]


def _body(row: BodyRow) -> list[str]:
    return [
        row.code,
        row.name,
        row.kind_name,
        row.level_name,
        row.parent_name,
        row.secretary,
        "、".join(row.vacant),
        str(row.people),
        "有" if row.has_approval_power else "",
        "已撤销或合并" if row.is_dissolved else "",
        _remark(is_sample=row.is_sample),
    ]


def _post(row: PostRow) -> list[str]:
    return [
        row.name,
        row.body_code,
        row.body_name,
        row.post_name,
        _day(row.starts_on),
        row.document_number,
        _day(row.ends_on),
        row.end_document,
        _remark(is_sample=row.is_sample),
    ]


def _day(day: date | None) -> str:
    return day.isoformat() if day is not None else ""


def _remark(*, is_sample: bool) -> str:
    return SAMPLE if is_sample else ""
