"""Prepares cases behind the pages, so that a browser test begins where it is about something."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import select

from services.bootstrap import Application
from services.cases.complete import CompleteTask, complete_task
from services.cases.start import StartCase, start_case
from services.demo.world import cast
from services.identity.actor import Actor
from services.identity.queries import load_actor
from services.people.commands import NewPerson, register_person
from services.people.models import Person, PoliticalStatus
from services.processes.commands import deploy_folder
from services.tasks.models import OPEN_STATES, UserTask

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures" / "procedures"
TODAY = date(2026, 6, 1)
A_YEAR_AGO = date(2025, 5, 20)
RECORD = "入党动机端正，已提醒其按时提交思想汇报。"
TALK = ("secretary", {"talker": "@secretary", "talk_record": RECORD}, "")
RECOMMEND = (
    "secretary",
    {"recommended_by": ["members"], "decided_by": "committee", "activist_opinion": "同意。"},
    "agreed",
)
FILE = ("committee_organizer", {"activist_filing_opinion": "予以备案。"}, "")
ASSIGN = ("organizer", {"contacts": ["@contact_1", "@contact_2"]}, "")
ASSESS = (
    "contact_1",
    {"acted_on": TODAY, "assessment": "表现良好。", "thought_reports": 2},
    "propose",
)
Step = tuple[str, Mapping[str, Any], str]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A case somebody may go on with: the page of its open task, and whom it is about."""

    task: str
    subject: str
    case_id: int


class Office:
    """Prepares cases behind the pages, each about somebody new, started by the organiser."""

    def __init__(self, app: Application) -> None:
        self._app = app
        self._numbers = itertools.count(1)
        with app.database.read() as session:
            self._people = cast(session)

    def case(self, *steps: Step, on: date = TODAY) -> Prepared:
        """Bring a case begun `on` a day so far that `steps` are done."""
        organizer = self._actor("organizer")
        name = f"林甲{next(self._numbers)}"
        with self._app.database.write() as session:
            subject = register_person(
                session,
                NewPerson(
                    name=name,
                    sex="女",
                    born_on=date(1995, 5, 5),
                    organization_id=session.get_one(Person, organizer.person_id).organization_id,
                    status=PoliticalStatus.MASSES,
                ),
            ).id
        started = start_case(
            self._app,
            organizer,
            StartCase("member_development", subject, {"acted_on": on, "applied_to": "work"}),
        )
        for alias, data, outcome in steps:
            values = {"acted_on": on, **{k: self._resolve(v) for k, v in data.items()}}
            task = self._open_task(started.case_id)
            complete_task(
                self._app, self._actor(alias), CompleteTask(task, outcome=outcome, data=values)
            )
        return Prepared(f"/tasks/{self._open_task(started.case_id)}", name, started.case_id)

    def deploy(self, *names: str) -> None:
        """Deploy procedures that only tests have."""
        for name in names:
            deploy_folder(self._app, FIXTURES / name)

    def _open_task(self, case_id: int) -> str:
        with self._app.database.read() as session:
            return session.scalars(
                select(UserTask.id).where(
                    UserTask.instance_id == case_id, UserTask.state.in_(OPEN_STATES)
                )
            ).one()

    def _actor(self, alias: str) -> Actor:
        return load_actor(self._app, self._people[alias])

    def _resolve(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._resolve(item) for item in value]
        if isinstance(value, str) and value.startswith("@"):
            return str(self._people[value[1:]])
        return value
