"""Lane → group → people: who may take a user task, and why it is theirs.

Groups stay groups: a candidate is a post in a body, or the members of one, joined with the register
at read time.  Whoever is to be kept out of the case is no candidate, see `services.recusal.rules`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TypeAlias

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    and_,
    exists,
    false,
    literal,
    or_,
    select,
    tuple_,
    type_coerce,
    union_all,
)
from sqlalchemy.orm import Session

from engine.model import Variables
from engine.procedure import Candidate, LaneRule, Procedure
from services.identity.actor import HeldPost
from services.people.models import Appointment, Person, PoliticalStatus, Post
from services.people.queries import held_on
from services.processes.models import ProcessInstance
from services.processes.stand_ins import in_place_of
from services.recusal.rules import is_recused, is_subject
from services.tasks.arranging import Arranger, arranger
from services.tasks.bodies import body_of
from services.tasks.models import MEMBERS, TaskCandidate, TaskState, UserTask

Group: TypeAlias = tuple[int, str]
"""A body and a post in it, or `MEMBERS`."""

There: TypeAlias = Select[tuple[str, int, str, int, bool]]


@dataclass(frozen=True, slots=True)
class Candidates:
    """The answer for one lane; `reason` tells why the fallback was taken, else it is empty.

    `arranged_by` is the body that has to name somebody, because nobody is there.
    """

    groups: tuple[Group, ...] = ()
    people: tuple[int, ...] = ()
    organization_id: int | None = None
    reason: str = ""
    arranged_by: int | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """A lane to find people for, with what its task knows, and whose doers it keeps out."""

    lane_id: str
    variables: Variables
    separate_from: str = ""


def resolve(
    session: Session,
    procedure: Procedure,
    lane_id: str,
    instance: ProcessInstance,
    variables: Variables,
    on: date,
    separate_from: str = "",
) -> Candidates:
    """Find the candidates of a lane; follow the named fallback while nobody is there."""
    wanted = Wanted(lane_id, variables, separate_from)
    return resolve_all(session, procedure, instance, [wanted], on)[0]


def resolve_all(
    session: Session,
    procedure: Procedure,
    instance: ProcessInstance,
    wanted: Sequence[Wanted],
    on: date,
) -> tuple[Candidates, ...]:
    """Find the candidates of several lanes, each with what its task knows.

    Who is there is asked once for all of them, and once more for the fallbacks of those where
    nobody is.  Where all fallbacks are exhausted, the body above has to name somebody.
    """
    searches = [_Search(procedure, one) for one in wanted]
    while waiting := [search for search in searches if not search.is_over]:
        for search in waiting:
            search.found = _resolve_rule(session, search.rule, instance, search.variables, on)
        _look(session, waiting, instance, on)
    if any(search.is_exhausted for search in searches):
        above = arranger(session, instance.organization_id, on)
        for search in searches:
            search.leave_to(above)
    return tuple(replace(search.found, reason="；".join(search.reasons)) for search in searches)


class _Search:
    """The way from a lane along its fallbacks to the first where somebody is."""

    def __init__(self, procedure: Procedure, wanted: Wanted) -> None:
        self.variables = wanted.variables
        self.separate_from = wanted.separate_from
        self.found = Candidates()
        self.reasons: list[str] = []
        self.is_over = False
        self.is_exhausted = False
        self._procedure = procedure
        self._lanes = [wanted.lane_id]

    @property
    def rule(self) -> LaneRule:
        """Who acts in the lane reached."""
        return self._procedure.lanes[self._lanes[-1]]

    @property
    def is_of_subject(self) -> bool:
        """Whether the lane is the subject's own, of which nobody is kept out."""
        return self.rule.candidate is Candidate.SUBJECT and bool(self.found.people)

    def settle(self, there: Iterable[bool]) -> None:
        """Stay in the lane if anybody is there who is not kept out, else go on to its fallback.

        `there` tells of everybody found whether they are kept out of the case.
        """
        kept = list(there)
        if self.is_of_subject or not all(kept):
            self.is_over = True
            return
        drawn = self._procedure.drawn_lanes
        fallback = self.rule.fallback
        why = f"“{drawn[self._lanes[-1]].name}”{self._why_empty(someone=bool(kept))}"
        self.reasons.append(f"{why}，转由“{drawn[fallback].name}”办理" if fallback else why)
        if fallback and fallback not in self._lanes:
            self._lanes.append(fallback)
        else:
            self.is_over = self.is_exhausted = True

    def _why_empty(self, *, someone: bool) -> str:
        if someone:
            return "的人员均须回避"
        if self.found.groups or self.rule.candidate in {Candidate.POST, Candidate.MEMBERS}:
            return "目前无人任职"
        return "尚未确定人员"

    def leave_to(self, above: Arranger | None) -> None:
        """Note who has to name somebody, if nobody was found."""
        if self.is_exhausted and above is not None:
            self.reasons.append(f"由{above.name}指定办理人")
            self.found = replace(self.found, arranged_by=above.organization_id)


