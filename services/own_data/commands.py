"""Asking for what is held on oneself to be put right (更正申请)."""

from __future__ import annotations

from dataclasses import dataclass

from services.audit.models import AuditKind
from services.audit.registers import record_person
from services.basis import Basis
from services.bootstrap import Application
from services.cases.acts import required_text
from services.errors import Conflict
from services.identity.actor import Actor
from services.notifications.commands import notify
from services.people.models import Post
from services.people.queries import holders

KEEPERS = (Post.ORGANIZATION_COMMISSIONER, Post.ORGANIZER, Post.SECRETARY, Post.DEPUTY_SECRETARY)
"""Who keeps the register of a branch, first come first."""


@dataclass(frozen=True, slots=True)
class AskForCorrection:
    """What is wrong on the actor's record and what is right, in their words."""

    words: str


def ask_for_correction(app: Application, actor: Actor, command: AskForCorrection) -> str:
    """Tell who keeps the register of the actor's branch, on record; returns their names.

    Raises `Invalid` without words, and `Conflict` when nobody keeps the register.
    """
    words = required_text("words", "更正的内容", command.words)
    now = app.clock.now()
    with app.database.write() as session:
        keepers = holders(session, actor.organization_id, KEEPERS, now.date())
        keepers = tuple(person for person in keepers if person.id != actor.person_id)
        if not keepers:
            raise Conflict(
                "您所在的党组织现在没有可以办理更正的人员。", "请与上级党组织联系，由其办理更正。"
            )
        record_person(
            session,
            AuditKind.CORRECTION_ASKED,
            actor.person_id,
            actor.organization_id,
            actor,
            Basis(now.date(), ""),
            f"申请更正：{words}",
            now,
        )
        notify(
            session,
            [person.id for person in keepers],
            None,
            f"{actor.name}申请更正个人信息",
            f"{words}\n请核对后在人员名册中办理更正，不能更正的向本人说明理由。",
            now,
        )
        return "、".join(person.name for person in keepers)
