"""Sessions on the server: what a request costs, when they end, who ends them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, select

from services.audit.models import AuditKind, AuditRow
from services.bootstrap import Application
from services.clock import FixedClock
from services.errors import Forbidden, NotFound
from services.identity import administration, sessions
from services.identity.commands import change_password, end_other_sessions, end_own_session
from services.identity.login import log_in, log_out
from services.identity.models import LoginSession
from services.identity.passwords import SAMPLE_PASSWORD
from services.identity.roles import Administrator, AdministratorRole
from services.identity.sessions import Origin
from tests.services.identity.conftest import LogIn

NEW = "correct-Horse-7"
AdministratorOf = Callable[[AdministratorRole], Administrator]


@contextmanager
def statements(app: Application) -> Iterator[list[str]]:
    seen: list[str] = []

    def note(_c: object, _k: object, statement: str, *_: Any) -> None:
        seen.append(statement.split(" ", maxsplit=1)[0])

    event.listen(app.database.engine, "before_cursor_execute", note)
    yield seen
    event.remove(app.database.engine, "before_cursor_execute", note)


def entries(app: Application) -> list[AuditKind]:
    with app.database.read() as session:
        return list(session.scalars(select(AuditRow.kind).order_by(AuditRow.id)))


def test_a_request_costs_one_read_and_at_most_one_write_a_minute(
    machine: Application, wall: FixedClock
) -> None:
    token = log_in(machine, "shuji", SAMPLE_PASSWORD).token
    seen: list[list[str]] = []
    for pause in (0, 50, 11, 0):
        wall.advance(timedelta(seconds=pause))
        with statements(machine) as noted:
            sessions.current(machine, token)
        seen.append([word for word in noted if word in {"SELECT", "UPDATE"}])
    assert seen == [["SELECT"], ["SELECT"], ["SELECT", "UPDATE"], ["SELECT"]]


def test_being_used_keeps_a_session_up_to_its_longest_time(
    machine: Application, wall: FixedClock
) -> None:
    token = log_in(machine, "shuji", SAMPLE_PASSWORD).token
    lasted = 0
    while sessions.current(machine, token) is not None:
        wall.advance(timedelta(minutes=50))
        lasted += 50
    assert 12 * 60 < lasted <= 13 * 60


def test_the_token_is_not_in_the_database(machine: Application) -> None:
    token = log_in(machine, "shuji", SAMPLE_PASSWORD).token
    with machine.database.read() as session:
        assert token not in session.scalars(select(LoginSession.token_hash)).all()


def test_changing_the_password_ends_the_other_sessions_only(
    machine: Application, enter: LogIn
) -> None:
    elsewhere = log_in(machine, "shuji", SAMPLE_PASSWORD).token
    here_token = log_in(machine, "shuji", SAMPLE_PASSWORD).token
    here = sessions.current(machine, here_token)
    assert here is not None
    foreign = enter("fushuji")
    change_password(machine, here, SAMPLE_PASSWORD, NEW)
    assert sessions.current(machine, elsewhere) is None
    assert sessions.current(machine, here_token) is not None
    assert len(sessions.of_account(machine, foreign.account_id, foreign.id)) == 1


def test_ones_sessions_are_listed_with_their_origin_and_ended(machine: Application) -> None:
    log_in(machine, "shuji", SAMPLE_PASSWORD, Origin("192.0.2.7", "Firefox/1"))
    token = log_in(machine, "shuji", SAMPLE_PASSWORD, Origin("192.0.2.8", "Chrome/1")).token
    me = sessions.current(machine, token)
    assert me is not None
    found = {item.address: item for item in sessions.of_account(machine, me.account_id, me.id)}
    assert {"192.0.2.7": False, "192.0.2.8": True} == {
        address: item.is_current for address, item in found.items()
    }
    end_own_session(machine, me, found["192.0.2.7"].id)
    assert [me.id] == [item.id for item in sessions.of_account(machine, me.account_id, me.id)]
    with pytest.raises(NotFound):
        end_own_session(machine, me, found["192.0.2.7"].id)
    assert AuditKind.SESSION_ENDED in entries(machine)


def test_nobody_ends_the_session_of_somebody_else_as_ones_own(
    machine: Application, enter: LogIn
) -> None:
    me, foreign = enter("shuji"), enter("fushuji")
    with pytest.raises(NotFound):
        end_own_session(machine, me, foreign.id)
    assert end_other_sessions(machine, me) == 0
    assert len(sessions.of_account(machine, foreign.account_id, foreign.id)) == 1


def test_the_security_administrator_ends_sessions_and_the_others_do_not(
    machine: Application, enter: LogIn, administrator: AdministratorOf
) -> None:
    foreign = enter("shuji")
    for role in (AdministratorRole.SYSTEM, AdministratorRole.AUDIT):
        with pytest.raises(Forbidden):
            administration.end_session_of(machine, administrator(role), foreign.id)
        with pytest.raises(Forbidden):
            administration.list_sessions(machine, administrator(role))
    security = administrator(AdministratorRole.SECURITY)
    assert ["shuji"] == [
        item.login for item in administration.list_sessions(machine, security).items
    ]
    assert administration.end_session_of(machine, security, foreign.id) == "shuji"
    assert administration.list_sessions(machine, security).items == ()
    with machine.database.read() as session:
        entry = session.scalars(select(AuditRow).order_by(AuditRow.id.desc())).first()
    assert entry is not None
    assert (entry.kind, entry.subject_id) == (AuditKind.SESSION_ENDED, "shuji")
    assert "安全管理员" in entry.capacity


def test_every_login_failure_lock_and_log_out_is_recorded(
    machine: Application, enter: LogIn
) -> None:
    before = len(entries(machine))
    for _ in range(5):
        with pytest.raises(Exception, match="login-failed"):
            log_in(machine, "shuji", "wrong")
    me = enter("fushuji")
    change_password(machine, me, SAMPLE_PASSWORD, NEW)
    log_out(machine, me)
    assert [
        *[AuditKind.LOGIN_REFUSED] * 5,
        AuditKind.LOGIN_LOCKED,
        AuditKind.LOGGED_IN,
        AuditKind.PASSWORD_CHANGED,
        AuditKind.LOGGED_OUT,
    ] == entries(machine)[before:]