def _look(
    session: Session, searches: Sequence[_Search], instance: ProcessInstance, on: date
) -> None:
    """Ask in one statement who is there for several lanes; the subject of a case always is."""
    queries: list[There] = []
    for separate_from in {search.separate_from for search in searches}:
        alike = [s for s in searches if s.separate_from == separate_from and not s.is_of_subject]
        groups = {group for search in alike for group in search.found.groups}
        people = {person for search in alike for person in search.found.people}
        queries += _there(groups, people, instance, on, separate_from)
    there: dict[tuple[str, Group], list[bool]] = defaultdict(list)
    if queries:
        for separate_from, body, group, person, is_kept in session.execute(union_all(*queries)):
            place = (body, group) if body else (0, str(person))
            there[separate_from, place].append(bool(is_kept))
    for search in searches:
        places = [*search.found.groups, *((0, str(person)) for person in search.found.people)]
        search.settle(is_kept for place in places for is_kept in there[search.separate_from, place])


def _there(
    groups: Collection[Group],
    people: Collection[int],
    instance: ProcessInstance,
    on: date,
    separate_from: str = "",
) -> list[There]:
    """SQL: everybody in the groups and of the people, and whether they are kept out of the case.

    Rows: the separation, body and group (0 and empty for people by name), person, kept out.
    """
    at_case = ProcessInstance.id == instance.id
    mark = literal(separate_from)
    posts = [(body, Post(group)) for body, group in groups if group != MEMBERS]
    bodies = [body for body, group in groups if group == MEMBERS]
    holder, member = Appointment.person_id, Person.id
    found: list[There] = []
    if posts:
        found.append(
            select(
                mark,
                Appointment.organization_id,
                type_coerce(Appointment.post, String),
                holder,
                or_(is_subject(holder), is_recused(holder, separate_from)),
            )
            .join(ProcessInstance, at_case)
            .where(tuple_(Appointment.organization_id, Appointment.post).in_(posts), held_on(on))
        )
    if bodies:
        found.append(
            select(
                mark,
                Person.organization_id,
                literal(MEMBERS),
                member,
                or_(is_subject(member), is_recused(member, separate_from)),
            )
            .join(ProcessInstance, at_case)
            .where(Person.organization_id.in_(bodies), is_full_member())
        )
    if people:
        found.append(
            select(mark, literal(0), literal(""), member, is_recused(member, separate_from))
            .join(ProcessInstance, at_case)
            .where(Person.id.in_(people), Person.left_on.is_(None))
        )
    return found


def those_meant(
    session: Session,
    found: Candidates,
    instance: ProcessInstance,
    on: date,
    separate_from: str,
) -> list[tuple[int, str, int, bool]]:
    """Return body, group, person, and whether they are kept out, of everybody candidates mean.

    Body and group are 0 and empty for people by name.
    """
    queries = _there(found.groups, found.people, instance, on, separate_from)
    if not queries:
        return []
    rows = session.execute(union_all(*queries))
    return [(body, group, person, bool(is_kept)) for _, body, group, person, is_kept in rows]


def is_full_member() -> ColumnElement[bool]:
    """SQL: the `Person` of the enclosing query is a full member of the body they belong to."""
    return and_(Person.status == PoliticalStatus.FULL, Person.left_on.is_(None))


def _resolve_rule(
    session: Session,
    rule: LaneRule,
    instance: ProcessInstance,
    variables: Variables,
    on: date,
) -> Candidates:
    match rule.candidate:
        case Candidate.SUBJECT:
            people = (instance.subject_id,) if instance.subject_id is not None else ()
            return Candidates(people=people, organization_id=instance.organization_id)
        case Candidate.STARTER:
            starter = named_by(session, rule, instance, variables)
            return Candidates(people=starter, organization_id=instance.organization_id)
        case Candidate.VARIABLE | Candidate.HANDLER:
            return _by_name(named_by(session, rule, instance, variables), instance)
        case Candidate.POST | Candidate.MEMBERS:
            body = body_of(session, rule, instance.organization_id, variables, on)
            if body is None:
                return Candidates()
            held = rule.posts if rule.candidate is Candidate.POST else (MEMBERS,)
            return Candidates(tuple((body, str(group)) for group in held), organization_id=body)


