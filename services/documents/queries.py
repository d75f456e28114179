"""Reading attachments, only ever through the case they belong to."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.bootstrap import Application
from services.cases.access import visible_instance
from services.cases.views import AttachmentView
from services.documents.models import Attachment
from services.errors import NotFound
from services.identity.actor import Actor
from services.people.models import Person


def attachments_of(session: Session, instance_id: int) -> tuple[AttachmentView, ...]:
    """Return the files of a case, the oldest first; whether it may be seen is asked before."""
    rows = session.execute(
        select(Attachment, Person.name)
        .join(Person, Person.id == Attachment.uploaded_by)
        .where(Attachment.instance_id == instance_id)
        .order_by(Attachment.id)
    )
    return tuple(_view(attachment, uploader) for attachment, uploader in rows)


def open_attachment(
    app: Application, actor: Actor, attachment_id: int
) -> tuple[AttachmentView, str, Path]:
    """Return a file with its media type and place.

    Only for those who may see its case (before a case is started: for who stored the file); for
    everybody else `NotFound`, as for a file that does not exist.  Raises `FileDamaged` when its
    content is not what was taken in.
    """
    with app.database.read() as session:
        found = session.execute(
            select(Attachment, Person.name)
            .join(Person, Person.id == Attachment.uploaded_by)
            .where(Attachment.id == attachment_id)
        ).one_or_none()
        if found is None:
            raise NotFound
        attachment, uploader = found
        if attachment.instance_id is not None:
            visible_instance(session, actor, attachment.instance_id)
        elif attachment.uploaded_by != actor.person_id:
            raise NotFound
    return _view(attachment, uploader), attachment.media_type, app.files.checked(attachment.sha256)


def _view(row: Attachment, uploader: str) -> AttachmentView:
    return AttachmentView(row.id, row.file_name, row.size, uploader, row.uploaded_at)
