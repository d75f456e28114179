"""Reading how far imports are."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.bootstrap import Application
from services.identity.actor import Actor
from services.jobs.models import Job, JobState
from services.roster.commands import own_import, work_key
from services.roster.counts import counts_of
from services.roster.models import Effect, RosterImport, RosterRow
from services.roster.names import PHASE_NAMES, SHEET_NAMES
from services.roster.rows import unpack
from services.roster.views import ImportItem, ImportView, RowView, SheetCounts

SHOWN = 50
IMPORTS_SHOWN = 20


def imports(app: Application, actor: Actor) -> tuple[ImportItem, ...]:
    """Return the imports the actor ordered, the newest first."""
    with app.database.read() as session:
        rows = session.scalars(
            select(RosterImport)
            .where(RosterImport.ordered_by == actor.person_id)
            .order_by(RosterImport.id.desc())
            .limit(IMPORTS_SHOWN)
        )
        return tuple(
            ImportItem(row.id, row.file_name, PHASE_NAMES[row.phase], row.ordered_at)
            for row in rows
        )


def progress(app: Application, actor: Actor | None, import_id: int) -> ImportView:
    """Return an import of the actor (None: the command line); raises `NotFound`."""
    with app.database.read() as session:
        row = own_import(session, actor, import_id)
        given_up = session.scalar(
            select(Job.id)
            .where(Job.key == work_key(import_id), Job.state == JobState.FAILED)
            .limit(1)
        )
        return ImportView(
            id=row.id,
            file_name=row.file_name,
            phase=row.phase,
            phase_name=PHASE_NAMES[row.phase],
            ordered_at=row.ordered_at,
            ended_at=row.ended_at,
            failure=row.failure,
            done=sum(sum(effects.values()) for effects in counts_of(row).values()),
            total=row.total,
            sheets=tuple(
                SheetCounts(SHEET_NAMES[sheet], effects)
                for sheet, effects in counts_of(row).items()
            ),
            refused=tuple(rows_of(session, import_id, Effect.REFUSED, SHOWN)),
            changed=tuple(rows_of(session, import_id, Effect.CHANGED, SHOWN)),
            has_stalled=given_up is not None,
        )


def rows_of(session: Session, import_id: int, effect: Effect, limit: int) -> Iterator[RowView]:
    """Yield the first stored rows of an effect."""
    rows = session.scalars(
        select(RosterRow)
        .where(RosterRow.import_id == import_id, RosterRow.effect == effect)
        .order_by(RosterRow.id)
        .limit(limit)
    )
    for row in rows:
        title = unpack(row.cells)[0]
        yield RowView(SHEET_NAMES[row.sheet], row.number, title, tuple(row.remarks.split("\n")))
