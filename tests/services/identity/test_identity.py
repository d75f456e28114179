"""Logging in, lock-out with back-off, accounts and passwords."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Literal

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select

from services.bootstrap import Application
from services.clock import FixedClock
from services.demo.world import SAMPLE_PASSWORD, cast
from services.errors import Invalid, NotFound
from services.identity import passwords, sessions
from services.identity.actor import Actor
from services.identity.commands import change_password, create_account
from services.identity.errors import LockedOut, LoginFailed
from services.identity.login import log_in
from services.identity.models import Account, LoginFailure
from services.identity.queries import load_actor
from services.identity.sessions import OpenSession
from services.people.commands import appoint
from services.people.models import Person, Post
from tests.services.identity.conftest import set_cost

MINUTE = timedelta(minutes=1)


def fail(app: Application, login: str, times: int = 1) -> None:
    for _ in range(times):
        with pytest.raises(LoginFailed):
            log_in(app, login, "wrong password")


def who(app: Application, login: str, password: str) -> str:
    return load_actor(app, log_in(app, login, password).person_id or 0).name


def opened(app: Application, login: str, password: str = SAMPLE_PASSWORD) -> OpenSession:
    found = sessions.current(app, log_in(app, login, password).token)
    assert found is not None
    return found


def wait_after(app: Application, login: str) -> timedelta:
    with pytest.raises(LockedOut) as caught:
        log_in(app, login, SAMPLE_PASSWORD)
    return caught.value.wait


@pytest.mark.parametrize("login", ["shuji", " ShuJi "])
def test_logging_in_gives_the_person_with_their_posts(app: Application, login: str) -> None:
    actor = load_actor(app, log_in(app, login, SAMPLE_PASSWORD).person_id or 0)
    assert actor.name == "陈启明"
    assert actor.title == "湘江示例所党支部书记"
    assert [post.post for post in actor.posts] == [Post.SECRETARY]


@pytest.mark.parametrize("login", ["shuji", "nobody"])
def test_the_answer_does_not_tell_which_logins_exist(app: Application, login: str) -> None:
    with pytest.raises(LoginFailed) as caught:
        log_in(app, login, "wrong password")
    assert str(caught.value) == "[login-failed] 登录名或密码不正确。"


def test_an_unknown_login_costs_a_verification(
    app: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    verified: list[str] = []

    class Spy(PasswordHasher):
        def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:  # noqa: A002 - theirs
            verified.append(str(password))
            return super().verify(hash, password)

    monkeypatch.setattr(passwords, "_hasher", Spy(time_cost=1, memory_cost=8, parallelism=1))
    passwords._decoy.cache_clear()
    with pytest.raises(LoginFailed):
        log_in(app, "nobody", "guess")
    assert verified == ["guess"]


def test_the_decoy_opens_nothing(app: Application) -> None:
    with pytest.raises(LoginFailed):
        log_in(app, "nobody", "nobody")


@pytest.mark.parametrize("login", ["shuji", "nobody"])
def test_five_failures_lock_and_each_further_one_doubles_the_wait(
    app: Application, clock: FixedClock, login: str
) -> None:
    fail(app, login, 5)
    waits = []
    for _ in range(8):
        waits.append(wait_after(app, login))
        clock.advance(waits[-1])
        fail(app, login)
    assert [wait // MINUTE for wait in waits] == [1, 2, 4, 8, 16, 32, 60, 60]


def test_four_failures_do_not_lock_and_success_forgets_them(app: Application) -> None:
    for _ in range(3):
        fail(app, "shuji", 4)
        log_in(app, "shuji", SAMPLE_PASSWORD)
    with app.database.read() as session:
        assert session.scalars(select(LoginFailure)).all() == []


def test_a_lock_concerns_one_login_only(app: Application) -> None:
    fail(app, "shuji", 5)
    assert who(app, "fushuji", SAMPLE_PASSWORD) == "周文静"


def test_failures_are_forgotten_after_a_day(app: Application, clock: FixedClock) -> None:
    fail(app, "shuji", 4)
    clock.advance(timedelta(days=1, seconds=1))
    fail(app, "shuji", 4)
    assert who(app, "shuji", SAMPLE_PASSWORD) == "陈启明"


def test_an_outdated_hash_is_renewed_on_login(
    app: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stored() -> str:
        with app.database.read() as session:
            query = select(Account.password_hash).where(Account.login == "shuji")
            return session.scalars(query).one()

    before = stored()
    set_cost(monkeypatch, 2)
    log_in(app, "shuji", SAMPLE_PASSWORD)
    renewed = stored()
    log_in(app, "shuji", SAMPLE_PASSWORD)
    assert before != renewed
    assert renewed == stored()


def test_only_posts_held_today_count(
    app: Application, clock: FixedClock, as_: Callable[[str], Actor]
) -> None:
    actor = as_("contact_1")
    with app.database.write() as session:
        appoint(session, actor.person_id, actor.organization_id, Post.ORGANIZER, date(2026, 6, 2))
    assert load_actor(app, actor.person_id).posts == ()
    clock.advance(timedelta(days=1))
    assert [p.post for p in load_actor(app, actor.person_id).posts] == [Post.ORGANIZER]


def test_an_unknown_person_cannot_act(app: Application) -> None:
    with pytest.raises(NotFound):
        load_actor(app, 10**6)


def test_an_account_is_created_and_opens(app: Application) -> None:
    with app.database.write() as session:
        person = session.scalars(select(Person).where(Person.name == "贺岚")).one()
        create_account(session, person.id, " HeLan", "correct-Horse-7", app.clock.now())
    assert who(app, "helan", "correct-Horse-7") == "贺岚"


@pytest.mark.parametrize(
    ("login", "password", "field"),
    [
        ("shuji", "correct-Horse-7", "login"),  # taken
        ("", "correct-Horse-7", "login"),
        ("h" * 65, "correct-Horse-7", "login"),
        ("helan", "short", "password"),
        ("helan", "x" * 129, "password"),
        ("helan", "aaaaaaaaaaaa", "password"),
        ("helan", "my-HeLan-2026", "password"),
    ],
)
def test_accounts_that_are_refused(app: Application, login: str, password: str, field: str) -> None:
    with app.database.read() as session:
        person = session.scalars(select(Person).where(Person.name == "贺岚")).one()
        with pytest.raises(Invalid) as caught:
            create_account(session, person.id, login, password, app.clock.now())
    assert set(caught.value.errors) == {field}


def test_a_person_has_one_account(app: Application) -> None:
    with app.database.read() as session, pytest.raises(Invalid) as caught:
        create_account(
            session, cast(session)["secretary"], "another", "correct-Horse-7", app.clock.now()
        )
    assert caught.value.errors == {"login": "该同志已有登录名。"}


def test_changing_the_password(app: Application) -> None:
    change_password(app, opened(app, "shuji"), SAMPLE_PASSWORD, "correct-Horse-7")
    assert who(app, "shuji", "correct-Horse-7") == "陈启明"
    fail(app, "shuji")
    with pytest.raises(LoginFailed):
        log_in(app, "shuji", SAMPLE_PASSWORD)


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("wrong password", "correct-Horse-7", "old"),
        (SAMPLE_PASSWORD, "short", "new"),
        (SAMPLE_PASSWORD, SAMPLE_PASSWORD, "new"),
    ],
)
def test_password_changes_that_are_refused(
    app: Application, old: str, new: str, field: str
) -> None:
    with pytest.raises(Invalid) as caught:
        change_password(app, opened(app, "shuji"), old, new)
    assert set(caught.value.errors) == {field}
    assert who(app, "shuji", SAMPLE_PASSWORD) == "陈启明"


def test_guessing_the_old_password_locks_too(app: Application) -> None:
    me = opened(app, "shuji")
    for _ in range(5):
        with pytest.raises(Invalid):
            change_password(app, me, "wrong password", "correct-Horse-7")
    with pytest.raises(LockedOut):
        change_password(app, me, SAMPLE_PASSWORD, "correct-Horse-7")
