"""Fixtures everybody knows: an application on the sample world, and people to act as."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from services.bootstrap import Application, create_application
from services.clock import SHANGHAI, FixedClock
from services.demo.world import cast, seed
from services.identity.actor import Actor
from services.identity.models import Account, AdministratorGrant
from services.identity.queries import load_actor
from services.identity.roles import Administrator, AdministratorRole
from services.migrations.commands import upgrade
from services.processes.commands import deploy_folder
from services.processes.folder import procedure_folders
from tests.stores import Store, copy_store, drop_copies, new_store, require_server_for_all

START = datetime(2026, 6, 1, 9, 0, tzinfo=SHANGHAI)


def pytest_sessionstart() -> None:
    """Begin a run on PostgreSQL only where there is one."""
    require_server_for_all()


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


@pytest.fixture
def by_login(app: Application) -> Callable[[str], Actor]:
    """Return the actor behind a login of the sample world (“shuji”, “shengshuji” …)."""

    def load(login: str) -> Actor:
        with app.database.read() as session:
            query = select(Account.person_id).where(Account.login == login)
            person_id = session.scalars(query).one()
        assert person_id is not None, f"{login} is no person"
        return load_actor(app, person_id)

    return load


@pytest.fixture
def administrator(app: Application) -> Callable[[AdministratorRole], Administrator]:
    """Return the sample administrator of a kind."""

    def load(role: AdministratorRole) -> Administrator:
        with app.database.read() as session:
            query = select(AdministratorGrant, Account.login).join(
                Account, Account.id == AdministratorGrant.account_id
            )
            grant, login = session.execute(query.where(AdministratorGrant.role == role)).one()
        return Administrator(grant.id, grant.account_id, login, grant.name, grant.role)

    return load
