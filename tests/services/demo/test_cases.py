"""A newcomer's first workbench shows what the lights are for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import delete

from engine.deadlines import Light
from services.audit.verify import verify
from services.bootstrap import Application
from services.cases import pages, queries
from services.demo.cases import SAMPLE_CASES, seed_cases
from services.identity.actor import Actor
from services.processes.models import DeployedFile, Deployment


def test_the_sample_cases_stand_at_different_lights(
    app: Application, as_: Callable[[str], Actor], by_login: Callable[[str], Actor]
) -> None:
    assert seed_cases(app)
    soon, _ = queries.inbox(app, as_("secretary"))
    assert [("苏晴·派人谈话", Light.SOON)] == [(i.title, i.due.light) for i in soon.items]
    late, _ = queries.inbox(app, by_login("lianheshuji"))
    assert [("余承志·派人谈话", Light.OVERDUE)] == [(i.title, i.due.light) for i in late.items]
    further, _ = queries.inbox(app, as_("contact_1"))
    assert ["单文博·每半年培养教育考察"] == [i.title for i in further.items]
    case = pages.case(app, as_("contact_1"), further.items[0].case_id)
    assert 5 == len(case.history)
    with app.database.read() as session:
        assert [] == list(verify(session))


def test_they_are_entered_once_and_only_into_an_empty_register(
    app: Application, by_login: Callable[[str], Actor]
) -> None:
    assert seed_cases(app)
    assert not seed_cases(app)
    assert len(SAMPLE_CASES) == queries.found(app, by_login("dangweishuji")).total


def test_nothing_happens_without_the_procedure(app: Application) -> None:
    with app.database.write() as session:
        session.execute(delete(DeployedFile))
        session.execute(delete(Deployment))
    assert not seed_cases(app)


def test_the_clock_of_the_application_is_left_alone(app: Application) -> None:
    before = app.clock.now()
    assert seed_cases(app)
    assert timedelta(0) == app.clock.now() - before
