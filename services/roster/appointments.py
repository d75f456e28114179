"""The sheet 任职: who holds which post where, from when until when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import String, insert, select, type_coerce, update
from sqlalchemy.orm import Session

from services.errors import Invalid
from services.identity.actor import POST_NAMES
from services.identity.permissions import Permission
from services.organizations.rules import require_post
from services.people.models import Appointment, Person, Post
from services.roster.bodies import Bodies, Body
from services.roster.columns import heading_of
from services.roster.models import Effect, RosterRow, Sheet
from services.roster.people import KnownPeople
from services.roster.plans import Plan, Row, begin

Held = tuple[int, int, Post, date]
"""Person, body, post, first day: what makes an appointment that one."""


class Appointments:
    """The register of appointments; `import_id` finds people whom this import would enter."""

    def __init__(self, bodies: Bodies, import_id: int) -> None:
        self._bodies = bodies
        self._import_id = import_id

    def plan(self, session: Session, rows: Sequence[Row]) -> list[Plan]:
        """Say what each row would do."""
        plans = begin(rows)
        good = [plan for plan in plans if plan.is_good]
        known = KnownPeople(session, self._bodies, [plan.row.values for plan in good])
        expected = self._expected(session, good)
        for plan in good:
            self._plan(plan, known, expected)
        self._compare(session, [plan for plan in good if plan.is_good and plan.found])
        return plans

    def carry_out(self, session: Session, plans: Sequence[Plan]) -> list[int]:
        """Enter new appointments and the last days of known ones; returns the new ids."""
        new = [plan.columns for plan in plans if plan.effect is Effect.NEW]
        insertion = insert(Appointment).returning(Appointment.id)
        entered = session.scalars(insertion, new).all() if new else ()
        changed = [plan.columns for plan in plans if plan.effect is Effect.CHANGED]
        if changed:
            session.execute(update(Appointment), changed)
        return list(entered)

    def _plan(self, plan: Plan, known: KnownPeople, expected: set[str]) -> None:
        values = plan.row.values
        scope = self._bodies.scope
        body, home = self._bodies.named(plan, "body"), self._bodies.named(plan, "home")
        if body is not None:
            _require_post(plan, body)
            if not scope.allows(Permission.APPOINT, body.path):
                plan.refuse("body", "您没有登记该组织任免的权限。")
        if "ends_on" in values and values["ends_on"] < values["starts_on"]:
            plan.refuse("ends_on", "不能早于任职日期。")
        if "identity_number" not in values and ("born_on" not in values or home is None):
            plan.refuse("identity_number", "没有身份证号的，须填写出生日期和所在支部代码。")
            return
        found = self._whom(plan, known.find(values, home.id if home else None), expected)
        if plan.is_good and body is not None:
            plan.found = found.id if found else None
            plan.columns = {
                "person_id": plan.found,
                "organization_id": body.id,
                "post": values["post"],
                "starts_on": values["starts_on"],
                "document_number": values.get("document_number", ""),
                "ends_on": values.get("ends_on"),
                "end_document": values.get("end_document", ""),
            }

    def _whom(self, plan: Plan, found: Sequence[Person], expected: set[str]) -> Person | None:
        """Return who is meant; None for somebody this import would enter."""
        actor = self._bodies.scope.actor
        if len(found) > 1:
            plan.refuse("name", f"有{len(found)}人符合，请填写身份证号。")
        elif not found:
            if plan.row.second_key not in expected:
                plan.refuse("name", "名册中没有这位同志，或者其所在的行有误。")
        elif found[0].name != plan.row.values["name"]:
            plan.refuse("name", "与该身份证号登记的姓名不同。")
        elif actor is not None and found[0].id == actor.person_id:
            plan.refuse("name", "不能登记本人的任免。")
        elif found[0].left_on is not None:
            plan.refuse("name", "该同志已经离开。")
        return found[0] if found else None

    def _expected(self, session: Session, plans: Sequence[Plan]) -> set[str]:
        """Return the keys of people among those of the rows whom this import would enter.

        The second key of an appointment is the key of the person it is about.
        """
        keys = {plan.row.second_key for plan in plans if plan.row.second_key}
        key, second = (type_coerce(c, String) for c in (RosterRow.key, RosterRow.second_key))
        entering = (
            RosterRow.import_id == self._import_id,
            RosterRow.sheet == Sheet.PEOPLE,
            RosterRow.effect != Effect.REFUSED,
        )
        found = set(session.scalars(select(key).where(*entering, key.in_(keys))))
        return found | set(session.scalars(select(second).where(*entering, second.in_(keys))))

    def _compare(self, session: Session, plans: Sequence[Plan]) -> None:
        rows = session.execute(
            select(
                Appointment.person_id,
                Appointment.organization_id,
                Appointment.post,
                Appointment.starts_on,
                Appointment.id,
                Appointment.ends_on,
            ).where(Appointment.person_id.in_({plan.found for plan in plans}))
        ).all()
        held: dict[Held, tuple[int, date | None]] = {
            (row.person_id, row.organization_id, row.post, row.starts_on): (row.id, row.ends_on)
            for row in rows
        }
        for plan in plans:
            new = plan.columns
            act = (new["person_id"], new["organization_id"], new["post"], new["starts_on"])
            if act in held:
                _compare(plan, *held[act])
            elif any(
                known[:3] == act[:3] and (ends_on is None or ends_on >= new["starts_on"])
                for known, (_, ends_on) in held.items()
            ):
                plan.refuse("starts_on", "该同志已担任此职务，任职日期与登记的不同。")


def _require_post(plan: Plan, body: Body) -> None:
    post = plan.row.values["post"]
    try:
        require_post(body.kind, body.name, post, POST_NAMES[post])
    except Invalid as error:
        plan.refuse("post", error.errors["post"])


def _compare(plan: Plan, appointment_id: int, ends_on: date | None) -> None:
    """Say what a row does to an appointment that is known: end it, or nothing."""
    new = plan.columns
    if new["ends_on"] is None or new["ends_on"] == ends_on:
        plan.effect = Effect.SAME
    elif ends_on is not None:
        plan.refuse("ends_on", f"与登记的免职日期（{ends_on}）不同。")
    else:
        plan.effect = Effect.CHANGED
        plan.columns = {
            "id": appointment_id,
            "ends_on": new["ends_on"],
            "end_document": new["end_document"],
        }
        plan.changes.append(heading_of(Sheet.APPOINTMENTS, "ends_on"))
