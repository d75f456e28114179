"""Clearing away what was uploaded for a form that was never sent in."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from services.audit.books import AuditEntry, record
from services.audit.models import AuditKind, Book, SubjectKind
from services.bootstrap import Application
from services.documents.models import Attachment

log = structlog.get_logger()


def clear_uploads(app: Application, session: Session, now: datetime) -> int:
    """Remove files no case has, older than the setting says; returns how many.

    Each is recorded by its number and digest.  The content goes unless another file has the same,
    or it was stored again just now.
    """
    before = now - timedelta(days=int(app.settings.keep_uploads_days))
    orphans = session.scalars(
        select(Attachment)
        .where(Attachment.instance_id.is_(None), Attachment.uploaded_at < before)
        .order_by(Attachment.id)
        .with_for_update()  # one that is just being sent in is let go
    ).all()
    if not orphans:
        return 0
    gone = {row.sha256 for row in orphans}
    session.execute(delete(Attachment).where(Attachment.id.in_([row.id for row in orphans])))
    kept = set(session.scalars(select(Attachment.sha256).where(Attachment.sha256.in_(gone))))
    for row in orphans:
        record(
            session,
            AuditEntry(
                book=Book.SETTINGS,
                kind=AuditKind.UPLOAD_CLEARED,
                entered_at=now,
                subject_kind=SubjectKind.DOCUMENT,
                subject_id=row.id,
                data={"sha256": row.sha256, "size": row.size},
            ),
        )
    for sha256 in gone - kept:
        app.files.remove_old(sha256, before)
    log.info("uploads cleared", files=len(orphans))
    return len(orphans)
