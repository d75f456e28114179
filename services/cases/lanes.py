"""Who acts in the lanes of a case, and who may do what to it from outside its flow."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from sqlalchemy.orm import Session

from engine.procedure import CaseOperation, Procedure
from engine.values import load_values
from services.identity.actor import Actor
from services.people.models import Person
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
    people = people_in(session, procedure, instance, lanes, on)
    return any(person.id == actor.person_id for person in people)


def may_operate(
    session: Session,
    procedure: Procedure,
    instance: ProcessInstance,
    operation: CaseOperation,
    actor: Actor,
    on: date,
) -> bool:
    """Tell whether `[operations]` lets the actor do this; never the person the case is about."""
    lanes = procedure.operations.get(operation, ())
    return actor.person_id != instance.subject_id and acts_in_any(
        session, procedure, instance, lanes, actor, on
    )


def people_for(
    session: Session,
    procedure: Procedure,
    instance: ProcessInstance,
    operation: CaseOperation,
    on: date,
) -> tuple[Person, ...]:
    """Return who may do this to the case that day."""
    lanes = procedure.operations.get(operation, ())
    found = people_in(session, procedure, instance, lanes, on)
    return tuple(person for person in found if person.id != instance.subject_id)


def people_in(
    session: Session,
    procedure: Procedure,
    instance: ProcessInstance,
    lanes: Iterable[str],
    on: date,
) -> tuple[Person, ...]:
    """Return the candidates of lanes on that day, each once."""
    variables = load_values(instance.variables)
    found: dict[int, Person] = {}
    for lane_id in lanes:
        candidates = resolve(session, procedure, lane_id, instance, variables, on)
        found |= {p.id: p for p in people_of(session, candidates, instance, on)}
    return tuple(found.values())
