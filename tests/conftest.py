"""Fixtures everybody knows: an application on the sample world, and people to act as."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest

from services.bootstrap import Application, create_application
from services.clock import SHANGHAI, FixedClock
from services.demo.world import cast, seed
from services.identity.actor import Actor
from services.identity.queries import load_actor
from services.migrations.commands import upgrade
from services.processes.commands import deploy_folder
from services.processes.folder import procedure_folders
from tests.stores import Store, copy_store, drop_copies, new_store

START = datetime(2026, 6, 1, 9, 0, tzinfo=SHANGHAI)


@pytest.fixture(scope="session")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A store with schema, procedures and the sample world; copied for each test."""
    with new_store(tmp_path_factory.mktemp("seeded")) as store:
        app = create_application(store.settings, FixedClock(START))
        upgrade(app.settings.database)
        for procedure in procedure_folders(app.settings.procedures):
            deploy_folder(app, procedure)
        seed(app)
        app.database.dispose()
        yield store
    drop_copies()


@pytest.fixture
def app(seeded: Store, tmp_path: Path) -> Iterator[Application]:
    """An application on a fresh copy of the sample world; its clock stands at 2026-06-01 09:00."""
    with copy_store(seeded, tmp_path / "data") as store:
        application = create_application(store.settings, FixedClock(START))
        yield application
        application.database.dispose()


@pytest.fixture
def clock(app: Application) -> FixedClock:
    """The clock of `app`, to be moved."""
    assert isinstance(app.clock, FixedClock)
    return app.clock


@pytest.fixture
def as_(app: Application) -> Callable[[str], Actor]:
    """Return the actor behind a cast alias of the scenarios (“applicant”, “secretary” …)."""
    with app.database.read() as session:
        people = cast(session)
    return lambda alias: load_actor(app, people[alias])
