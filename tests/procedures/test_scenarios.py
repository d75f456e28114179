"""Every dated story of every procedure folder holds."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.definition import load_procedure
from services.bootstrap import Application
from services.clock import FixedClock
from services.processes.folder import read_folder
from tests.scenario import Player, load_scenario

ROOT = Path(__file__).resolve().parents[2] / "bpmn"
STORIES = sorted(ROOT.glob("*/scenarios/*.yaml"))


def test_there_are_stories() -> None:
    assert STORIES


@pytest.mark.parametrize("path", STORIES, ids=lambda path: f"{path.parts[-3]}/{path.stem}")
def test_story(path: Path, app: Application, clock: FixedClock) -> None:
    story = load_scenario(path)
    if "decision" in story:
        procedure = load_procedure(read_folder(path.parents[1]))
        for case in story["cases"]:
            value = procedure.decisions.evaluate(story["decision"], case["inputs"]).value
            assert case["value"] == value, case
    if "start" in story:
        Player(app, clock, path.parts[-3]).play(story)
