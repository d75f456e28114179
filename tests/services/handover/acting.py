"""Handing over in the test world, by cast alias."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from sqlalchemy import select

from services.basis import Basis
from services.handover.commands import HandOver, hand_over
from services.handover.models import HandoverItem, HandoverScope, ItemKind, ItemOutcome
from services.handover.queries import preview
from services.organizations.models import Organization
from services.people.models import Appointment, Person
from tests.world import World

BRANCH = "HN-CS-YL-XJ"


def body(world: World, code: str = BRANCH) -> int:
    with world.app.database.read() as session:
        return session.scalars(select(Organization.id).where(Organization.code == code)).one()


def posts(world: World, alias: str) -> tuple[int, ...]:
    """The appointments a person holds that have no end."""
    with world.app.database.read() as session:
        return tuple(
            session.scalars(
                select(Appointment.id).where(
                    Appointment.person_id == world.people[alias], Appointment.ends_on.is_(None)
                )
            )
        )


def command(
    world: World,
    leaver: str,
    to: str,
    scope: HandoverScope = HandoverScope.BODY,
    *,
    code: str = BRANCH,
    on: date | None = None,
    takes_up: bool = False,
) -> HandOver:
    basis = Basis(on or world.today, "示例组〔2026〕9号")
    return HandOver(
        body(world, code),
        world.people[leaver],
        world.people[to],
        scope,
        basis,
        "工作调动",
        posts=posts(world, leaver) if scope is HandoverScope.POST else (),
        takes_up=takes_up,
    )


def hand(world: World, by: str, asked: HandOver) -> list[tuple[ItemKind, ItemOutcome]]:
    """Look at the preview, then do exactly that; returns what became of what."""
    seen = preview(world.app, world.actor(by), asked)
    done = hand_over(world.app, world.actor(by), replace(asked, seen=seen.digest))
    with world.app.database.read() as session:
        rows = session.scalars(
            select(HandoverItem).where(HandoverItem.handover_id == done).order_by(HandoverItem.id)
        ).all()
    assert [(row.words, row.reason) for row in rows] == [
        (item.words, item.reason) for item in seen.items
    ]
    return [(row.kind, row.outcome) for row in rows]


def name(world: World, alias: str) -> str:
    with world.app.database.read() as session:
        return session.get_one(Person, world.people[alias]).name
