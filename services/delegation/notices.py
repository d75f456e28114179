"""Notices about a case to people, and to those who act for them meanwhile."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy.orm import Session

from services.clock import SHANGHAI
from services.delegation.queries import agents_of
from services.notifications.commands import notify
from services.processes.models import ProcessInstance
from services.recusal.rules import why_recused
from services.tasks.candidates import names_of


def notify_with_agents(
    session: Session,
    people: Collection[int],
    instance: ProcessInstance,
    subject: str,
    body: str,
    now: datetime,
) -> None:
    """Send people (ids) a notice, and their agents the same, marked with whose it is.

    Agents who get it for themselves get it once; who is kept out of the case gets nothing.
    """
    notify(session, people, instance.id, subject, body, now)
    agents = agents_of(session, people, instance.key, now.astimezone(SHANGHAI).date())
    kept_out = why_recused(session, instance, set(agents.values()))
    names = names_of(session, agents.keys())
    for principal, agent in agents.items():
        if agent not in kept_out and agent not in people:
            words = f"您受{names[principal]}委托代为办理，发给其本人的通知同时发给您。{body}"
            notify(session, (agent,), instance.id, f"代{names[principal]}：{subject}", words, now)
