"""What the security administrator sees of everybody's tokens, and revoking them; never a secret."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, or_, select

from services.api_tokens.models import ApiToken
from services.api_tokens.queries import TokenView, view_of
from services.audit.models import AuditKind
from services.bootstrap import Application
from services.errors import Conflict, NotFound
from services.identity.book import Doer, book
from services.identity.consent import require_role
from services.identity.models import Account
from services.identity.roles import Administrator, AdministratorRole
from services.notifications.commands import notify
from services.organizations.models import Organization
from services.people.models import Person
from services.people.search import matches

PAGE_SIZE = 30


@dataclass(frozen=True, slots=True)
class ForeignToken:
    """A token of somebody, and whose it is."""

    owner: str
    organization_name: str
    token: TokenView


@dataclass(frozen=True, slots=True)
class ForeignTokens:
    """A page of tokens."""

    items: tuple[ForeignToken, ...]
    total: int
    page: int
    page_size: int


def list_tokens(
    app: Application,
    administrator: Administrator,
    text: str = "",
    page: int = 1,
    *,
    with_ended: bool = False,
) -> ForeignTokens:
    """Return everybody's tokens that are good, or all, the newest first; raises `Forbidden`.

    `text` narrows them by part of the name or pinyin of the owner, or by how the token begins.
    """
    require_role(administrator, AdministratorRole.SECURITY)
    now = app.clock.now()
    query = (
        select(ApiToken, Person.name, Organization.short_name)
        .join(Person, Person.id == ApiToken.person_id)
        .join(Organization, Organization.id == Person.organization_id)
    )
    if text.strip():
        begins = ApiToken.hint.startswith(text.strip(), autoescape=True)
        query = query.where(or_(matches(text), begins))
    if not with_ended:
        query = query.where(ApiToken.revoked_at.is_(None), ApiToken.expires_at > now)
    with app.database.read() as session:
        total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
        rows = session.execute(
            query.order_by(ApiToken.created_at.desc(), ApiToken.id.desc())
            .limit(PAGE_SIZE)
            .offset((page - 1) * PAGE_SIZE)
        )
        items = tuple(ForeignToken(name, body, view_of(row, now)) for row, name, body in rows)
    return ForeignTokens(items, total, page, PAGE_SIZE)


def revoke_token_of(app: Application, administrator: Administrator, token_id: int) -> str:
    """Revoke somebody's token at once and tell them; returns their name.

    Raises `Forbidden`, `NotFound`, and `Conflict` when it was revoked before.
    """
    require_role(administrator, AdministratorRole.SECURITY)
    now = app.clock.now()
    with app.database.write() as session:
        row = session.get(ApiToken, token_id, with_for_update=True)
        if row is None:
            raise NotFound
        if row.revoked_at is not None:
            raise Conflict("该令牌已经撤销。", "请刷新页面查看。")
        row.revoked_at = now
        owner = session.get_one(Person, row.person_id)
        login = session.scalar(select(Account.login).where(Account.person_id == owner.id))
        book(
            session,
            app,
            AuditKind.TOKEN_REVOKED,
            Doer.administrator(administrator),
            concerned=login or owner.name,
            details={"令牌": row.name, "编号": str(row.id)},
        )
        notify(
            session,
            (owner.id,),
            None,
            "接口令牌已被撤销",
            f"您的接口令牌“{row.name}”（{row.hint}…）已由安全管理员撤销，使用它的程序不能再调用接口。"
            "确需使用的，请重新生成。",
            now,
        )
        return owner.name
