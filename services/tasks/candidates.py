"""Lane → post → people: who may take a user task, and why it is theirs.

Groups stay groups: a candidate is a post in a body, joined with the appointments at read time.
The person a case is about never acts on it through a post (MD-32).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import ColumnElement, and_, exists, false, or_, select, tuple_
from sqlalchemy.orm import Session

from engine.model import Variables
from engine.procedure import Candidate, LaneRule, Procedure, Scope
from services.identity.actor import Actor
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
    return resolve_all(session, procedure, instance, [(lane_id, variables)], on)[0]


def resolve_all(
    session: Session,
    procedure: Procedure,
    instance: ProcessInstance,
    wanted: Sequence[tuple[str, Variables]],
    on: date,
) -> tuple[Candidates, ...]:
    """Find the candidates of several lanes, each with what its task knows.

    Who is there is asked once for all of them, and once more for the fallbacks of those where
    nobody is.
    """
    searches = [_Search(procedure, lane_id, variables) for lane_id, variables in wanted]
    while waiting := [search for search in searches if not search.is_over]:
        for search in waiting:
            search.found = _resolve_rule(session, search.rule, instance, search.variables, on)
        posts = {held for search in waiting for held in search.found.posts}
        held = _held_by_others(session, posts, instance, on) if posts else frozenset()
        for search in waiting:
            if not search.found.people and held.isdisjoint(search.found.posts):
                search.fall_back()
            else:
                search.is_over = True
    return tuple(replace(search.found, reason="；".join(search.reasons)) for search in searches)


class _Search:
    """The way from a lane along its fallbacks to the first where somebody is."""

    def __init__(self, procedure: Procedure, lane_id: str, variables: Variables) -> None:
        self.variables = variables
        self.found = Candidates()
        self.reasons: list[str] = []
        self.is_over = False
        self._procedure = procedure
        self._lanes = [lane_id]

    @property
    def rule(self) -> LaneRule:
        """Who acts in the lane reached."""
        return self._procedure.lanes[self._lanes[-1]]

    def fall_back(self) -> None:
        """Go on to the next lane, if there is one that was not tried."""
        drawn = self._procedure.drawn_lanes
        name = drawn[self._lanes[-1]].name
        fallback = self.rule.fallback
        self.reasons.append(
            f"“{name}”目前无人任职，转由“{drawn[fallback].name}”办理"
            if fallback
            else f"“{name}”目前无人任职"
        )
        if fallback and fallback not in self._lanes:
            self._lanes.append(fallback)
        else:
            self.is_over = True


def _held_by_others(
    session: Session, posts: Collection[tuple[int, Post]], instance: ProcessInstance, on: date
) -> frozenset[tuple[int, Post]]:
    """Return which posts somebody holds other than the person the case is about."""
    query = (
        select(Appointment.organization_id, Appointment.post)
        .where(tuple_(Appointment.organization_id, Appointment.post).in_(posts), held_on(on))
        .distinct()
    )
    if instance.subject_id is not None:
        query = query.where(Appointment.person_id != instance.subject_id)
    return frozenset((body, Post(post)) for body, post in session.execute(query))


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


def names_of(session: Session, person_ids: Collection[int]) -> dict[int, str]:
    """Return the names of people by id."""
    if not person_ids:
        return {}
    rows = session.execute(select(Person.id, Person.name).where(Person.id.in_(person_ids)))
    return {person_id: name for person_id, name in rows}  # noqa: C416 - rows are not pairs to mypy


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
