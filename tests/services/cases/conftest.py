"""Fixtures: the test world, at its beginning and far along."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest

from services.bootstrap import Application, create_application
from services.clock import FixedClock
from services.settings import Settings
from tests.world import World


@pytest.fixture
def world(app: Application) -> World:
    """Nobody has started anything yet."""
    return World(app)


@dataclass(frozen=True)
class Saved:
    """A data folder, and the case and moment it stands at."""

    folder: Path
    case_id: int
    now: datetime


@pytest.fixture(scope="session")
def saved_at_admission(seeded_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Saved:
    """The case of MD-S1 just admitted: steps 18, 19 and 20 are open side by side."""
    folder = tmp_path_factory.mktemp("admitted") / "data"
    shutil.copytree(seeded_data, folder)
    clock = FixedClock(datetime.fromisoformat("2026-06-01T09:00+08:00"))
    app = create_application(Settings(data_dir=str(folder), demo="1"), clock)
    world = World(app).until("file_admission", "assign_group", "oath")
    app.database.dispose()
    return Saved(folder, world.case_id, clock.now())


@pytest.fixture
def admitted(saved_at_admission: Saved, tmp_path: Path) -> Iterator[World]:
    """A fresh copy of the case just admitted."""
    data = tmp_path / "admitted"
    shutil.copytree(saved_at_admission.folder, data)
    clock = FixedClock(saved_at_admission.now)
    app = create_application(Settings(data_dir=str(data), demo="1"), clock)
    yield World(app, case_id=saved_at_admission.case_id)
    app.database.dispose()
