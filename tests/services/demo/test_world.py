"""The sample world is whole, is entered once, and its clock only goes forward."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from services.bootstrap import Application, create_application
from services.demo.clock import shift
from services.demo.names import ADMINISTRATORS, BODIES, CAST_NAMES, PEOPLE
from services.demo.offset import CACHE_SECONDS, offset
from services.demo.world import LOGINS, SAMPLE_PASSWORD, cast, seed
from services.errors import Forbidden, Invalid
from services.identity.actor import Actor
from services.identity.login import log_in
from services.identity.models import Account
from services.migrations.commands import upgrade
from services.organizations.models import Organization
from services.people.models import Person, PoliticalStatus, VotingRight
from services.people.queries import people_of
from services.settings import Settings
from tests.stores import new_store


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Application]:
    """An application with the demo's own clock and an empty database."""
    with new_store(tmp_path) as store:
        application = create_application(store.settings)
        upgrade(application.settings.database)
        yield application
        application.database.dispose()


def test_seeding_twice_changes_nothing(app: Application) -> None:
    assert not seed(app)
    with app.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Organization)) == len(BODIES)
        assert session.scalar(select(func.count()).select_from(Person)) == len(PEOPLE)
        accounts = session.scalar(select(func.count()).select_from(Account))
        assert accounts == len(LOGINS) + len(ADMINISTRATORS)


def test_names_are_unique_because_the_cast_is_found_by_name() -> None:
    names = [person.name for person in PEOPLE]
    assert len(names) == len(set(names))


def test_every_part_of_the_scenarios_has_a_login() -> None:
    assert set(CAST_NAMES.values()) <= {login.name for login in LOGINS}


def test_everybody_is_marked_as_sample_and_invented_bodies_say_so(app: Application) -> None:
    with app.database.read() as session:
        assert session.scalars(select(Person.name).where(~Person.is_sample)).all() == []
    assert [body.name for body in BODIES if body.is_sample and "示例" not in body.name] == []


def test_members_one_to_nine_are_exactly_the_voters_of_the_main_branch(
    app: Application, as_: Callable[[str], Actor]
) -> None:
    branch = as_("secretary").organization_id
    with app.database.read() as session:
        people = cast(session)
        full = people_of(session, branch, (PoliticalStatus.FULL,))
    voters = {p.id for p in full if p.voting_right == VotingRight.FULL}
    assert len(full) == 10
    assert voters == {people[f"member_{number}"] for number in range(1, 10)}


def test_the_applicant_is_of_age_and_has_not_applied(app: Application) -> None:
    with app.database.read() as session:
        applicant = session.get_one(Person, cast(session)["applicant"])
    assert applicant.status == PoliticalStatus.MASSES
    assert applicant.born_on < date(2026 - 18, 6, 1)


@pytest.mark.parametrize("login", LOGINS, ids=lambda login: login.login)
def test_printed_logins_work_and_say_who_it_is(
    app: Application, by_login: Callable[[str], Actor], login: object
) -> None:
    sample = next(entry for entry in LOGINS if entry is login)
    actor = by_login(sample.login)
    assert actor.person_id == log_in(app, sample.login, SAMPLE_PASSWORD).person_id
    assert actor.name == sample.name
    if actor.posts:
        assert actor.title == sample.title


def test_the_demo_clock_moves_to_a_day_and_by_a_duration(demo: Application) -> None:
    before = demo.clock.now()
    after = shift(demo, to=before.date() + timedelta(days=30))
    assert after.date() == before.date() + timedelta(days=30)
    later = shift(demo, by=timedelta(hours=30))
    assert timedelta(hours=30) <= later - after < timedelta(hours=30, minutes=1)
    assert offset(demo.database) == timedelta(days=30, hours=30)


def test_another_process_sees_the_offset_within_a_second(
    demo: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = create_application(demo.settings)
    assert offset(other.database) == timedelta()
    shift(demo, by=timedelta(days=1))
    assert offset(other.database) == timedelta()  # still cached
    elapsed = time.monotonic() + CACHE_SECONDS
    monkeypatch.setattr(time, "monotonic", lambda: elapsed)
    assert offset(other.database) == timedelta(days=1)
    other.database.dispose()


@pytest.mark.parametrize(
    "move",
    [
        {},
        {"by": timedelta()},
        {"by": timedelta(days=-1)},
        {"by": timedelta(days=36_500)},
        {"to": date(2000, 1, 1)},
        {"to": date(2500, 1, 1)},
        {"to": date(2090, 1, 1), "by": timedelta(days=1)},
    ],
)
def test_moves_that_are_refused(demo: Application, move: dict[str, object]) -> None:
    with pytest.raises(Invalid):
        shift(demo, **move)  # type: ignore[arg-type]  # parametrized on purpose
    assert offset(demo.database) == timedelta()


def test_only_the_demo_has_a_movable_clock(tmp_path: Path) -> None:
    application = create_application(Settings(data_dir=str(tmp_path)))
    with pytest.raises(Forbidden):
        shift(application, by=timedelta(days=1))
    assert abs(application.clock.now() - datetime.now(UTC)) < timedelta(minutes=1)
    application.database.dispose()
