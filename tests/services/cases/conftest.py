"""Fixtures: the test world, at its beginning and far along."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest

from services.audit.verify import verify
from services.bootstrap import Application, create_application
from services.clock import FixedClock
from services.identity.actor import Actor
from services.processes.commands import deploy_folder
from tests.services.cases.stage import PROCEDURES, Stage
from tests.stores import Store, copy_store
from tests.world import World


@pytest.fixture
def world(app: Application) -> World:
    """Nobody has started anything yet."""
    return World(app)


@dataclass(frozen=True)
class Saved:
    """A store, and the case and moment it stands at."""

    store: Store
    case_id: int
    now: datetime


@pytest.fixture(scope="session")
def saved_at_admission(seeded: Store, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Saved]:
    """The case of MD-S1 just admitted: steps 18, 19 and 20 are open side by side."""
    with copy_store(seeded, tmp_path_factory.mktemp("admitted") / "data") as store:
        clock = FixedClock(datetime.fromisoformat("2026-06-01T09:00+08:00"))
        app = create_application(store.settings, clock)
        world = World(app).until("file_admission", "assign_group", "oath")
        app.database.dispose()
        yield Saved(store, world.case_id, clock.now())


@pytest.fixture
def admitted(saved_at_admission: Saved, tmp_path: Path) -> Iterator[World]:
    """A fresh copy of the case just admitted."""
    with copy_store(saved_at_admission.store, tmp_path / "admitted") as store:
        app = create_application(store.settings, FixedClock(saved_at_admission.now))
        yield World(app, case_id=saved_at_admission.case_id)
        app.database.dispose()


@pytest.fixture
def stage(app: Application, clock: FixedClock, as_: Callable[[str], Actor]) -> Iterator[Stage]:
    """A secretary with two procedures that talk to each other; nothing has happened yet."""
    for key in ("inquiry", "reply"):
        deploy_folder(app, PROCEDURES / key)
    found = Stage(app, clock, as_("secretary"))
    yield found
    with app.database.read() as session:
        assert list(verify(session)) == []
