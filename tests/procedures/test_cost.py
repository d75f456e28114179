"""What every step of a whole story costs the database."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import services.demo.stories
from services.bootstrap import Application
from services.cases.complete import CompleteTask, complete_task
from services.cases.views import Completed
from services.clock import FixedClock
from services.identity.actor import Actor
from tests.scenario import Player, load_scenario
from tests.services.cases.statements import counted

STORY = Path(__file__).resolve().parents[2] / "bpmn/member_development/scenarios/MD-S1.yaml"
MOST = 12


def test_no_step_of_the_whole_procedure_costs_more(
    app: Application, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    costs: dict[str, list[str]] = {}

    def complete(app: Application, actor: Actor, command: CompleteTask) -> Completed:
        with counted(app) as statements:
            completed = complete_task(app, actor, command)
        costs[f"{len(costs) + 1} {completed.step_name}"] = statements
        return completed

    place: Any = services.demo.stories
    monkeypatch.setattr(place, "complete_task", complete)
    Player(app, clock, "member_development").play(load_scenario(STORY))

    assert 25 <= len(costs)
    assert not {step: sent for step, sent in costs.items() if len(sent) > MOST}
