"""Whether a person acts in a lane of a case."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from engine.procedure import Procedure
from engine.values import load_values
from services.identity.actor import Actor
from services.processes.models import ProcessInstance
from services.tasks.candidates import people_of, resolve


def acts_in_lane(
    session: Session,
    procedure: Procedure,
    instance: ProcessInstance,
    lane_id: str,
    actor: Actor,
    on: date,
) -> bool:
    """Tell whether the actor is a candidate of the lane on that day."""
    found = resolve(session, procedure, lane_id, instance, load_values(instance.variables), on)
    return any(p.id == actor.person_id for p in people_of(session, found, instance, on))
