"""A body without a superior takes two administrators."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from services.audit.models import AuditKind, AuditRow, Book
from services.basis import Basis
from services.bootstrap import Application
from services.errors import Conflict, Forbidden, Invalid, NotFound
from services.founding.commands import (
    ProposeRoot,
    confirm_root,
    deny_root,
    propose_root,
    withdraw_root,
)
from services.founding.queries import proposals
from services.identity.models import RequestState
from services.identity.roles import Administrator, AdministratorRole
from services.organizations.models import Level, Organization, OrganizationKind

AdministratorOf = Callable[[AdministratorRole], Administrator]
SYSTEM, SECURITY, AUDIT = AdministratorRole
NEW = ProposeRoot(
    "SF-ZZ",
    "中共株洲市司法局党组（示例）",
    "株洲市司法局党组（示例）",
    OrganizationKind.PARTY_GROUP,
    Level.CITY,
    Basis(date(2026, 5, 1), "示例组〔2026〕2号"),
    "上级机关尚未接入。",
)


def _founded(app: Application) -> list[Organization]:
    with app.database.read() as session:
        return list(session.scalars(select(Organization).where(Organization.code == NEW.code)))


def test_it_is_founded_when_the_other_kind_confirms(
    app: Application, administrator: AdministratorOf
) -> None:
    proposal = propose_root(app, administrator(SYSTEM), NEW)
    assert _founded(app) == []
    body = confirm_root(app, administrator(SECURITY), proposal)
    (row,) = _founded(app)
    assert (row.id, row.parent_id, row.path) == (body, None, f"/{body}/")
    (view,) = proposals(app, administrator(SYSTEM))
    assert (view.state, view.organization_id) == (RequestState.CONFIRMED, body)
    with app.database.read() as session:
        entries = session.scalars(
            select(AuditRow).where(AuditRow.book == Book.ORGANIZATIONS).order_by(AuditRow.id)
        ).all()
    assert [entry.kind for entry in entries[-3:]] == [
        AuditKind.REQUEST_ASKED,
        AuditKind.REQUEST_CONFIRMED,
        AuditKind.ORGANIZATION_ESTABLISHED,
    ]
    assert [entry.capacity.split()[0] for entry in entries[-3:]] == [
        "系统管理员",
        "安全管理员",
        "安全管理员",
    ]
    with pytest.raises(Conflict):
        confirm_root(app, administrator(SECURITY), proposal)


def test_nobody_does_the_others_part(app: Application, administrator: AdministratorOf) -> None:
    for role in (SECURITY, AUDIT):
        with pytest.raises(Forbidden):
            propose_root(app, administrator(role), NEW)
    proposal = propose_root(app, administrator(SYSTEM), NEW)
    for role in (SYSTEM, AUDIT):
        with pytest.raises(Forbidden):
            confirm_root(app, administrator(role), proposal)
    with pytest.raises(Forbidden):
        withdraw_root(app, administrator(SECURITY), proposal)
    with pytest.raises(Forbidden):
        proposals(app, administrator(AUDIT))
    assert _founded(app) == []


def test_denied_or_withdrawn_nothing_is_founded(
    app: Application, administrator: AdministratorOf
) -> None:
    denied = propose_root(app, administrator(SYSTEM), NEW)
    with pytest.raises(Invalid):
        deny_root(app, administrator(SECURITY), denied, " ")
    deny_root(app, administrator(SECURITY), denied, "应隶属于省厅。")
    withdrawn = propose_root(app, administrator(SYSTEM), NEW)
    with pytest.raises(Conflict):
        propose_root(app, administrator(SYSTEM), NEW)
    withdraw_root(app, administrator(SYSTEM), withdrawn)
    with pytest.raises(NotFound):
        withdraw_root(app, administrator(SYSTEM), 999)
    assert _founded(app) == []
    assert [view.note for view in proposals(app, administrator(SECURITY))] == ["", "应隶属于省厅。"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"kind": OrganizationKind.BRANCH, "level": Level.FIRM}, "parent_id"),
        ({"level": Level.FIRM}, "level"),
        ({"code": "HN"}, "code"),
        ({"name": " "}, "name"),
        ({"reason": ""}, "reason"),
        ({"basis": Basis(date(2030, 1, 1), "示例")}, "acted_on"),
    ],
)
def test_what_the_rules_refuse_is_not_proposed(
    app: Application, administrator: AdministratorOf, change: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        propose_root(app, administrator(SYSTEM), replace(NEW, **change))
    assert field in refused.value.errors
