"""The sheet 人员: telling who is known already, and entering or completing people.

The rules are those of `services.people.commands`; the rows are those `register_person` writes,
many at a time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date

from sqlalchemy import ColumnElement, insert, select
from sqlalchemy.orm import Session

from services.db import insert_many
from services.encryption.columns import is_one_of
from services.errors import Invalid
from services.identity.permissions import Permission
from services.organizations.models import Organization
from services.organizations.rules import require_home
from services.people.identifiers import parse_identity_number
from services.people.models import Membership, Person, PersonKind, VotingRight
from services.people.search import enter_keys
from services.roster.bodies import Bodies, Body
from services.roster.columns import SAMPLE, Values, heading_of
from services.roster.models import Effect, Sheet
from services.roster.plans import Plan, Row, begin

_FIXED = ("name", "sex", "born_on", "status", "status_since", "kind", "voting_right")
"""What an import may complete, but not change: a procedure or an act with a document does."""

_OPEN = ("occupation", "identity_number", "phone", "address")

Identified = tuple[str, date, int]
"""Name, birth date and branch."""


class KnownPeople:
    """The people of the register a batch of rows may mean, with the paths of their branches."""

    def __init__(self, session: Session, bodies: Bodies, values: Sequence[Values]) -> None:
        numbers = {v["identity_number"] for v in values if "identity_number" in v}
        homes = {b.id for v in values if (b := bodies.get(v.get("home"))) and b.id is not None}
        names = {v["name"] for v in values if "name" in v}
        conditions: list[ColumnElement[bool]] = []
        conditions.append(Person.organization_id.in_(homes) & Person.name.in_(names))
        if numbers:
            conditions.append(is_one_of(session, Person.identity_number_hmac, numbers))
        self._by_number: dict[str, Person] = {}
        self._by_name: dict[Identified, list[Person]] = defaultdict(list)
        self.paths: dict[int, str] = {}
        for condition in conditions:  # one after the other: each has its index
            for person, path in session.execute(
                select(Person, Organization.path)
                .join(Organization, Organization.id == Person.organization_id)
                .where(condition)
            ):
                self._note(person, path)

    def find(self, values: Values, home_id: int | None) -> tuple[Person, ...]:
        """Return whom a row may mean: by number, else by name, birth date and branch."""
        number = values.get("identity_number")
        if number and number in self._by_number:
            return (self._by_number[number],)
        if home_id is None or "born_on" not in values:
            return ()
        alike = self._by_name.get((values["name"], values["born_on"], home_id), ())
        if number:  # somebody entered without number is meant; another number is another person
            return tuple(person for person in alike if person.identity_number is None)
        return tuple(alike)

    def _note(self, person: Person, path: str) -> None:
        if person.id in self.paths:
            return
        self.paths[person.id] = path
        if person.identity_number:
            self._by_number[person.identity_number] = person
        self._by_name[person.name, person.born_on, person.organization_id].append(person)


class People:
    """The register of people, for one batch after the other."""

    def __init__(self, bodies: Bodies) -> None:
        self._bodies = bodies

    def plan(self, session: Session, rows: Sequence[Row]) -> list[Plan]:
        """Say what each row would do."""
        plans = begin(rows)
        known = KnownPeople(session, self._bodies, [p.row.values for p in plans if p.is_good])
        for plan in plans:
            if plan.is_good:
                self._plan(plan, known)
        return plans

    def carry_out(self, session: Session, plans: Sequence[Plan]) -> list[int]:
        """Enter people with their membership, and complete known ones; returns the new ids."""
        new = [plan for plan in plans if plan.effect is Effect.NEW]
        entered: Sequence[int] = ()
        if new:
            # Without an order of the answers SQLite takes many rows in one statement.
            insertion = insert(Person).returning(
                Person.id,
                Person.identity_number,
                Person.name,
                Person.born_on,
                Person.organization_id,
            )
            columns = [plan.columns for plan in new]
            ids = {tuple(key): new_id for new_id, *key in session.execute(insertion, columns)}
            entered = [ids[_who(plan.columns)] for plan in new]
            insert_many(session, Membership, list(map(_membership, entered, new)))
            enter_keys(session, {i: p.columns["name"] for i, p in zip(entered, new, strict=True)})
        for plan in plans:
            if plan.effect is Effect.CHANGED and plan.found is not None:
                person = session.get_one(Person, plan.found)
                for key, value in plan.columns.items():
                    setattr(person, key, value)
        session.flush()
        return list(entered)

    def _plan(self, plan: Plan, known: KnownPeople) -> None:
        values, scope = plan.row.values, self._bodies.scope
        home = self._bodies.named(plan, "home")
        _compare_number(plan)
        if home is None:
            return
        try:
            require_home(home.kind, home.name)
        except Invalid as error:
            plan.refuse("home", error.message)
        if not scope.allows(Permission.KEEP_PEOPLE, home.path):
            plan.refuse("home", "您没有登记该组织人员的权限。")
        found = known.find(values, home.id)
        if len(found) > 1:
            plan.refuse("name", f"有{len(found)}人姓名、出生日期、所在支部都相同，请填写身份证号。")
        elif found and found[0].left_on is not None:
            plan.refuse("name", "该同志已经离开，重新接收请在人员页面办理。")
        elif found and not scope.allows(Permission.KEEP_PEOPLE, known.paths[found[0].id]):
            plan.refuse("identity_number", "该身份证号已在其他党组织登记，请办理组织关系转接。")
        if not plan.is_good:
            return
        if found:
            self._compare(plan, found[0], home)
        else:
            plan.columns = _new(values, home.id)

    def _compare(self, plan: Plan, person: Person, home: Body) -> None:
        values, actor = plan.row.values, self._bodies.scope.actor
        for key in _FIXED:
            registered = getattr(person, key)
            if key not in values or values[key] == registered:
                continue
            if registered is None:
                plan.columns[key] = values[key]
            else:
                heading = heading_of(Sheet.PEOPLE, key)
                plan.refuse(key, f"与登记的{heading}不同；变更请通过流程或者在人员页面办理。")
        if person.organization_id != home.id:
            plan.refuse("home", "与登记的所在支部不同，请办理组织关系转接。")
        for key in _OPEN:
            if key in values and values[key] != getattr(person, key):
                plan.columns[key] = values[key]
        if not plan.is_good:
            return
        plan.found = person.id
        plan.changes = [heading_of(Sheet.PEOPLE, key) for key in plan.columns]
        plan.effect = Effect.CHANGED if plan.columns else Effect.SAME
        if plan.columns and actor is not None and actor.person_id == person.id:
            plan.refuse("name", "不能更改本人的登记。")


def _compare_number(plan: Plan) -> None:
    """Refuse a row that contradicts the identity number in it."""
    values = plan.row.values
    if "identity_number" not in values:
        return
    number = parse_identity_number(values["identity_number"])
    if number.born_on != values["born_on"]:
        plan.refuse("born_on", "与身份证号中的出生日期不一致。")
    if number.sex != values["sex"]:
        plan.refuse("sex", "与身份证号中的性别不一致。")


def _new(values: Values, home_id: int | None) -> Values:
    return {
        **{key: values.get(key) for key in (*_FIXED, *_OPEN)},
        "kind": values.get("kind", PersonKind.LAWYER),
        "occupation": values.get("occupation", "律师"),
        "voting_right": values.get("voting_right", VotingRight.FULL),
        "organization_id": home_id,
        "is_sample": values.get("remark") == SAMPLE,
    }


def _who(columns: Values) -> tuple[object, ...]:
    """Return what tells the new people of a batch apart; rows alike were refused before."""
    return tuple(columns[k] for k in ("identity_number", "name", "born_on", "organization_id"))


def _membership(person_id: int, plan: Plan) -> Values:
    return {
        "person_id": person_id,
        "organization_id": plan.columns["organization_id"],
        "starts_on": plan.row.values.get("belongs_since"),
        "start_document": plan.row.values.get("start_document", ""),
        "ends_on": None,
        "end_document": "",
        "reason": None,
    }
