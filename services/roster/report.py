"""The report of an import: every row that was refused, as it was sent, with the reason."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import select

from services.audit.books import AuditEntry, record
from services.audit.models import AuditKind, Book, SubjectKind
from services.bootstrap import Application
from services.errors import NotFound
from services.identity.actor import Actor
from services.roster.columns import COLUMNS, REASON
from services.roster.commands import own_import
from services.roster.models import Effect, RosterImport, RosterRow, Sheet
from services.roster.names import SHEET_NAMES
from services.roster.rows import unpack
from services.spreadsheets.writing import ColumnStyle, WorkbookWriter

AT_A_TIME = 500


def write_report(app: Application, actor: Actor | None, import_id: int, path: Path) -> str:
    """Write the refused rows to a workbook and return a name for it.

    It can be corrected and sent in again.  Only for who ordered the import; what was read is noted
    in the book of access, since it holds identity numbers.  Raises `NotFound`, also when no row was
    refused or the rows have been deleted after their time.
    """
    _note(app, actor, import_id)
    with app.database.read() as session, WorkbookWriter(path) as writer:
        name = session.get_one(RosterImport, import_id).file_name
        begun: Sheet | None = None
        rows = session.execute(
            select(RosterRow.sheet, RosterRow.cells, RosterRow.remarks)
            .where(RosterRow.import_id == import_id, RosterRow.effect == Effect.REFUSED)
            .order_by(RosterRow.id)
            .execution_options(yield_per=AT_A_TIME)
        )
        for sheet, cells, remarks in rows:
            if sheet is not begun:
                styles = [column.style for column in COLUMNS[sheet]]
                writer.sheet(SHEET_NAMES[sheet], [*styles, ColumnStyle(REASON, 60)])
                begun = sheet
            writer.row([*unpack(cells), remarks])
    return f"{Path(name).stem}-有误的行.xlsx"


def _note(app: Application, actor: Actor | None, import_id: int) -> None:
    with app.database.write() as session:
        own_import(session, actor, import_id)
        some = select(RosterRow.id).where(
            RosterRow.import_id == import_id, RosterRow.effect == Effect.REFUSED
        )
        if session.scalar(some.limit(1)) is None:
            raise NotFound("没有可以下载的行。", "有误的行在导入结束三十天后删除。")
        record(
            session,
            AuditEntry(
                book=Book.ACCESS,
                kind=AuditKind.SENSITIVE_READ,
                entered_at=app.clock.now(),
                subject_kind=SubjectKind.ROSTER,
                subject_id=import_id,
                actor_id=actor.person_id if actor else None,
                capacity=actor.title if actor else "",
                data={"report": True},
            ),
        )
