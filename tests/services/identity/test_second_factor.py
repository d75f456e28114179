"""The second factor: enrolment, codes that work once, recovery codes."""

from __future__ import annotations

from datetime import timedelta

import pyotp
import pytest
from sqlalchemy import text

from services.bootstrap import Application
from services.clock import FixedClock
from services.errors import Conflict, Invalid
from services.identity import second_factor, sessions
from services.identity.errors import CodeRefused, LockedOut
from services.identity.login import NOWHERE, enter_code, log_in
from services.identity.passwords import SAMPLE_PASSWORD
from services.identity.sessions import CODE_WAIT, OpenSession
from tests.services.identity.conftest import LogIn

STEP = timedelta(seconds=30)


def code_of(secret: str, wall: FixedClock) -> str:
    return pyotp.TOTP(secret).at(wall.now())


def first_step(app: Application) -> OpenSession:
    logged_in = log_in(app, "shuji", SAMPLE_PASSWORD)
    assert logged_in.awaits_code
    found = sessions.current(app, logged_in.token)
    assert found is not None
    assert found.awaits_code
    return found


def switch_on(app: Application, me: OpenSession, wall: FixedClock) -> tuple[str, tuple[str, ...]]:
    secret = second_factor.enrolment(app, me).secret
    codes = second_factor.confirm(app, me, code_of(secret, wall))
    wall.advance(STEP)
    return secret, codes


def test_it_is_off_until_a_first_code_was_entered(
    machine: Application, enter: LogIn, wall: FixedClock
) -> None:
    me = enter("shuji")
    offered = second_factor.enrolment(machine, me)
    assert offered == second_factor.enrolment(machine, me)
    with pytest.raises(Invalid):
        second_factor.confirm(machine, me, "000000")
    assert not second_factor.state_of(machine, me.account_id).is_on
    assert not log_in(machine, "shuji", SAMPLE_PASSWORD).awaits_code
    codes = second_factor.confirm(machine, me, code_of(offered.secret, wall))
    assert len(set(codes)) == 10
    assert second_factor.state_of(machine, me.account_id).is_on
    with pytest.raises(Conflict):
        second_factor.enrolment(machine, me)


def test_the_secret_is_stored_encrypted(
    machine: Application, enter: LogIn, wall: FixedClock
) -> None:
    secret, _ = switch_on(machine, enter("shuji"), wall)
    with machine.database.read() as session:
        stored = session.execute(text("SELECT secret FROM second_factor")).scalar_one()
    assert secret not in stored
    assert stored.startswith("sm4$")


def test_a_code_opens_once_within_a_step_of_drift(
    machine: Application, enter: LogIn, wall: FixedClock
) -> None:
    secret, _ = switch_on(machine, enter("shuji"), wall)
    code = code_of(secret, wall)
    wall.advance(STEP)
    assert not enter_code(machine, first_step(machine), code, NOWHERE).awaits_code
    with pytest.raises(CodeRefused):
        enter_code(machine, first_step(machine), code, NOWHERE)
    late = code_of(secret, wall)
    wall.advance(STEP * 2)
    with pytest.raises(CodeRefused):
        enter_code(machine, first_step(machine), late, NOWHERE)


def test_the_session_of_the_first_step_is_no_session_and_short(
    machine: Application, enter: LogIn, wall: FixedClock
) -> None:
    me = enter("shuji")
    secret, _ = switch_on(machine, me, wall)
    logged_in = log_in(machine, "shuji", SAMPLE_PASSWORD)
    first = sessions.current(machine, logged_in.token)
    assert first is not None
    assert first.id not in [s.id for s in sessions.of_account(machine, me.account_id, me.id)]
    full = enter_code(machine, first, code_of(secret, wall), NOWHERE)
    assert full.token != logged_in.token
    assert sessions.current(machine, logged_in.token) is None
    again = log_in(machine, "shuji", SAMPLE_PASSWORD).token
    wall.advance(CODE_WAIT + STEP)
    assert sessions.current(machine, again) is None


def test_a_recovery_code_opens_once(machine: Application, enter: LogIn, wall: FixedClock) -> None:
    me = enter("shuji")
    _, codes = switch_on(machine, me, wall)
    typed = f" {codes[0].upper()} "
    assert enter_code(machine, first_step(machine), typed, NOWHERE).person_id == me.person_id
    assert second_factor.state_of(machine, me.account_id).recovery_codes_left == 9
    with pytest.raises(CodeRefused):
        enter_code(machine, first_step(machine), codes[0], NOWHERE)


def test_guessing_codes_locks_the_login(
    machine: Application, enter: LogIn, wall: FixedClock
) -> None:
    switch_on(machine, enter("shuji"), wall)
    first = first_step(machine)
    for _ in range(5):
        with pytest.raises(CodeRefused):
            enter_code(machine, first, "000000", NOWHERE)
    with pytest.raises(LockedOut):
        enter_code(machine, first, "000000", NOWHERE)


def test_switching_off_and_new_recovery_codes_ask_for_a_code(
    machine: Application, enter: LogIn, wall: FixedClock
) -> None:
    me = enter("shuji")
    secret, old = switch_on(machine, me, wall)
    with pytest.raises(Invalid):
        second_factor.renew_recovery_codes(machine, me, "000000")
    new = second_factor.renew_recovery_codes(machine, me, code_of(secret, wall))
    assert not set(old) & set(new)
    with pytest.raises(Invalid):
        second_factor.switch_off(machine, me, old[0])
    second_factor.switch_off(machine, me, new[0])
    assert not log_in(machine, "shuji", SAMPLE_PASSWORD).awaits_code
