"""Journaling what happens to a task without moving the case."""

from __future__ import annotations

from sqlalchemy.orm import Session

from engine.model import Value, Variables
from services.audit.journal import Entry, append
from services.audit.models import EntryKind
from services.bootstrap import Application
from services.identity.actor import Actor
from services.processes.models import ProcessInstance
from services.tasks.models import UserTask


def on_behalf(actor: Actor | None) -> dict[str, Value]:
    """Return the detail that names, by id, for whom the actor acts; empty for themselves."""
    if actor is None or actor.acting_for is None:
        return {}
    return {"on_behalf_of": actor.principal_id}


def record(
    app: Application,
    session: Session,
    instance: ProcessInstance,
    actor: Actor | None,
    task: UserTask | None,
    kind: EntryKind,
    data: Variables | None = None,
) -> None:
    """Append an entry dated today; `data["people"]` names, by id, whom the act concerns.

    `actor` is None for what the system does by itself, `task` for what is done on the whole case.
    """
    now = app.clock.now()
    details = {**(data or {}), **on_behalf(actor)}
    append(
        session,
        instance,
        Entry(
            kind=kind,
            acted_on=now.date(),
            entered_at=now,
            actor_id=actor.person_id if actor is not None else None,
            capacity=actor.title if actor is not None else "",
            element_id=task.element_id if task is not None else "",
            task_id=task.id if task is not None else "",
            data={key: value for key, value in details.items() if value not in ("", [], None)},
        ),
    )
