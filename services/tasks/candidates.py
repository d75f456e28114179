"""Lane → post → people: who may take a user task, and why it is theirs.

Groups stay groups: a candidate is a post in a body, joined with the appointments at read time.
The person a case is about never acts on it through a post (MD-32).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, and_, exists, false, or_, select, tuple_
from sqlalchemy.orm import Session

from engine.model import Variables
from engine.procedure import Candidate, LaneRule, Procedure, Scope
from services.identity.actor import POST_NAMES, Actor
from services.organizations.models import Organization
from services.organizations.queries import approver_of, department_above
from services.people.models import Appointment, Person, Post
from services.people.queries import held_on, holders
from services.processes.models import ProcessInstance
from services.tasks.models import TaskCandidate, UserTask


@dataclass(frozen=True, slots=True)
class Candidates:
    """The answer for one lane; `reason` tells why the fallback was taken, else it is empty."""

    posts: tuple[tuple[int, Post], ...] = ()
    people: tuple[int, ...] = ()
    organization_id: int | None = None
    reason: str = ""


def resolve(
    session: Session,
    procedure: Procedure,
    lane_id: str,
    instance: ProcessInstance,
    variables: Variables,
    on: date,
) -> Candidates:
    """Find the candidates of a lane; follow the named fallback while nobody is there."""
    reasons: list[str] = []
    seen: set[str] = set()
    while lane_id and lane_id not in seen:
        seen.add(lane_id)
        rule = procedure.lanes[lane_id]
        found = _resolve_rule(session, rule, instance, variables, on)
        if found.people or _anybody(session, found, instance, on):
            return Candidates(found.posts, found.people, found.organization_id, "；".join(reasons))
        name = procedure.drawn_lanes[lane_id].name
        target = rule.fallback and procedure.drawn_lanes[rule.fallback].name
        reasons.append(
            f"“{name}”目前无人任职，转由“{target}”办理" if target else f"“{name}”目前无人任职"
        )
        last = found
        lane_id = rule.fallback or ""
    return Candidates(last.posts, last.people, last.organization_id, "；".join(reasons))


def _resolve_rule(
    session: Session,
    rule: LaneRule,
    instance: ProcessInstance,
    variables: Variables,
    on: date,
) -> Candidates:
    if rule.candidate is Candidate.SUBJECT:
        people = (instance.subject_id,) if instance.subject_id is not None else ()
        return Candidates(people=people, organization_id=instance.organization_id)
    if rule.candidate is Candidate.VARIABLE:
        return Candidates(
            people=_people_in(variables.get(rule.variable or "")),
            organization_id=instance.organization_id,
        )
    organization_id = _body(session, rule.scope, instance.organization_id, on)
    if organization_id is None:
        return Candidates()
    return Candidates(
        posts=tuple((organization_id, Post(post)) for post in rule.posts),
        organization_id=organization_id,
    )


def _people_in(value: object) -> tuple[int, ...]:
    values = value if isinstance(value, list) else [value]
    return tuple(int(v) for v in values if isinstance(v, str) and v.isdigit())


def _body(session: Session, scope: Scope, own: int, on: date) -> int | None:
    if scope is Scope.PARENT:
        return session.get_one(Organization, own).parent_id
    if scope in {Scope.APPROVER, Scope.ABOVE_APPROVER}:
        body = approver_of(session, own, on)
        if body is not None and scope is Scope.ABOVE_APPROVER:
            body = department_above(session, body.id)
        return body.id if body is not None else None
    return own


def _anybody(session: Session, found: Candidates, instance: ProcessInstance, on: date) -> bool:
    return bool(people_of(session, found, instance, on))


def people_of(
    session: Session, found: Candidates, instance: ProcessInstance, on: date
) -> tuple[Person, ...]:
    """Return the people behind candidates today, without the person the case is about."""
    people: dict[int, Person] = {}
    if found.people:
        named = session.scalars(select(Person).where(Person.id.in_(found.people)))
        people = {person.id: person for person in named}
    bodies = {organization_id for organization_id, _ in found.posts}
    for body in bodies:
        posts = [post for organization_id, post in found.posts if organization_id == body]
        for person in holders(session, body, posts, on):
            if person.id != instance.subject_id:
                people[person.id] = person
    return tuple(people.values())


def holders_of(session: Session, tasks: Collection[UserTask], on: date) -> dict[str, list[str]]:
    """Return “name（post）” of everyone who may take the tasks on the day, by task id.

    The number of statements does not depend on the number of tasks.
    """
    rows = session.execute(
        select(TaskCandidate, ProcessInstance.subject_id)
        .join(UserTask, UserTask.id == TaskCandidate.task_id)
        .join(ProcessInstance, ProcessInstance.id == UserTask.instance_id)
        .where(TaskCandidate.task_id.in_([task.id for task in tasks]))
        .order_by(TaskCandidate.id)
    ).all()
    people = names_of(session, {row.person_id for row, _ in rows if row.person_id is not None})
    held = _holders_by_post(
        session, {(row.organization_id, row.post) for row, _ in rows if row.post is not None}, on
    )
    found: dict[str, dict[int, str]] = {task.id: {} for task in tasks}
    for row, _ in rows:
        if row.person_id is not None:
            found[row.task_id][row.person_id] = people[row.person_id]
    for row, subject_id in rows:
        for person_id, name in held[row.organization_id, row.post]:
            if person_id != subject_id:
                found[row.task_id].setdefault(person_id, name)
    return {task_id: list(names.values()) for task_id, names in found.items()}


def names_of(session: Session, person_ids: Collection[int]) -> dict[int, str]:
    """Return the names of people by id."""
    if not person_ids:
        return {}
    rows = session.execute(select(Person.id, Person.name).where(Person.id.in_(person_ids)))
    return {person_id: name for person_id, name in rows}  # noqa: C416 - rows are not pairs to mypy


def _holders_by_post(
    session: Session, posts: Collection[tuple[int | None, str | None]], on: date
) -> Mapping[tuple[int | None, str | None], list[tuple[int, str]]]:
    found: dict[tuple[int | None, str | None], list[tuple[int, str]]] = defaultdict(list)
    rows = session.execute(
        select(Appointment.organization_id, Appointment.post, Person.id, Person.name)
        .join(Person, Person.id == Appointment.person_id)
        .where(tuple_(Appointment.organization_id, Appointment.post).in_(posts), held_on(on))
        .order_by(Appointment.starts_on, Appointment.id)
    )
    for organization_id, post, person_id, name in rows:
        found[organization_id, str(post)].append((person_id, f"{name}（{POST_NAMES[post]}）"))
    return found


def is_candidate(actor: Actor) -> ColumnElement[bool]:
    """SQL: the task of the enclosing query may be taken by the actor.

    The enclosing query selects from `UserTask` joined with `ProcessInstance`.
    """
    by_person = TaskCandidate.person_id == actor.person_id
    held = [(p.organization_id, str(p.post)) for p in actor.posts]
    by_post: ColumnElement[bool] = false()
    if held:
        by_post = and_(
            tuple_(TaskCandidate.organization_id, TaskCandidate.post).in_(held),
            or_(
                ProcessInstance.subject_id.is_(None),
                ProcessInstance.subject_id != actor.person_id,
            ),
        )
    return (
        exists()
        .where(TaskCandidate.task_id == UserTask.id, or_(by_person, by_post))
        .correlate(UserTask, ProcessInstance)
    )


def may_take(session: Session, actor: Actor, task: UserTask) -> bool:
    """Tell whether the actor is the assignee, or a candidate of an unclaimed task."""
    return bool(which_may_take(session, actor, [task]))


def which_may_take(session: Session, actor: Actor, tasks: Collection[UserTask]) -> frozenset[str]:
    """Return the ids of the tasks the actor may take; one statement, however many there are."""
    own = {task.id for task in tasks if task.assignee_id == actor.person_id}
    free = [task.id for task in tasks if task.assignee_id is None]
    if free:
        own.update(
            session.scalars(
                select(UserTask.id)
                .join(ProcessInstance, ProcessInstance.id == UserTask.instance_id)
                .where(UserTask.id.in_(free), is_candidate(actor))
            )
        )
    return frozenset(own)