def _by_name(people: Iterable[int], instance: ProcessInstance) -> Candidates:
    """Return people named for a task that is not the subject's own: never the subject (MD-32)."""
    others = tuple(person for person in people if person != instance.subject_id)
    return Candidates(people=others, organization_id=instance.organization_id)


def named_by(
    session: Session, rule: LaneRule, instance: ProcessInstance, variables: Variables
) -> tuple[int, ...]:
    """Return whom a lane names by a form, an earlier step or the start; nobody for other lanes.

    In place of whoever has handed over stands their successor.
    """
    if rule.candidate is Candidate.VARIABLE:
        return in_place_of(instance, people_in(variables.get(rule.variable or "")))
    if rule.candidate is Candidate.HANDLER:
        return in_place_of(instance, _handlers(session, rule.tasks, instance))
    if rule.candidate is Candidate.STARTER:
        return in_place_of(instance, (instance.starter_id,))
    return ()


def people_in(value: object) -> tuple[int, ...]:
    """Return the people a variable names: one id as text, or a list of such."""
    values = value if isinstance(value, list) else [value]
    return tuple(int(v) for v in values if isinstance(v, str) and v.isdigit())


def _handlers(
    session: Session, elements: Sequence[str], instance: ProcessInstance
) -> tuple[int, ...]:
    """Return who did the latest of the steps: in whose name, where it was done for somebody."""
    row = session.execute(
        select(UserTask.on_behalf_of, UserTask.completed_by)
        .where(
            UserTask.instance_id == instance.id,
            UserTask.element_id.in_(elements),
            UserTask.state == TaskState.COMPLETED,
        )
        .order_by(UserTask.completed_at.desc())
        .limit(1)
    ).one_or_none()
    person = row and (row.on_behalf_of or row.completed_by)
    return (person,) if person else ()


def people_of(
    session: Session, found: Candidates, instance: ProcessInstance, on: date
) -> tuple[Person, ...]:
    """Return the people behind candidates today, without those kept out of the case."""
    if not found.groups and not found.people:
        return ()
    there = union_all(*_there(found.groups, found.people, instance, on)).subquery()
    _, _, _, person, is_kept = there.c
    return tuple(
        session.scalars(
            select(Person).where(Person.id.in_(select(person).where(~is_kept))).order_by(Person.id)
        )
    )


def names_of(session: Session, person_ids: Collection[int]) -> dict[int, str]:
    """Return the names of people by id."""
    if not person_ids:
        return {}
    rows = session.execute(select(Person.id, Person.name).where(Person.id.in_(person_ids)))
    return {person_id: name for person_id, name in rows}  # noqa: C416 - rows are not pairs to mypy


def candidates_in(rows: Iterable[TaskCandidate]) -> Candidates:
    """Return what the rows of a task say."""
    rows = tuple(rows)
    return Candidates(
        groups=tuple(
            (row.organization_id, row.post)
            for row in rows
            if row.organization_id is not None and row.post is not None
        ),
        people=tuple(row.person_id for row in rows if row.person_id is not None),
    )


def candidate_rows(task_id: str, found: Candidates) -> list[Mapping[str, object]]:
    """Return the rows that say who may take a task."""
    nobody = {"task_id": task_id, "organization_id": None, "post": None, "person_id": None}
    return [
        *({**nobody, "organization_id": body, "post": group} for body, group in found.groups),
        *({**nobody, "person_id": person} for person in found.people),
    ]


def is_named(
    person_id: int, posts: Collection[HeldPost], *, as_person: bool
) -> ColumnElement[bool]:
    """SQL: a candidate row of the `UserTask` of the query means who holds these posts.

    `as_person`: or means this very person, or the full members they belong to.  Nobody is a
    candidate on their own case through a group.  The query joins `ProcessInstance`.
    """
    held = [(p.organization_id, str(p.post)) for p in posts]
    by_group: ColumnElement[bool] = false()
    if held:
        by_group = tuple_(TaskCandidate.organization_id, TaskCandidate.post).in_(held)
    by_name: ColumnElement[bool] = false()
    if as_person:
        home = select(Person.organization_id).where(Person.id == person_id, is_full_member())
        by_group = or_(
            by_group,
            and_(
                TaskCandidate.post == MEMBERS,
                TaskCandidate.organization_id == home.scalar_subquery(),
            ),
        )
        by_name = TaskCandidate.person_id == person_id
    return (
        exists()
        .where(
            TaskCandidate.task_id == UserTask.id,
            or_(by_name, and_(by_group, ~is_subject(person_id))),
        )
        .correlate(UserTask, ProcessInstance)
    )
