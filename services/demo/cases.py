"""Sample cases in the middle of their way, so that a newcomer's first workbench is not empty.

Each follows the beginning of a story of the procedure folder, dated back from today, so that the
lights on the workbench show what they are for: one near its limit, one past it, one far along.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from services.bootstrap import Application
from services.clock import FixedClock, at_start_of_day
from services.demo.stories import Performer, load_story
from services.identity.models import Account
from services.processes.models import Deployment, ProcessInstance
from services.processes.registry import files_of

PROCEDURE = "member_development"
STORY = "scenarios/MD-S1.yaml"


@dataclass(frozen=True, slots=True)
class SampleCase:
    """A case about the person behind `login`, `steps` tasks along, begun `days_ago` days ago.

    `people` gives other logins to aliases of the story.
    """

    login: str
    steps: int
    days_ago: int
    people: Mapping[str, str] = field(default_factory=dict)


SAMPLE_CASES = (
    SampleCase("jijifenzi", steps=4, days_ago=258),
    SampleCase(
        "lianheshenqingren",
        steps=0,
        days_ago=40,
        people={"secretary": "lianheshuji", "organizer": "lianheshuji"},
    ),
    SampleCase("shixisheng", steps=0, days_ago=29),
)


def seed_cases(app: Application) -> bool:
    """Play the sample cases.

    Does nothing (and returns False) where there are cases already, or without the procedure.
    """
    today = app.clock.now().date()
    with app.database.read() as session:
        deployed = session.scalar(select(Deployment.id).where(Deployment.key == PROCEDURE))
        if deployed is None or session.scalar(select(ProcessInstance.id)) is not None:
            return False
        deployment, _ = app.procedures.latest(session, PROCEDURE)
        story = load_story(files_of(session, deployment.id)[STORY].decode())
        logins = {a.login: a.person_id for a in session.scalars(select(Account)) if a.person_id}
    for sample in SAMPLE_CASES:
        aliases = {"applicant": sample.login, **sample.people}
        people = {alias: logins[login] for alias, login in aliases.items()}
        _play(app, story, sample, people, today)
    return True


def _play(
    app: Application,
    story: Mapping[str, Any],
    sample: SampleCase,
    people: Mapping[str, int],
    today: date,
) -> None:
    first = story["start"]
    begun = today - timedelta(days=sample.days_ago)
    later = begun - first["on"]
    past = replace(app, clock=FixedClock(at_start_of_day(begun)))
    performer = Performer(past, PROCEDURE, people=people)
    performer.go_to(begun)
    performer.start(by=first["by"], on=begun, data=first.get("data"))
    for step in story["steps"][: sample.steps]:
        day = step["on"] + later
        performer.go_to(day)
        performer.step({**step, "on": day})
