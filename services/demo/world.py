"""The sample world: seeded once, with a login for every part of the scenarios."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.basis import Basis
from services.bootstrap import Application
from services.demo.names import (
    ADMINISTRATORS,
    APPOINTED_ON,
    APPOINTING_DOCUMENT,
    BODIES,
    CAST_NAMES,
    EMPLOYERS,
    EMPOWERED_ON,
    FORMER_NAMES,
    FOUNDED_ON,
    FOUNDING_DOCUMENT,
    MERGERS,
    PEOPLE,
    STAFF,
    SamplePerson,
)
from services.demo.personal import personal_data
from services.identity.actor import POST_NAMES
from services.identity.commands import add_account
from services.identity.decide import store_administrator
from services.identity.passwords import SAMPLE_PASSWORD, hash_password
from services.identity.roles import ROLE_NAMES
from services.organizations.commands import (
    NewOrganization,
    close,
    establish,
    grant_approval_power,
    note,
    rename,
)
from services.organizations.models import ChangeKind, Organization
from services.people.commands import NewPerson, appoint, register_person
from services.people.masking import PersonalData
from services.people.models import Person, PersonKind
from services.people.names import STATUS_NAMES


@dataclass(frozen=True, slots=True)
class SampleLogin:
    """A login of the demo, to be printed at its start; all share `SAMPLE_PASSWORD`."""

    login: str
    name: str
    title: str


_KINDS = {"实习律师": PersonKind.INTERN, STAFF: PersonKind.PARTY_WORKER}


def _title(person: SamplePerson) -> str:
    names = {body.code: body.short_name for body in BODIES}
    if person.posts:
        code, post = person.posts[0]
        return f"{names[code]}{POST_NAMES[post]}"
    return f"{names[person.home]}（{STATUS_NAMES[person.status]}）"


LOGINS: tuple[SampleLogin, ...] = tuple(
    SampleLogin(person.login, person.name, _title(person)) for person in PEOPLE if person.login
)

ADMINISTRATOR_LOGINS: tuple[SampleLogin, ...] = tuple(
    SampleLogin(login, name, ROLE_NAMES[role]) for login, name, role, _ in ADMINISTRATORS
)


def seed(app: Application) -> bool:
    """Enter the sample world in one transaction; do nothing (and return False) where it exists."""
    password_hash = hash_password(SAMPLE_PASSWORD)
    now = app.clock.now()
    with app.database.write() as session:
        known = session.scalar(select(Organization.id).where(Organization.code == BODIES[0].code))
        if known is not None:
            return False
        bodies = _seed_bodies(session)
        for number, person in enumerate(PEOPLE, 1):
            person_id = _seed_person(session, person, bodies, personal_data(person, number))
            if person.login:
                add_account(session, person_id, person.login, password_hash, now)
        for login, name, role, staff_number in ADMINISTRATORS:
            store_administrator(session, role, login, name, staff_number, password_hash, now)
    return True


def cast(session: Session) -> dict[str, int]:
    """Return the person behind every alias of the scenario files."""
    rows = session.execute(
        select(Person.name, Person.id).where(Person.is_sample, Person.name.in_(CAST_NAMES.values()))
    )
    ids = {name: person_id for name, person_id in rows}  # noqa: C416 - rows are not pairs to mypy
    return {alias: ids[name] for alias, name in CAST_NAMES.items()}


def _seed_bodies(session: Session) -> dict[str, int]:
    bodies: dict[str, int] = {}
    for body in BODIES:
        row = establish(
            session,
            NewOrganization(
                code=body.code,
                name=FORMER_NAMES.get(body.code, (body.name,))[0],
                short_name=FORMER_NAMES.get(body.code, ("", body.short_name))[1],
                kind=body.kind,
                level=body.level,
                parent_id=bodies[body.parent] if body.parent else None,
                department_id=bodies[body.department] if body.department else None,
                established_on=FOUNDED_ON if body.is_sample else None,
                document_number=FOUNDING_DOCUMENT if body.is_sample else "",
                is_sample=body.is_sample,
            ),
        )
        bodies[body.code] = row.id
        if body.power:
            grant_approval_power(session, row.id, body.power, EMPOWERED_ON)
    _seed_history(session, bodies)
    return bodies


def _seed_history(session: Session, bodies: dict[str, int]) -> None:
    present = {body.code: body for body in BODIES}
    for code, (_, _, day, document) in FORMER_NAMES.items():
        body = session.get_one(Organization, bodies[code])
        rename(session, body, present[code].name, present[code].short_name, Basis(day, document))
    for ended, target, day, document in MERGERS:
        body, successor = (session.get_one(Organization, bodies[c]) for c in (ended, target))
        close(session, body, ChangeKind.MERGED, successor, Basis(day, document))
        note(session, successor, ChangeKind.ABSORBED, Basis(day, document), body)


def _seed_person(
    session: Session, person: SamplePerson, bodies: dict[str, int], personal: PersonalData
) -> int:
    row = register_person(
        session,
        NewPerson(
            name=person.name,
            sex=person.sex,
            born_on=person.born_on,
            organization_id=bodies[person.home],
            status=person.status,
            status_since=person.since,
            kind=_KINDS.get(person.occupation, PersonKind.LAWYER),
            occupation=person.occupation,
            employer_id=bodies[EMPLOYERS[person.home]] if person.home in EMPLOYERS else None,
            voting_right=person.voting_right,
            is_sample=True,
            identity_number=personal.identity_number,
            phone=personal.phone,
            address=personal.address,
        ),
    )
    for code, post in person.posts:
        appoint(session, row.id, bodies[code], post, APPOINTED_ON, APPOINTING_DOCUMENT)
    return row.id
