"""A hand-over under way: who leaves what to whom, and what the successor may take."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.procedure import Procedure
from services.basis import Basis
from services.bootstrap import Application
from services.delegation.rules import Agent
from services.handover.models import HandoverScope, ItemKind, ItemOutcome
from services.identity.actor import POST_NAMES, Actor
from services.organizations.models import Organization
from services.people.models import Appointment, Person, Post
from services.people.queries import held_on
from services.processes.models import ProcessInstance
from services.recusal.rules import why_recused
from services.tasks.models import UserTask


def nothing() -> None:
    """Do nothing: for what stays as it is."""


@dataclass(frozen=True, slots=True)
class Part:
    """One thing a hand-over looks at: what becomes of it and why, and how that is `done`.

    The preview shows parts, the command does them: the two cannot differ.
    """

    kind: ItemKind
    outcome: ItemOutcome
    words: str
    reason: str = ""
    case_id: int | None = None
    done: Callable[[], None] = field(default=nothing, compare=False)


@dataclass(frozen=True, slots=True)
class Handing:
    """What a hand-over rests on; `ending` are the posts left, `remaining` those that go on.

    `takes_up` tells that the successor takes up the posts left, `may_appoint` that the actor may
    record that posts end and begin.  The dates of `basis` and `now` are in Asia/Shanghai.
    """

    app: Application
    session: Session
    actor: Actor
    body: Organization
    leaver: Person
    successor: Person
    scope: HandoverScope
    ending: Sequence[Appointment]
    remaining: Sequence[Appointment]
    takes_up: bool
    may_appoint: bool
    basis: Basis
    reason: str
    now: datetime

    @property
    def today(self) -> date:
        """The day on which it is entered."""
        return self.now.date()

    @property
    def first_day_after(self) -> date:
        """The first day on which the leaver is in the posts no more, not before today."""
        return max(self.today, self.basis.acted_on + timedelta(days=1))

    @property
    def leaves_all(self) -> bool:
        """Whether the leaver holds no post any more, in any body."""
        return not self.remaining

    @property
    def keeps_a_post(self) -> bool:
        """Whether the leaver goes on holding a post in the body."""
        return any(held.organization_id == self.body.id for held in self.remaining)

    def procedure_of(self, instance: ProcessInstance) -> Procedure:
        """Return the version of the procedure a case runs on."""
        return self.app.procedures.get(self.session, instance.deployment_id)

    def lies_with(self, organization_id: int) -> bool:
        """Tell whether the leaver has what lies with that body through the body they leave.

        That is the nearest of their bodies at or above it; else the branch they belong to.
        """
        path = self.session.get_one(Organization, organization_id).path
        own = {post.organization_id for post in (*self.ending, *self.remaining)}
        own |= {self.body.id, self.leaver.organization_id}
        above = [
            body
            for body in (self.session.get_one(Organization, key) for key in sorted(own))
            if path.startswith(body.path)
        ]
        nearest = max(above, key=lambda body: len(body.path), default=None)
        return (nearest.id if nearest else self.leaver.organization_id) == self.body.id

    def still_held(self, groups: Sequence[tuple[int, str]]) -> str:
        """Return the post, in words, by which the leaver stays a candidate; empty if there is none.

        `groups` are bodies and posts in them.
        """
        for held in self.remaining:
            if (held.organization_id, str(held.post)) in groups:
                name = self.session.get_one(Organization, held.organization_id).short_name
                return f"{name}{POST_NAMES[held.post]}"
        return ""

    def successors_posts(self, organization_id: int) -> frozenset[Post]:
        """Return the posts the successor has in a body once the hand-over is done."""
        held = self.session.scalars(
            select(Appointment.post).where(
                Appointment.person_id == self.successor.id,
                Appointment.organization_id == organization_id,
                held_on(self.first_day_after),
            )
        )
        taken = {post.post for post in self.ending} if self.follows else set()
        return frozenset(held) | (taken if organization_id == self.body.id else frozenset())

    @property
    def follows(self) -> bool:
        """Whether the successor takes up the posts left."""
        return self.takes_up and self.may_appoint

    def why_barred(self, instance: ProcessInstance, separate_from: str = "") -> str:
        """Return why nothing of a case can go to the successor by the actor; empty if it can."""
        own = why_recused(self.session, instance, [self.actor.person_id])
        if own:
            return f"经办人{own[self.actor.person_id]}，须回避，请由其他同志办理该办件的交接"
        found = why_recused(self.session, instance, [self.successor.id], separate_from)
        return f"接收人{found[self.successor.id]}，须回避" if found else ""

    def is_barred_actor(self, instance: ProcessInstance) -> bool:
        """Tell whether the actor may decide nothing in a case: it is their own or a relative's."""
        return bool(why_recused(self.session, instance, [self.actor.person_id]))

    def why_not_by_name(self, instance: ProcessInstance) -> str:
        """Return why the successor cannot be who is named in a case; empty if they can."""
        barred = self.why_barred(instance)
        if barred:
            return barred
        body = self.session.get_one(Organization, instance.organization_id)
        if self._agent().may_act_for_people_of(body.path):
            return ""
        return f"接收人不是{body.short_name}或者其上级党组织的正式党员"

    def why_not_by_post(
        self, task: UserTask, instance: ProcessInstance, posts: frozenset[Post] | None = None
    ) -> str:
        """Return why the successor cannot have a task of a body, or of `posts` in it; or nothing.

        As for 转办, they need a post in the body the task lies with.
        """
        barred = self.why_barred(instance, task.separate_from)
        if barred:
            return barred
        held = self.successors_posts(task.organization_id)
        if held if posts is None else held & posts:
            return ""
        name = self.session.get_one(Organization, task.organization_id).short_name
        return f"接收人未在{name}任{'相应' if posts is not None else ''}职务"

    def _agent(self) -> Agent:
        rows = self.session.scalars(
            select(Organization.path)
            .join(Appointment, Appointment.organization_id == Organization.id)
            .where(Appointment.person_id == self.successor.id, held_on(self.today))
        ).all()
        home = self.session.get_one(Organization, self.successor.organization_id)
        return Agent((home.path, *rows), self.successor.status)
