"""Bodies that end or divide: merge, dissolve, split, and what goes over to whom.

Everything a body has goes to its successor in one transaction: the bodies below it, the people, the
running cases with their open tasks, and the link of an organisation department.  Posts and approval
powers do not: they were given to the body and end with it.  Without a successor the command refuses
while anything is left, and says what.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from services.audit.models import AuditKind
from services.audit.registers import record_body
from services.basis import Basis
from services.bootstrap import Application
from services.cases.follow import Following, cases_about, cases_below, cases_in, follow
from services.errors import Invalid
from services.identity.actor import Actor
from services.identity.permissions import Permission, require
from services.organizations import commands
from services.organizations.commands import NewOrganization, in_force
from services.organizations.errors import OrganizationInUse
from services.organizations.models import ChangeKind, Organization
from services.organizations.rules import RULES
from services.people.commands import end_posts, move
from services.people.models import Appointment, Person
from services.processes.models import ProcessInstance


@dataclass(frozen=True, slots=True)
class MergeOrganizations:
    """Merge bodies into another one, which goes on."""

    source_ids: tuple[int, ...]
    target_id: int
    basis: Basis


@dataclass(frozen=True, slots=True)
class DissolveOrganization:
    """End a body; `successor_id` is who takes over what it has, None when nothing is left."""

    organization_id: int
    basis: Basis
    successor_id: int | None = None


@dataclass(frozen=True, slots=True)
class SplitOrganization:
    """Divide a body: `new` is founded beside it and takes people and bodies along.

    Running cases about these people go along too.  Parent, department, date and document of `new`
    are those of the division.
    """

    organization_id: int
    new: NewOrganization
    basis: Basis
    person_ids: tuple[int, ...] = ()
    child_ids: tuple[int, ...] = ()


def merge_organizations(app: Application, actor: Actor, command: MergeOrganizations) -> int:
    """Merge; returns the id of the body that goes on.

    Raises `OrganizationInUse` when it cannot take what the others have, `Forbidden`, `Invalid`,
    `Conflict`, `NotFound`.
    """
    basis = command.basis.checked(app.clock.now().date())
    source_ids = tuple(dict.fromkeys(command.source_ids))
    if not source_ids:
        raise Invalid(errors={"sources": "请选择要并入的组织。"})
    if command.target_id in source_ids:
        raise Invalid(errors={"target_id": "组织不能并入自己。"})
    with app.database.write() as session:
        commands.lock_tree(session)
        target = in_force(session, command.target_id)
        actor = require(session, actor, Permission.KEEP_ORGANIZATIONS, target)
        for source_id in source_ids:
            source = _ending(session, actor, source_id)
            words = f"“{source.name}”并入“{target.name}”。"
            _hand_over(app, session, source, target, Following(actor, basis, words))
            commands.close(session, source, ChangeKind.MERGED, target, basis)
            commands.note(session, target, ChangeKind.ABSORBED, basis, source)
            record_body(
                session,
                AuditKind.ORGANIZATION_MERGED,
                source.id,
                actor,
                basis,
                words,
                app.clock.now(),
            )
        return target.id


def dissolve_organization(app: Application, actor: Actor, command: DissolveOrganization) -> int:
    """Dissolve; returns the id of the successor, else of the body.

    Raises `OrganizationInUse` with what is in the way, `Forbidden`, `Invalid`, `Conflict`,
    `NotFound`.
    """
    basis = command.basis.checked(app.clock.now().date())
    if command.successor_id == command.organization_id:
        raise Invalid(errors={"successor_id": "承接的组织不能是本组织。"})
    with app.database.write() as session:
        commands.lock_tree(session)
        body = _ending(session, actor, command.organization_id)
        actor = require(session, actor, Permission.KEEP_ORGANIZATIONS, body)
        successor = None
        words = f"“{body.name}”撤销。"
        if command.successor_id is not None:
            successor = in_force(session, command.successor_id)
            require(session, actor, Permission.KEEP_ORGANIZATIONS, successor)
            words = f"“{body.name}”撤销，由“{successor.name}”承接。"
            _hand_over(app, session, body, successor, Following(actor, basis, words))
        else:
            left = left_in(session, body)
            if left:
                raise OrganizationInUse(left)
            end_posts(session, Appointment.organization_id == body.id, basis)
        commands.close(session, body, ChangeKind.DISSOLVED, successor, basis)
        record_body(
            session, AuditKind.ORGANIZATION_DISSOLVED, body.id, actor, basis, words, app.clock.now()
        )
        return successor.id if successor is not None else body.id


def split_organization(app: Application, actor: Actor, command: SplitOrganization) -> int:
    """Divide a body; returns the id of the new one.

    Raises `Invalid` for people or bodies that are not the old body's own, `Forbidden`, `Conflict`.
    """
    basis = command.basis.checked(app.clock.now().date())
    with app.database.write() as session:
        commands.lock_tree(session)
        body = _ending(session, actor, command.organization_id)
        actor = require(session, actor, Permission.KEEP_ORGANIZATIONS, body)
        people = _own_people(session, body, command.person_ids)
        children = _own_children(session, body, command.child_ids)
        commands.note(session, body, ChangeKind.DIVIDED, basis)
        new = commands.establish(
            session,
            replace(
                command.new,
                parent_id=body.parent_id,
                department_id=body.department_id,
                established_on=basis.acted_on,
                document_number=basis.document_number,
                is_sample=body.is_sample,
            ),
            split_from=body,
        )
        for child in children:
            commands.move(session, child, new.id, basis)
        for person in people:
            move(session, person.id, new.id, basis.acted_on, basis.document_number)
        words = f"“{body.name}”分立，成立“{new.name}”。"
        following = Following(actor, basis, words)
        cases = cases_about(session, [person.id for person in people])
        follow(app, session, cases, following, lying_with=body.id, to=new.id)
        for child in children:
            follow(app, session, cases_below(session, child.path), following)
        record_body(
            session, AuditKind.ORGANIZATION_SPLIT, body.id, actor, basis, words, app.clock.now()
        )
        return new.id


def left_in(session: Session, body: Organization) -> tuple[str, ...]:
    """Return in words what is left in a body and has to go somewhere before it can end."""
    below = session.scalars(
        select(Organization.name).where(
            Organization.parent_id == body.id, Organization.dissolved_on.is_(None)
        )
    ).all()
    people = session.scalars(
        select(Person.name).where(Person.organization_id == body.id, Person.left_on.is_(None))
    ).all()
    cases = session.scalars(
        select(ProcessInstance.number).where(ProcessInstance.id.in_(cases_in(session, [body.id])))
    ).all()
    return (
        *(f"下级组织“{name}”" for name in below),
        *(f"人员{name}" for name in people),
        *(f"办件{number}" for number in cases),
    )


def _ending(session: Session, actor: Actor, organization_id: int) -> Organization:
    """Return a body that is to end or divide, if the actor may keep it."""
    body = in_force(session, organization_id)
    require(session, actor, Permission.KEEP_ORGANIZATIONS, body)
    return body


def _hand_over(
    app: Application, session: Session, source: Organization, to: Organization, why: Following
) -> None:
    """Give the successor all a body has, running cases last: they ask who is there now."""
    _require_fit(session, source, to)
    for child in _children(session, source):
        commands.move(session, child, to.id, why.basis)
    for person in _people(session, source):
        move(session, person.id, to.id, why.basis.acted_on, why.basis.document_number)
    end_posts(session, Appointment.organization_id == source.id, why.basis)
    session.execute(
        update(Organization)
        .where(Organization.department_id == source.id)
        .values(department_id=to.id)
        .execution_options(synchronize_session="fetch")
    )
    follow(app, session, cases_in(session, [source.id]), why, lying_with=source.id, to=to.id)


def _require_fit(session: Session, source: Organization, to: Organization) -> None:
    """Raise `OrganizationInUse` naming what the successor cannot take."""
    obstacles: list[str] = []
    if to.path.startswith(source.path):
        obstacles.append(f"“{to.name}”是“{source.name}”的下级，请先调整其隶属关系")
    obstacles += [
        f"下级组织“{child.name}”不能隶属于“{to.name}”"
        for child in _children(session, source)
        if to.kind not in RULES[child.kind].parents
    ]
    if not RULES[to.kind].takes_members:
        obstacles += [
            f"“{to.name}”不能接收{person.name}的组织关系" for person in _people(session, source)
        ]
    if obstacles:
        raise OrganizationInUse(tuple(obstacles))


def _children(session: Session, body: Organization) -> Sequence[Organization]:
    return session.scalars(
        select(Organization)
        .where(Organization.parent_id == body.id, Organization.dissolved_on.is_(None))
        .order_by(Organization.id)
    ).all()


def _people(session: Session, body: Organization) -> Sequence[Person]:
    return session.scalars(
        select(Person)
        .where(Person.organization_id == body.id, Person.left_on.is_(None))
        .order_by(Person.id)
    ).all()


def _own_people(
    session: Session, body: Organization, person_ids: Sequence[int]
) -> Sequence[Person]:
    people = {person.id: person for person in _people(session, body)}
    if not people.keys() >= set(person_ids):
        raise Invalid(errors={"people": f"只能选择“{body.name}”现有的人员。"})
    return [people[person_id] for person_id in dict.fromkeys(person_ids)]


def _own_children(
    session: Session, body: Organization, child_ids: Sequence[int]
) -> Sequence[Organization]:
    children = {child.id: child for child in _children(session, body)}
    if not children.keys() >= set(child_ids):
        raise Invalid(errors={"children": f"只能选择“{body.name}”现有的下级组织。"})
    return [children[child_id] for child_id in dict.fromkeys(child_ids)]
