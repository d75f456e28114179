"""Who may open which pages: the one list for everybody, for persons and for each administrator.

Whatever is not listed for administrators is for persons only, so that a new page is out of the
administrators' reach until somebody decides otherwise here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from services.identity.roles import AdministratorRole

UNGUARDED_ENDPOINTS = frozenset({"static", "health.healthz"})
"""Open without even looking who is there."""

PUBLIC_ENDPOINTS = UNGUARDED_ENDPOINTS | {
    "api_docs.openapi",
    "auth.login",
    "sign_on.begin",
    "sign_on.finish",
}
"""All that may be opened without logging in."""

LEAVING = frozenset({"auth.logout"})
AWAITING_CODE = LEAVING | {"auth.code"}
"""While the second factor is still to come."""
AWAITING_PASSWORD = LEAVING | {"auth.first_password"}
"""While a one-time or outdated password has to be changed."""
AWAITING_SECOND_FACTOR = LEAVING | {"account.enrol"}
"""While an administrator has to set the second factor up."""

OWN_ACCOUNT = frozenset({"auth", "account"})
"""Blueprints of one's own login and account: for persons and administrators alike."""

AREAS: Mapping[AdministratorRole, frozenset[str]] = {
    AdministratorRole.SYSTEM: OWN_ACCOUNT | {"consent", "founding", "retention", "system"},
    AdministratorRole.SECURITY: OWN_ACCOUNT | {"consent", "founding", "security"},
    AdministratorRole.AUDIT: OWN_ACCOUNT | {"consent", "audit", "retention"},
}
"""The blueprints each kind of administrator may open, and nothing else."""

ADMINISTRATION = frozenset[str]().union(*AREAS.values()) - OWN_ACCOUNT
"""What no person may open."""


@dataclass(frozen=True, slots=True)
class MenuItem:
    """An entry of an administrator's menu: endpoint, label, icon."""

    endpoint: str
    label: str
    icon: str


_FOUNDING = MenuItem("founding.index", "设立顶层组织", "tree")
_RETENTION = MenuItem("retention.index", "保管与销毁", "file")
_CONSENT = (
    MenuItem("consent.board", "申请与确认", "done"),
    MenuItem("consent.administrators", "管理员", "user"),
)
MENUS: Mapping[AdministratorRole, tuple[MenuItem, ...]] = {
    AdministratorRole.SYSTEM: (
        MenuItem("system.home", "系统管理首页", "inbox"),
        MenuItem("system.accounts", "账号", "search"),
        *_CONSENT,
        _FOUNDING,
        _RETENTION,
        MenuItem("system.procedures", "流程与版本", "flow"),
        MenuItem("system.jobs", "后台作业", "clock"),
        MenuItem("system.incidents", "运行异常", "warning"),
        MenuItem("system.settings", "设置", "file"),
        MenuItem("system.condition", "运行状况", "info"),
    ),
    AdministratorRole.SECURITY: (
        MenuItem("security.home", "安全管理首页", "inbox"),
        *_CONSENT,
        _FOUNDING,
        MenuItem("security.sessions", "登录会话", "clock"),
        MenuItem("security.tokens", "接口令牌", "file"),
        MenuItem("security.locked", "锁定的登录名", "warning"),
        MenuItem("security.policy", "登录策略", "file"),
    ),
    AdministratorRole.AUDIT: (
        MenuItem("audit.home", "审计管理首页", "inbox"),
        MenuItem("audit.books", "审计记录", "search"),
        MenuItem("audit.anchors", "每日存证", "file"),
        _RETENTION,
        *_CONSENT,
    ),
}
"""What stands in the menu of each kind, the home page first."""


def home_of(role: AdministratorRole) -> str:
    """Return the endpoint an administrator begins at."""
    return MENUS[role][0].endpoint


def may_administer(role: AdministratorRole, blueprint: str | None) -> bool:
    """Tell whether an administrator may open a page of a blueprint."""
    return blueprint in AREAS[role]
