"""Opening a case because an event has happened: a message, a signal, the time, or a condition.

Only the case is opened; everything in it waits for people as ever.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from sqlalchemy.orm import Session

from engine import runtime
from engine.compliance import rule_version_for
from engine.errors import ExpressionError
from engine.expressions import evaluate
from engine.functions import feel_functions
from engine.model import TriggerKind, Value, Variables
from engine.procedure import EventStartRule, Post, Procedure, Subject, completion_key
from services.audit.models import EntryKind
from services.bootstrap import Application
from services.calendars import load_calendar
from services.cases.errors import CaseUnplaced
from services.cases.facts import known_facts
from services.cases.opening import About, new_instance, refuse_second
from services.cases.write_path import Deed, LockedCase
from services.db import NO_KEY_UPDATE
from services.events.outbox import Thrown
from services.organizations.models import Organization
from services.people.models import Person
from services.people.queries import holders
from services.processes.models import Deployment, ProcessInstance

HEADS: Final = (Post.SECRETARY, Post.DEPARTMENT_HEAD, Post.DEPUTY_SECRETARY)
"""Who stands for a body when nobody has acted, first come first."""


@dataclass(frozen=True, slots=True)
class Occasion:
    """What starts a case at `element_id`, and with what; `details` go to its journal."""

    element_id: str
    acted_on: date
    payload: Variables = field(default_factory=dict)
    details: Variables = field(default_factory=dict)


def open_case(
    app: Application, session: Session, deployment: Deployment, about: About, occasion: Occasion
) -> LockedCase:
    """Open a case of a deployment the caller has locked, and run it to its first quiet point.

    Raises `CaseUnplaced`, and `Conflict` when the person has a running case already.
    """
    procedure = app.procedures.get(session, deployment.id)
    subject = _subject(session, procedure, about.subject_id)
    now = app.clock.now()
    element = occasion.element_id
    acted_on = occasion.acted_on
    rule_version = rule_version_for(procedure, acted_on)
    variables: dict[str, Value] = {
        **occasion.payload,
        **known_facts(session, subject, about.organization_id),
        completion_key(element): acted_on,
        f"{element}_dates": [acted_on],
        f"{element}_rule_version": rule_version,
        "rule_version": rule_version,
    }
    placed = About(about.organization_id, subject.id if subject else None, about.started_by)
    instance = new_instance(session, deployment, procedure, placed, now)
    case = LockedCase(app, session, instance, procedure, now, variables)
    advance = runtime.start(
        procedure.process,
        variables,
        start_event=element,
        now=now,
        environment=case.environment,
    )
    case.settle(
        advance,
        Deed(
            kind=EntryKind.CASE_STARTED,
            acted_on=acted_on,
            opens_from=acted_on,
            element_id=element,
            details={"deployment": deployment.id, **occasion.details},
        ),
    )
    return case


def placed_by(session: Session, procedure: Procedure, element_id: str, thrown: Thrown) -> About:
    """Return where a case belongs that a message or signal starts; raises `CaseUnplaced`."""
    rule = procedure.starts.get(element_id, EventStartRule(element_id))
    source = session.get_one(ProcessInstance, thrown.source_id)
    functions = feel_functions(load_calendar(), thrown.sending.thrown_at)
    values: Mapping[str, tuple[str | None, int | None]] = {
        "organization": (rule.organization, source.organization_id),
        "subject": (rule.subject, source.subject_id),
    }
    found: dict[str, int | None] = {}
    for name, (text, default) in values.items():
        value = thrown.payload.get(name)
        if text is not None:
            try:
                value = evaluate(text, thrown.payload, functions, element_id)
            except ExpressionError as error:
                raise CaseUnplaced(error.message) from error
        if value is None and text is None:
            found[name] = default
        else:
            found[name] = _number(value)
    organization_id = found["organization"]
    if organization_id is None or session.get(Organization, organization_id) is None:
        raise CaseUnplaced
    return About(organization_id, found["subject"], thrown.sending.actor_id)


def head_of(session: Session, organization_id: int, on: date) -> int:
    """Return who stands for a body, else for the nearest body above; raises `CaseUnplaced`."""
    above: int | None = organization_id
    while above is not None:
        for post in HEADS:
            for person in holders(session, above, [post], on):
                return person.id
        above = session.get_one(Organization, above).parent_id
    raise CaseUnplaced


def lock_deployment(session: Session, deployment_id: int) -> Deployment:
    """Lock a deployment: starts of one version wait for each other."""
    return session.get_one(
        Deployment, deployment_id, with_for_update=NO_KEY_UPDATE, populate_existing=True
    )


def occasion_of(session: Session, element_id: str, thrown: Thrown, kind: TriggerKind) -> Occasion:
    """Return what a message or signal gives to the case it starts."""
    return Occasion(
        element_id,
        thrown.sending.acted_on,
        thrown.payload,
        {kind.value: thrown.name, "source": source_number(session, thrown)},
    )


def timed(element_id: str, due_at: datetime, today: date) -> Occasion:
    """Return what a timer, or the look at a condition, gives to the case it starts."""
    return Occasion(element_id, today, details={"due_at": due_at.isoformat()})


def source_number(session: Session, thrown: Thrown) -> str:
    """Return the number of the case that sent something."""
    return session.get_one(ProcessInstance, thrown.source_id).number


def _subject(session: Session, procedure: Procedure, subject_id: int | None) -> Person | None:
    if procedure.subject is Subject.NONE:
        return None
    person = session.get(Person, subject_id) if subject_id is not None else None
    if person is None:
        raise CaseUnplaced
    refuse_second(session, procedure, person)
    return person


def _number(value: object) -> int | None:
    """Return an id as variables hold it: a text of digits."""
    return int(value) if isinstance(value, str) and value.isdecimal() else None
