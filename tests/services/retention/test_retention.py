"""Disposal takes a list, two administrators of different kinds, and leaves its count on record."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import delete, func, select

from services.audit.models import AuditKind, AuditRow
from services.bootstrap import Application
from services.errors import Conflict, Forbidden, Invalid, NotFound
from services.identity.actor import Actor
from services.identity.models import RequestState
from services.identity.roles import Administrator, AdministratorRole
from services.notifications.models import Notification
from services.retention.commands import (
    ProposeDisposal,
    confirm_disposal,
    deny_disposal,
    propose_disposal,
    withdraw_disposal,
)
from services.retention.models import RecordKind
from services.retention.periods import digest_of
from services.retention.queries import disposals, periods
from tests.world import World

AdministratorOf = Callable[[AdministratorRole], Administrator]
SYSTEM, SECURITY, AUDIT = AdministratorRole
NOTICES = ProposeDisposal(RecordKind.READ_NOTICES, "超过保管期限。")


@pytest.fixture
def past(app: Application, as_: Callable[[str], Actor]) -> tuple[int, ...]:
    """Two notices past their period; beside them one read lately, one unread, one of a case."""
    world = World(app)
    world.start()
    long_ago = app.clock.now() - timedelta(days=400)
    lately = app.clock.now() - timedelta(days=300)
    person = as_("applicant").person_id
    with app.database.write() as session:
        session.execute(delete(Notification))
        rows = [
            Notification(
                person_id=person,
                instance_id=case,
                subject="示例",
                created_at=long_ago,
                read_at=read,
            )
            for case, read in (
                (None, long_ago),
                (None, long_ago),
                (None, lately),
                (None, None),
                (world.case_id, long_ago),
            )
        ]
        session.add_all(rows)
        session.flush()
        return tuple(row.id for row in rows[:2])


def _left(app: Application) -> int:
    with app.database.read() as session:
        return session.scalar(select(func.count(Notification.id))) or 0


def test_two_people_dispose_and_it_is_on_record(
    app: Application, administrator: AdministratorOf, past: tuple[int, ...]
) -> None:
    assert [2, 0] == [item.past for item in periods(app, administrator(AUDIT))]
    proposal = propose_disposal(app, administrator(SYSTEM), NOTICES)
    assert 5 == _left(app)
    assert 2 == confirm_disposal(app, administrator(AUDIT), proposal)
    assert 3 == _left(app)
    [view] = disposals(app, administrator(SYSTEM))
    assert (RequestState.CONFIRMED, 2, digest_of(past)) == (view.state, view.count, view.digest)
    with app.database.read() as session:
        [entry] = session.scalars(
            select(AuditRow).where(AuditRow.kind == AuditKind.RECORDS_DISPOSED)
        )
        assert "审计管理员" == entry.capacity.split()[0]
        assert digest_of(past).encode() in entry.data
    with pytest.raises(Conflict):
        confirm_disposal(app, administrator(AUDIT), proposal)
    with pytest.raises(Conflict):
        propose_disposal(app, administrator(SYSTEM), NOTICES)


@pytest.mark.usefixtures("past")
def test_nobody_does_the_others_part(app: Application, administrator: AdministratorOf) -> None:
    for role in (SECURITY, AUDIT):
        with pytest.raises(Forbidden):
            propose_disposal(app, administrator(role), NOTICES)
    proposal = propose_disposal(app, administrator(SYSTEM), NOTICES)
    for role in (SYSTEM, SECURITY):
        with pytest.raises(Forbidden):
            confirm_disposal(app, administrator(role), proposal)
        with pytest.raises(Forbidden):
            deny_disposal(app, administrator(role), proposal, "不宜销毁。")
    with pytest.raises(Forbidden):
        withdraw_disposal(app, administrator(AUDIT), proposal)
    with pytest.raises(Forbidden):
        periods(app, administrator(SECURITY))
    with pytest.raises(NotFound):
        confirm_disposal(app, administrator(AUDIT), 999)
    assert 5 == _left(app)


@pytest.mark.usefixtures("past")
def test_denied_or_withdrawn_nothing_goes(app: Application, administrator: AdministratorOf) -> None:
    proposal = propose_disposal(app, administrator(SYSTEM), NOTICES)
    with pytest.raises(Conflict):
        propose_disposal(app, administrator(SYSTEM), NOTICES)
    with pytest.raises(Invalid):
        deny_disposal(app, administrator(AUDIT), proposal, " ")
    deny_disposal(app, administrator(AUDIT), proposal, "仍需查考。")
    withdraw_disposal(
        app, administrator(SYSTEM), propose_disposal(app, administrator(SYSTEM), NOTICES)
    )
    assert 5 == _left(app)


def test_a_list_that_changed_is_not_disposed_of(
    app: Application, administrator: AdministratorOf, past: tuple[int, ...]
) -> None:
    proposal = propose_disposal(app, administrator(SYSTEM), NOTICES)
    with app.database.write() as session:
        session.execute(delete(Notification).where(Notification.id == past[0]))
    with pytest.raises(Conflict):
        confirm_disposal(app, administrator(AUDIT), proposal)
    assert 4 == _left(app)
