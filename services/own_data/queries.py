"""What is held on a person, as that person may see it.

Nothing here depends on what is withheld: whether there are such records cannot be told from what
is shown, nor from what is not.  So reads for supervision and by discipline posts are left out
without a trace, and one sentence about withheld matters stands on everybody's page.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.values import load_values
from services.audit.models import AuditKind, AuditRow, Book, SubjectKind
from services.bootstrap import Application
from services.cases.queries import done, started
from services.cases.views import InboxItem, Listing, StartedItem
from services.clock import SHANGHAI
from services.disclosure.purposes import PURPOSE_NAMES, Purpose
from services.identity.actor import POST_NAMES, Actor
from services.people.models import Post
from services.people.queries import PersonView, person_page

READS_SHOWN = 100
WITHHELD = frozenset({Purpose.SUPERVISION, Purpose.OTHER})
"""Purposes that may tell of something the person is not to know yet."""


@dataclass(frozen=True, slots=True)
class ReadItem:
    """A read of the person's data in full: when (Asia/Shanghai), in which post, what for, what."""

    read_at: datetime
    capacity: str
    purpose_name: str
    what: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OwnData:
    """What the register holds, the cases about them or started by them, and who read what.

    `handled` is what they did in cases, whomever these are about.
    """

    person: PersonView
    cases: Listing[StartedItem]
    handled: Listing[InboxItem]
    reads: tuple[ReadItem, ...]


def own_data(app: Application, actor: Actor, *, page: int = 1) -> OwnData:
    """Return what is held on the actor; `page` (from 1) is that of both lists."""
    with app.database.read() as session:
        reads = _reads(session, actor)
    return OwnData(
        person=person_page(app, actor, actor.person_id),
        cases=started(app, actor, page=page),
        handled=done(app, actor, page=page),
        reads=reads,
    )


def _reads(session: Session, actor: Actor) -> tuple[ReadItem, ...]:
    """Return who read the actor's data in full, the newest first; their own reads are left out."""
    query = (
        select(AuditRow)
        .where(
            AuditRow.book == Book.ACCESS,
            AuditRow.kind == AuditKind.SENSITIVE_READ,
            AuditRow.subject_kind == SubjectKind.PERSON,
            AuditRow.subject_id == str(actor.person_id),
            AuditRow.actor_id != actor.person_id,
        )
        .order_by(AuditRow.id.desc())
        .execution_options(yield_per=READS_SHOWN)
    )
    # Cut to a length only here: a limit in the query would count what is withheld.
    with session.scalars(query) as rows:
        return tuple(islice(_told(rows), READS_SHOWN))


def _told(rows: Iterable[AuditRow]) -> Iterator[ReadItem]:
    for row in rows:
        data = load_values(row.data)
        purpose = str(data.get("purpose", ""))
        if purpose in WITHHELD or POST_NAMES[Post.DISCIPLINE_COMMISSIONER] in row.capacity:
            continue
        what = data.get("read")
        yield ReadItem(
            read_at=row.entered_at.astimezone(SHANGHAI),
            capacity=row.capacity,
            purpose_name=PURPOSE_NAMES[Purpose(purpose)],
            what=tuple(map(str, what)) if isinstance(what, list) else (),
        )
