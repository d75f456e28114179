"""Whether a person acts in the lanes of a case."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from sqlalchemy.orm import Session

from engine.procedure import Procedure
from engine.values import load_values
from services.identity.actor import Actor
from services.processes.models import ProcessInstance
from services.tasks.candidates import people_of, resolve


def acts_in_any(
    session: Session,
    procedure: Procedure,
    instance: ProcessInstance,
    lanes: Iterable[str],
    actor: Actor,
    on: date,
) -> bool:
    """Tell whether the actor is a candidate of one of the lanes on that day."""
    variables = load_values(instance.variables)
    return any(
        person.id == actor.person_id
        for lane_id in lanes
        for person in people_of(
            session, resolve(session, procedure, lane_id, instance, variables, on), instance, on
        )
    )
