"""What a completion costs over HTTP, with everything around it: session, actor, form, answer."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

import pytest
from sqlalchemy import select

from services.bootstrap import Application
from services.identity.actor import Actor
from services.tasks.models import OPEN_STATES, UserTask
from tests.services.cases.statements import counted
from tests.web.conftest import ClientAs

MOST = 11
MOST_REFUSED = 6
"""The surroundings of the page that keeps what was typed included."""
TALK = {"acted_on": "2026-06-01", "talker": "", "talk_record": "入党动机端正。"}


@pytest.fixture
def talk(app: Application, case_id: int) -> str:
    """The open task of the case."""
    with app.database.read() as session:
        return session.scalars(
            select(UserTask.id).where(
                UserTask.instance_id == case_id, UserTask.state.in_(OPEN_STATES)
            )
        ).one()


def test_a_completion_takes_few_statements(
    app: Application, client_as: ClientAs, talk: str, as_: Callable[[str], Actor]
) -> None:
    fields = {**TALK, "talker": str(as_("secretary").person_id)}
    client = client_as("secretary")
    with counted(app) as statements:
        answer = client.post(f"/tasks/{talk}", data=fields)
    assert HTTPStatus.SEE_OTHER == answer.status_code, answer.text
    assert len(statements) <= MOST, "\n".join(statements)


def test_who_comes_too_late_learns_it_for_less_and_keeps_what_was_typed(
    app: Application, client_as: ClientAs, talk: str, as_: Callable[[str], Actor]
) -> None:
    fields = {**TALK, "talker": str(as_("secretary").person_id)}
    client_as("secretary").post(f"/tasks/{talk}", data=fields)
    client = client_as("deputy_secretary")
    with counted(app) as statements:
        answer = client.post(f"/tasks/{talk}", data={**fields, "talk_record": "另一份记录。"})
    assert HTTPStatus.CONFLICT == answer.status_code
    assert "由陈启明于2026-06-01 09:00办结" in answer.text
    assert "另一份记录。" in answer.text
    assert len(statements) <= MOST_REFUSED, "\n".join(statements)
