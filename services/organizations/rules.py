"""What each kind of body may be: its levels, what it stands below, what it takes and approves.

The rules are data; where a text says so, `source` names the article.  《…》（待核对） marks a text
that has not been read in the original.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from services.errors import Invalid
from services.organizations.models import Level, OrganizationKind
from services.organizations.names import KIND_NAMES, LEVEL_NAMES
from services.people.models import Post

_FIRM_RULES = "《律师事务所党组织工作规则（试行）》"
_BRANCH_RULES = "《中国共产党支部工作条例（试行）》"
_ADMISSION_RULES = "《中国共产党发展党员工作细则》"

_TERRITORIAL = frozenset({Level.PROVINCE, Level.CITY, Level.COUNTY})
_COMMITTEES = frozenset({OrganizationKind.INDUSTRY_COMMITTEE, OrganizationKind.AGENCY_COMMITTEE})
_ABOVE_BRANCHES = _COMMITTEES | {OrganizationKind.GENERAL_BRANCH}
_BRANCH_POSTS = (
    Post.SECRETARY,
    Post.DEPUTY_SECRETARY,
    Post.ORGANIZATION_COMMISSIONER,
    Post.PUBLICITY_COMMISSIONER,
    Post.DISCIPLINE_COMMISSIONER,
)
_COMMITTEE_POSTS = (*_BRANCH_POSTS, Post.ORGANIZER, Post.OFFICE_CLERK)
_DEPARTMENT_POSTS = (Post.DEPARTMENT_HEAD, Post.DEPARTMENT_CLERK)


@dataclass(frozen=True, slots=True)
class KindRule:
    """The rule of one kind.

    `parents` are the kinds it may stand below; `may_be_root` that it may stand below none;
    `posts` are those it usually has (one without a holder is shown as vacant), `further` those it
    may have as well; `takes_members` that people can belong to it; `lists_staff` that people who
    belong to a body outside the register are listed with it; `may_approve` that the power to
    approve members can be recorded for it.
    """

    levels: frozenset[Level]
    parents: frozenset[OrganizationKind] = frozenset()
    may_be_root: bool = False
    posts: tuple[Post, ...] = ()
    further: tuple[Post, ...] = ()
    takes_members: bool = False
    lists_staff: bool = False
    may_approve: bool = False
    source: str = ""


RULES: Mapping[OrganizationKind, KindRule] = {
    OrganizationKind.DEPARTMENT: KindRule(
        levels=_TERRITORIAL,
        may_be_root=True,
        posts=_DEPARTMENT_POSTS,
        further=(Post.REGISTER_KEEPER,),
        lists_staff=True,
    ),
    OrganizationKind.PARTY_GROUP: KindRule(
        levels=_TERRITORIAL,
        may_be_root=True,
        posts=(Post.SECRETARY,),
        further=(Post.DEPUTY_SECRETARY, Post.COMMISSIONER, Post.OFFICE_CLERK),
        lists_staff=True,
        source="《中国共产党党组工作条例》（待核对）",
    ),
    OrganizationKind.AGENCY_COMMITTEE: KindRule(
        levels=_TERRITORIAL,
        parents=frozenset({OrganizationKind.PARTY_GROUP}),
        may_be_root=True,
        posts=_COMMITTEE_POSTS,
        further=(Post.COMMISSIONER, Post.REGISTER_KEEPER),
        may_approve=True,
        source="《中国共产党党和国家机关基层组织工作条例》（待核对）",
    ),
    OrganizationKind.INDUSTRY_COMMITTEE: KindRule(
        levels=_TERRITORIAL,
        parents=_COMMITTEES,
        may_be_root=True,
        posts=_COMMITTEE_POSTS,
        further=(Post.COMMISSIONER, Post.REGISTER_KEEPER),
        may_approve=True,
        source=f"{_FIRM_RULES}第四条",
    ),
    OrganizationKind.GENERAL_BRANCH: KindRule(
        levels=frozenset({Level.CITY, Level.COUNTY, Level.FIRM}),
        parents=_COMMITTEES,
        posts=(*_BRANCH_POSTS, Post.ORGANIZER),
        further=(Post.COMMISSIONER, Post.OFFICE_CLERK, Post.REGISTER_KEEPER),
        takes_members=True,
        source=f"{_FIRM_RULES}第四条",
    ),
    OrganizationKind.BRANCH: KindRule(
        levels=frozenset({Level.FIRM}),
        parents=_ABOVE_BRANCHES,
        posts=_BRANCH_POSTS,
        further=(Post.COMMISSIONER, Post.ORGANIZER),
        takes_members=True,
        source=f"{_FIRM_RULES}第六条",
    ),
    OrganizationKind.JOINT_BRANCH: KindRule(
        levels=frozenset({Level.FIRM}),
        parents=_ABOVE_BRANCHES,
        posts=_BRANCH_POSTS,
        further=(Post.COMMISSIONER, Post.ORGANIZER),
        takes_members=True,
        source=_BRANCH_RULES,
    ),
    OrganizationKind.TEMPORARY_BRANCH: KindRule(
        levels=frozenset({Level.FIRM}),
        parents=_ABOVE_BRANCHES,
        posts=(Post.SECRETARY,),
        further=(Post.DEPUTY_SECRETARY, *_BRANCH_POSTS[2:], Post.COMMISSIONER),
        source=f"{_BRANCH_RULES}（待核对）",
    ),
    OrganizationKind.ASSOCIATION: KindRule(
        levels=_TERRITORIAL,
        parents=frozenset({OrganizationKind.ASSOCIATION}),
        may_be_root=True,
        further=(Post.OFFICE_CLERK,),
        lists_staff=True,
        source="《中华人民共和国律师法》（待核对）",
    ),
    OrganizationKind.LAW_FIRM: KindRule(
        levels=frozenset({Level.FIRM}),
        parents=frozenset({OrganizationKind.ASSOCIATION}),
        may_be_root=True,
    ),
}

_RANK = {level: rank for rank, level in enumerate(Level)}


def require_place(
    kind: OrganizationKind,
    level: Level,
    parent: tuple[OrganizationKind, Level] | None,
) -> None:
    """Raise `Invalid` when a body of this kind and level may not stand below the parent.

    A body stands on a lower level than its parent; inside a law firm both have the same.
    """
    rule = RULES[kind]
    name = KIND_NAMES[kind]
    errors: dict[str, str] = {}
    if level not in rule.levels:
        allowed = "、".join(LEVEL_NAMES[item] for item in Level if item in rule.levels)
        errors["level"] = f"{name}的层级应为{allowed}。"
    if parent is None:
        if not rule.may_be_root:
            errors["parent_id"] = f"{name}必须有上级组织{_by(rule)}。"
    elif parent[0] not in rule.parents:
        allowed = "、".join(KIND_NAMES[item] for item in OrganizationKind if item in rule.parents)
        under = f"只能隶属于{allowed}" if allowed else "不设上级组织"
        errors["parent_id"] = f"{name}{under}{_by(rule)}。"
    elif _RANK[level] <= _RANK[parent[1]] and level is not Level.FIRM:
        errors["parent_id"] = f"上级组织的层级（{LEVEL_NAMES[parent[1]]}）应高于本组织。"
    if errors:
        raise Invalid(errors=errors)


def kinds_below(kind: OrganizationKind) -> tuple[OrganizationKind, ...]:
    """Return the kinds of bodies that may stand directly below one of this kind."""
    return tuple(below for below in OrganizationKind if kind in RULES[below].parents)


def require_members(kind: OrganizationKind, name: str) -> None:
    """Raise `Invalid` when nobody can belong to a body of this kind."""
    if not RULES[kind].takes_members:
        raise Invalid(f"“{name}”不能接收组织关系。", "请选择接收人员的党支部、联合党支部或党总支。")


def require_home(kind: OrganizationKind, name: str) -> None:
    """Raise `Invalid` when nobody can be entered with a body of this kind."""
    if not RULES[kind].lists_staff:
        require_members(kind, name)


def require_power(kind: OrganizationKind, name: str) -> None:
    """Raise `Invalid` when the power to approve members cannot be recorded for this kind.

    A general branch examines and passes on, a branch resolves, a temporary body and a party group
    do neither (发展党员工作细则, rule MD-T5).
    """
    if not RULES[kind].may_approve:
        raise Invalid(
            f"“{name}”不是党的委员会，不能登记党员审批权限（{_ADMISSION_RULES}）。",
            "请登记到其上级具有审批权限的党委。",
        )


def require_post(kind: OrganizationKind, name: str, post: Post, post_name: str) -> None:
    """Raise `Invalid` when a body of this kind has no such post."""
    rule = RULES[kind]
    if post not in (*rule.posts, *rule.further):
        raise Invalid(
            f"“{name}”不设{post_name}。",
            "请核对职务和组织。",
            errors={"post": f"{KIND_NAMES[kind]}不设{post_name}。"},
        )


def _by(rule: KindRule) -> str:
    return f"（{rule.source}）" if rule.source else ""
