"""三员分立: three kinds, one role a person, and what takes two of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from services.audit.models import AuditKind, AuditRow
from services.bootstrap import Application, create_application
from services.errors import Conflict, Forbidden, Invalid
from services.identity import administration, decide, second_factor, sessions
from services.identity.ask import AskAboutAccount, AskForAccount, AskForRole, ask
from services.identity.commands import ONE_TIME, change_password
from services.identity.consent import PARTIES
from services.identity.errors import LastAdministrator, LockedOut, LoginFailed, RoleTaken
from services.identity.install import install_administrator
from services.identity.login import log_in
from services.identity.models import Account, RequestKind
from services.identity.passwords import SAMPLE_PASSWORD
from services.identity.roles import Administrator, AdministratorRole
from services.migrations.commands import upgrade
from services.people.models import Person
from services.settings import Settings
from tests.services.identity.conftest import LogIn

SYSTEM, SECURITY, AUDIT = AdministratorRole
AdministratorOf = Callable[[AdministratorRole], Administrator]
REASON = "工作需要"


def account_of(app: Application, login: str) -> Account:
    with app.database.read() as session:
        return session.scalars(select(Account).where(Account.login == login)).one()


def about(app: Application, kind: RequestKind, login: str, name: str = "") -> AskAboutAccount:
    return AskAboutAccount(kind, account_of(app, login).id, REASON, name)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Application]:
    """A new installation without sample data."""
    app = create_application(Settings(data_dir=str(tmp_path / "office")))
    upgrade(app.settings.database)
    yield app
    app.database.dispose()


def test_a_new_installation_has_no_account(office: Application) -> None:
    with office.database.read() as session:
        assert session.scalars(select(Account)).all() == []


def test_the_sample_password_opens_in_the_demo_only(machine: Application) -> None:
    assert log_in(machine, "shuji", SAMPLE_PASSWORD).token
    serious = replace(machine.settings, demo="")
    app = create_application(serious)
    with pytest.raises(LoginFailed):
        log_in(app, "shuji", SAMPLE_PASSWORD)
    app.database.dispose()


def test_the_first_administrators_come_from_the_command_line_once(office: Application) -> None:
    for number, role in enumerate(AdministratorRole):
        password = install_administrator(office, role, f"a{number}", "某人", f"{number}")
        found = sessions.current(office, log_in(office, f"a{number}", password).token)
        assert found is not None
        assert found.awaits_password
        assert found.administrator is not None
        assert (found.administrator.role, found.person_id) == (role, None)
    with pytest.raises(Conflict, match="已有系统管理员"):
        install_administrator(office, SYSTEM, "a9", "某人", "9")


def test_nobody_is_given_two_roles(office: Application) -> None:
    install_administrator(office, SYSTEM, "one", "某人", "7")
    with pytest.raises(RoleTaken):
        install_administrator(office, SECURITY, "two", "某人", " 7 ")


@pytest.mark.parametrize("role", AdministratorRole)
def test_nobody_asks_or_decides_for_their_own_kind(role: AdministratorRole) -> None:
    parties = PARTIES[role]
    assert len({role, parties.asks, parties.decides}) == 3


def test_every_kind_of_account_has_its_parties() -> None:
    assert {None, *AdministratorRole} == PARTIES.keys()
    assert PARTIES[None].asks is not PARTIES[None].decides


@pytest.mark.parametrize("concerned", AdministratorRole)
def test_a_grant_takes_effect_when_the_other_kind_confirms(
    machine: Application, administrator: AdministratorOf, concerned: AdministratorRole
) -> None:
    asking = AskForRole(concerned, "second", "某人", "S-2", REASON)
    parties = PARTIES[concerned]
    for role in set(AdministratorRole) - {parties.asks}:
        with pytest.raises(Forbidden):
            ask(machine, administrator(role), asking)
    number = ask(machine, administrator(parties.asks), asking)
    with pytest.raises(LoginFailed):
        log_in(machine, "second", SAMPLE_PASSWORD)
    for role in set(AdministratorRole) - {parties.decides}:
        with pytest.raises(Forbidden):
            decide.confirm(machine, administrator(role), number)
    confirmed = decide.confirm(machine, administrator(parties.decides), number)
    found = sessions.current(machine, log_in(machine, "second", confirmed.one_time_password).token)
    assert found is not None
    assert found.administrator is not None
    assert found.administrator.role is concerned
    with pytest.raises(Conflict):
        decide.confirm(machine, administrator(parties.decides), number)


def test_the_same_is_not_asked_twice_nor_for_a_holder_of_a_role(
    machine: Application, administrator: AdministratorOf
) -> None:
    system = administrator(SYSTEM)
    ask(machine, system, AskForRole(AUDIT, "second", "某人", "S-2", REASON))
    with pytest.raises(Conflict):
        ask(machine, system, AskForRole(AUDIT, "second", "某人", "S-3", REASON))
    with pytest.raises(RoleTaken):
        ask(machine, system, AskForRole(AUDIT, "third", "某人", "示例-001", REASON))
    with pytest.raises(Invalid):
        ask(machine, system, AskForRole(AUDIT, "fourth", "某人", "S-4", " "))


def test_two_requests_for_one_person_end_in_one_role(
    machine: Application, administrator: AdministratorOf
) -> None:
    first = ask(machine, administrator(SYSTEM), AskForRole(AUDIT, "x1", "某人", "S-2", REASON))
    second = ask(machine, administrator(SYSTEM), AskForRole(AUDIT, "x2", "某人", "S-2", REASON))
    decide.confirm(machine, administrator(SECURITY), first)
    with pytest.raises(RoleTaken):
        decide.confirm(machine, administrator(SECURITY), second)


def test_a_denied_or_withdrawn_request_changes_nothing(
    machine: Application, administrator: AdministratorOf
) -> None:
    system, security = administrator(SYSTEM), administrator(SECURITY)
    before = account_of(machine, "shuji").password_hash
    asking = about(machine, RequestKind.RESET_PASSWORD, "shuji")
    denied = ask(machine, system, asking)
    with pytest.raises(Invalid):
        decide.deny(machine, security, denied, "")
    decide.deny(machine, security, denied, "未见本人申请")
    withdrawn = ask(machine, system, asking)
    with pytest.raises(Forbidden):
        decide.withdraw(machine, security, withdrawn)
    decide.withdraw(machine, system, withdrawn)
    assert before == account_of(machine, "shuji").password_hash
    board = administration.request_board(machine, system)
    assert (board.waiting, {item.note for item in board.decided}) == ((), {"未见本人申请", ""})


def test_a_reset_ends_sessions_and_gives_a_one_time_password_that_runs_out(
    machine: Application, administrator: AdministratorOf, enter: LogIn, wall: object
) -> None:
    me = enter("shuji")
    number = ask(
        machine, administrator(SYSTEM), about(machine, RequestKind.RESET_PASSWORD, "shuji")
    )
    password = decide.confirm(machine, administrator(SECURITY), number).one_time_password
    assert sessions.of_account(machine, me.account_id, me.id) == ()
    opened = enter("shuji", password)
    assert opened.has_one_time_password
    change_password(machine, opened, password, "correct-Horse-7")
    assert not enter("shuji", "correct-Horse-7").awaits_password


def test_a_one_time_password_is_refused_when_it_is_too_old(
    machine: Application, administrator: AdministratorOf, wall: object
) -> None:
    number = ask(
        machine, administrator(SYSTEM), about(machine, RequestKind.RESET_PASSWORD, "shuji")
    )
    password = decide.confirm(machine, administrator(SECURITY), number).one_time_password
    assert machine.wall is wall
    machine.wall.advance(ONE_TIME)  # type: ignore[attr-defined]
    with pytest.raises(LoginFailed):
        log_in(machine, "shuji", password)


def test_an_account_for_a_person_takes_two(
    machine: Application, administrator: AdministratorOf
) -> None:
    with machine.database.read() as session:
        person = session.scalars(select(Person).where(Person.name == "贺岚")).one().id
    system = administrator(SYSTEM)
    (choice,) = administration.people_without_account(machine, system, "贺岚")
    assert choice.id == person
    number = ask(machine, system, AskForAccount(person, "HeLan", REASON))
    confirmed = decide.confirm(machine, administrator(SECURITY), number)
    assert confirmed.login == "helan"
    with machine.database.read() as session:
        kinds = session.scalars(select(AuditRow.kind).where(AuditRow.subject_id == "helan")).all()
    assert [
        AuditKind.REQUEST_ASKED,
        AuditKind.REQUEST_CONFIRMED,
        AuditKind.ACCOUNT_CREATED,
    ] == kinds
    assert log_in(machine, "helan", confirmed.one_time_password).person_id == person


def test_unlocking_takes_two(machine: Application, administrator: AdministratorOf) -> None:
    for _ in range(5):
        with pytest.raises(LoginFailed):
            log_in(machine, "shuji", "wrong")
    (locked,) = administration.list_locked(machine, administrator(SECURITY))
    assert (locked.login, locked.is_known) == ("shuji", True)
    asking = about(machine, RequestKind.UNLOCK_LOGIN, "shuji")
    number = ask(machine, administrator(SYSTEM), asking)
    with pytest.raises(LockedOut):
        log_in(machine, "shuji", SAMPLE_PASSWORD)
    decide.confirm(machine, administrator(SECURITY), number)
    assert log_in(machine, "shuji", SAMPLE_PASSWORD).token


def test_disabling_is_at_once_and_restoring_takes_two(
    machine: Application, administrator: AdministratorOf, enter: LogIn
) -> None:
    me, system = enter("shuji"), administrator(SYSTEM)
    with pytest.raises(Forbidden):
        administration.disable_account(machine, administrator(SECURITY), me.account_id, "")
    administration.disable_account(machine, system, me.account_id, REASON)
    with pytest.raises(LoginFailed):
        log_in(machine, "shuji", SAMPLE_PASSWORD)
    page = administration.account_page(machine, system, me.account_id)
    assert page.may_ask == (RequestKind.ENABLE_ACCOUNT,)
    number = ask(machine, system, about(machine, RequestKind.ENABLE_ACCOUNT, "shuji"))
    decide.confirm(machine, administrator(SECURITY), number)
    assert enter("shuji").login == "shuji"


def test_revoking_ends_the_account_but_never_the_last_of_a_kind(
    machine: Application, administrator: AdministratorOf, enter: LogIn
) -> None:
    system, security = administrator(SYSTEM), administrator(SECURITY)
    with pytest.raises(LastAdministrator):
        ask(machine, system, about(machine, RequestKind.REVOKE_ROLE, "shenji"))
    number = ask(machine, system, AskForRole(AUDIT, "second", "某人", "S-2", REASON))
    decide.confirm(machine, security, number)
    enter("shenji")
    number = ask(machine, system, about(machine, RequestKind.REVOKE_ROLE, "shenji"))
    decide.confirm(machine, security, number)
    with pytest.raises(LoginFailed):
        log_in(machine, "shenji", SAMPLE_PASSWORD)
    with pytest.raises(Conflict):
        ask(machine, system, about(machine, RequestKind.RESET_PASSWORD, "shenji"))


def test_single_sign_on_names_take_two_and_belong_to_one_account(
    machine: Application, administrator: AdministratorOf
) -> None:
    system, security = administrator(SYSTEM), administrator(SECURITY)
    asking = about(machine, RequestKind.SET_SIGN_ON, "shuji", "E-1001")
    decide.confirm(machine, security, ask(machine, system, asking))
    assert account_of(machine, "shuji").sign_on_name == "E-1001"
    with pytest.raises(Invalid):
        ask(machine, system, about(machine, RequestKind.SET_SIGN_ON, "fushuji", "E-1001"))


def test_a_lost_second_factor_is_removed_by_two(
    machine: Application, administrator: AdministratorOf, enter: LogIn
) -> None:
    me = enter("shuji")
    second_factor.enrolment(machine, me)
    asking = about(machine, RequestKind.REMOVE_SECOND_FACTOR, "shuji")
    number = ask(machine, administrator(SYSTEM), asking)
    decide.confirm(machine, administrator(SECURITY), number)
    assert not second_factor.state_of(machine, me.account_id).is_on


def test_requests_and_decisions_are_recorded_without_the_password(
    machine: Application, administrator: AdministratorOf
) -> None:
    asking = about(machine, RequestKind.RESET_PASSWORD, "shuji")
    number = ask(machine, administrator(SYSTEM), asking)
    password = decide.confirm(machine, administrator(SECURITY), number).one_time_password
    with machine.database.read() as session:
        rows = session.scalars(select(AuditRow).order_by(AuditRow.id.desc()).limit(2)).all()
        assert [AuditKind.REQUEST_CONFIRMED, AuditKind.REQUEST_ASKED] == [r.kind for r in rows]
        assert ["安全管理员", "系统管理员"] == [row.capacity[:5] for row in rows]
        assert {"shuji"} == {row.subject_id for row in rows}
        assert not [row for row in rows if password.encode() in row.data]
