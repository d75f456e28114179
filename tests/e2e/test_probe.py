"""The procedure of the crash test is a sound one: its own story holds."""

from __future__ import annotations

from pathlib import Path

from services.bootstrap import Application
from services.clock import FixedClock
from services.processes.commands import deploy_folder
from tests.scenario import Player, load_scenario

PROBE = Path(__file__).resolve().parents[1] / "fixtures" / "procedures" / "probe"


def test_probe_story(app: Application, clock: FixedClock) -> None:
    deploy_folder(app, PROBE)
    Player(app, clock, "probe").play(load_scenario(PROBE / "scenarios" / "PR-1.yaml"))
