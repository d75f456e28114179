from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from services.api_tokens.administration import list_tokens, revoke_token_of
from services.api_tokens.commands import (
    MAX_TOKENS,
    PREFIX,
    MakeToken,
    authenticate,
    make_token,
    revoke_token,
)
from services.api_tokens.errors import TokenInvalid
from services.api_tokens.models import ApiToken, TokenScope
from services.api_tokens.queries import own_tokens
from services.audit.models import AuditKind, AuditRow
from services.bootstrap import Application
from services.clock import FixedClock
from services.errors import Conflict, Forbidden, Invalid, NotFound
from services.identity.actor import Actor
from services.identity.models import Account
from services.identity.roles import Administrator, AdministratorRole
from services.notifications.queries import listing

As = Callable[[str], Actor]
READ = MakeToken("统计", TokenScope.READ, 30)


def test_a_token_stands_for_the_person_who_made_it(app: Application, as_: As) -> None:
    made = make_token(app, as_("secretary"), READ)
    bearer = authenticate(app, made.secret)
    assert (as_("secretary"), made.id, TokenScope.READ) == (
        bearer.actor,
        bearer.token_id,
        bearer.scope,
    )


def test_the_secret_is_nowhere_in_the_database(app: Application, as_: As) -> None:
    made = make_token(app, as_("secretary"), READ)
    with app.database.read() as session:
        row = session.scalars(select(ApiToken)).one()
    assert made.secret not in {str(value) for value in vars(row).values()}
    assert made.secret.startswith(row.hint)
    assert len(row.hint) == len(PREFIX) + 4


def test_making_and_revoking_are_in_the_book_of_accounts(app: Application, as_: As) -> None:
    made = make_token(app, as_("secretary"), READ)
    for _ in range(2):
        revoke_token(app, as_("secretary"), made.id)
    with app.database.read() as session:
        rows = session.scalars(select(AuditRow).order_by(AuditRow.id)).all()[-2:]
    assert [AuditKind.TOKEN_MADE, AuditKind.TOKEN_REVOKED] == [row.kind for row in rows]
    assert {made.secret in row.data.decode() for row in rows} == {False}


def test_an_expired_or_revoked_token_is_no_token(
    app: Application, as_: As, clock: FixedClock
) -> None:
    revoked, expired = (make_token(app, as_("secretary"), READ) for _ in "12")
    revoke_token(app, as_("secretary"), revoked.id)
    with pytest.raises(TokenInvalid):
        authenticate(app, revoked.secret)
    clock.advance(timedelta(days=30) - timedelta(seconds=1))
    authenticate(app, expired.secret)
    clock.advance(timedelta(seconds=1))
    with pytest.raises(TokenInvalid):
        authenticate(app, expired.secret)
    states = [token.state_name for token in own_tokens(app, as_("secretary"))]
    assert sorted(states) == ["已撤销", "已过期"]


def test_nobody_revokes_the_token_of_another(app: Application, as_: As) -> None:
    made = make_token(app, as_("secretary"), READ)
    with pytest.raises(NotFound):
        revoke_token(app, as_("applicant"), made.id)
    assert own_tokens(app, as_("applicant")) == ()
    authenticate(app, made.secret)


def test_when_a_token_was_used_is_kept_to_the_minute(
    app: Application, as_: As, clock: FixedClock
) -> None:
    made = make_token(app, as_("secretary"), READ)
    used = []
    for _ in range(3):
        authenticate(app, made.secret)
        used.append(own_tokens(app, as_("secretary"))[0].last_used_at)
        clock.advance(timedelta(seconds=40))
    assert used[0] == used[1]
    assert used[2] == clock.now() - timedelta(seconds=40)


@pytest.mark.parametrize(
    ("command", "field"),
    [
        (MakeToken(" ", TokenScope.READ, 30), "name"),
        (MakeToken("x" * 61, TokenScope.READ, 30), "name"),
        (MakeToken("x", TokenScope.READ, 0), "days"),
        (MakeToken("x", TokenScope.READ, 367), "days"),
    ],
)
def test_name_and_days_have_limits(
    app: Application, as_: As, command: MakeToken, field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        make_token(app, as_("secretary"), command)
    assert [field] == list(refused.value.errors)


def test_one_person_has_a_limited_number_of_tokens(app: Application, as_: As) -> None:
    for _ in range(MAX_TOKENS):
        last = make_token(app, as_("secretary"), READ)
    with pytest.raises(Invalid):
        make_token(app, as_("secretary"), READ)
    revoke_token(app, as_("secretary"), last.id)
    make_token(app, as_("secretary"), READ)


def test_a_token_is_no_token_while_the_account_is_disabled(app: Application, as_: As) -> None:
    made = make_token(app, as_("secretary"), READ)
    with app.database.write() as session:
        query = select(Account).where(Account.person_id == as_("secretary").person_id)
        session.scalars(query).one().is_disabled = True
    with pytest.raises(TokenInvalid):
        authenticate(app, made.secret)


AdministratorOf = Callable[[AdministratorRole], Administrator]


def test_the_security_administrator_sees_tokens_without_secrets_and_revokes_them(
    app: Application, as_: As, administrator: AdministratorOf
) -> None:
    made = make_token(app, as_("secretary"), READ)
    make_token(app, as_("organizer"), READ)
    security = administrator(AdministratorRole.SECURITY)
    assert list_tokens(app, security).total == 2
    (found,) = list_tokens(app, security, "chenqiming").items
    assert (found.owner, found.token.name, found.token.is_usable) == ("陈启明", "统计", True)
    assert made.secret not in repr(found)
    assert list_tokens(app, security, made.secret[:11]).items == (found,)
    assert revoke_token_of(app, security, made.id) == "陈启明"
    with pytest.raises(TokenInvalid):
        authenticate(app, made.secret)
    with pytest.raises(Conflict):
        revoke_token_of(app, security, made.id)
    with pytest.raises(NotFound):
        revoke_token_of(app, security, 999)
    assert list_tokens(app, security).total == 1
    assert list_tokens(app, security, with_ended=True).total == 2
    assert listing(app, as_("secretary"), 1).items[0].subject == "接口令牌已被撤销"
    with app.database.read() as session:
        entry = session.scalars(
            select(AuditRow).where(AuditRow.kind == AuditKind.TOKEN_REVOKED)
        ).one()
    assert entry.capacity.startswith("安全管理员")
    assert made.secret.encode() not in entry.data


@pytest.mark.parametrize("role", [AdministratorRole.SYSTEM, AdministratorRole.AUDIT])
def test_the_other_administrators_have_nothing_to_do_with_tokens(
    app: Application, as_: As, administrator: AdministratorOf, role: AdministratorRole
) -> None:
    made = make_token(app, as_("secretary"), READ)
    with pytest.raises(Forbidden):
        list_tokens(app, administrator(role))
    with pytest.raises(Forbidden):
        revoke_token_of(app, administrator(role), made.id)
    authenticate(app, made.secret)
