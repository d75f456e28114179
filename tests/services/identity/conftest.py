"""Fixtures: cheap hashes, sessions of people, and a machine's clock that can be moved."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from argon2 import PasswordHasher
from sqlalchemy import update

from services.bootstrap import Application
from services.clock import FixedClock
from services.identity import passwords, sessions
from services.identity.login import log_in
from services.identity.models import Account
from services.identity.passwords import SAMPLE_PASSWORD, hash_password
from services.identity.sessions import OpenSession

LogIn = Callable[..., OpenSession]


def set_cost(monkeypatch: pytest.MonkeyPatch, rounds: int) -> None:
    hasher = PasswordHasher(time_cost=rounds, memory_cost=8, parallelism=1)
    monkeypatch.setattr(passwords, "_hasher", hasher)
    passwords._decoy.cache_clear()


@pytest.fixture(autouse=True)
def quick_hashes(app: Application, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashes are cheap here; what is tested is what happens around them."""
    set_cost(monkeypatch, 1)
    with app.database.write() as session:
        session.execute(update(Account).values(password_hash=hash_password(SAMPLE_PASSWORD)))


@pytest.fixture
def wall(app: Application) -> FixedClock:
    """A machine's clock to be moved."""
    return FixedClock(app.wall.now())


@pytest.fixture
def machine(app: Application, wall: FixedClock) -> Application:
    """The application on that machine."""
    return replace(app, wall=wall)


@pytest.fixture
def enter(machine: Application) -> LogIn:
    """Log in and return the session."""

    def run(login: str, password: str = SAMPLE_PASSWORD) -> OpenSession:
        found = sessions.current(machine, log_in(machine, login, password).token)
        assert found is not None
        return found

    return run
