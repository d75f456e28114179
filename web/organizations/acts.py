"""The acts on a body: what each asks for, says, and does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from flask import url_for

from engine.forms import Option
from engine.procedure import OrganizationKind, Post
from services.identity.actor import POST_NAMES
from services.identity.permissions import Allowed, Permission, require_allowed
from services.organizations import listing
from services.organizations.administration import (
    EndPower,
    GrantPower,
    MoveOrganization,
    RenameOrganization,
    end_power,
    establish_organization,
    grant_power,
    move_organization,
    rename_organization,
)
from services.organizations.commands import NewOrganization
from services.organizations.models import Level
from services.organizations.names import KIND_NAMES, LEVEL_NAMES
from services.organizations.queries import ApprovalPowerView, OrganizationView
from services.organizations.rules import RULES, kinds_below
from services.organizations.succession import (
    DissolveOrganization,
    MergeOrganizations,
    SplitOrganization,
    dissolve_organization,
    merge_organizations,
    split_organization,
)
from services.people.administration import SEXES, AppointPerson, appoint_person, enter_person
from services.people.commands import NewPerson
from services.people.listing import choices as people_choices
from services.people.models import PersonKind, PoliticalStatus
from services.people.names import PERSON_KIND_NAMES, STATUS_NAMES
from web.context import acting, application
from web.registers import fields
from web.registers.acts import ActPage, tell_what_is_unusual
from web.registers.fields import DOCUMENT, Field, FieldKind, basis_fields, options_of

END_POWER = "end-power"


@dataclass(frozen=True, slots=True)
class BodyAct:
    """An act offered on the page of a body to who has the permission.

    `below` tells that it is about something to be founded below the body; `note` says what follows.
    """

    name: str
    title: str
    note: str
    permission: Permission
    fields: Callable[[OrganizationView], tuple[Field, ...]]
    run: Callable[[OrganizationView], int]
    below: bool = False
    is_danger: bool = False
    fits: Callable[[OrganizationKind], bool] = lambda _kind: True

    def is_offered(self, can: Allowed, kind: OrganizationKind) -> bool:
        """Tell whether the act is shown to who may do this much, for a body of this kind."""
        return self.permission in (can.below if self.below else can.here) and self.fits(kind)


def build(act: BodyAct, view: OrganizationView) -> ActPage:
    """Return the page of an act; raises `Forbidden` when the actor may not do it."""
    require_allowed(application(), acting(), act.permission, view.id, below=act.below)
    return ActPage(
        title=act.title,
        about=view.name,
        note=act.note,
        done=f"“{view.name}”：{act.title}已登记。",
        back=_address(view.id),
        fields=act.fields(view),
        run=lambda: _address(act.run(view)),
        is_danger=act.is_danger,
    )


def build_end_power(view: OrganizationView, power: ApprovalPowerView) -> ActPage:
    """Return the page on which a power to approve members ends."""
    require_allowed(application(), acting(), Permission.GRANT_POWERS, view.id)

    def run() -> str:
        command = EndPower(power.id, fields.basis())
        return _address(end_power(application(), acting(), command))

    return ActPage(
        title="终止审批权限",
        about=f"{view.name}：{power.document_number}",
        note="终止后由上级具有审批权限的党委审批；此前作出的审批不受影响。",
        done="审批权限已终止。",
        back=_address(view.id),
        fields=basis_fields("最后一日", _today()),
        run=run,
        is_danger=True,
    )


def _address(organization_id: int) -> str:
    return url_for("organizations.show", organization_id=organization_id)


def _today() -> date:
    return application().clock.now().date()


def _body_picker(
    name: str,
    label: str,
    kinds: frozenset[OrganizationKind] | None = None,
    *,
    is_required: bool = True,
    hint: str = "",
) -> Field:
    text = fields.searched(name)
    found = listing.choices(application(), text, kinds) if text else ()
    return Field(name, label, FieldKind.PICKER, is_required, hint, found)


def _name_fields(view: OrganizationView | None) -> tuple[Field, Field]:
    return (
        Field("name", "全称", value=view.name if view else ""),
        Field("short_name", "简称", value=view.short_name if view else ""),
    )


def _new_fields(kinds: tuple[Option, ...]) -> tuple[Field, ...]:
    levels = options_of(LEVEL_NAMES, Level)
    return (
        Field("code", "组织代码", hint="在全系统中唯一，登记后不变。"),
        *_name_fields(None),
        Field("kind", "组织类别", FieldKind.SELECT, options=kinds),
        Field("level", "层级", FieldKind.SELECT, options=levels),
    )


def _new_body(parent_id: int | None) -> NewOrganization:
    basis = fields.basis()
    return NewOrganization(
        code=fields.text("code"),
        name=fields.text("name"),
        short_name=fields.text("short_name"),
        kind=fields.member(OrganizationKind, "kind"),
        level=fields.member(Level, "level"),
        parent_id=parent_id,
        established_on=basis.acted_on,
        document_number=basis.document_number,
    )


def _establish_fields(view: OrganizationView) -> tuple[Field, ...]:
    kinds = options_of(KIND_NAMES, kinds_below(view.kind))
    return (*_new_fields(kinds), *basis_fields("成立日期", _today()))


def _establish(view: OrganizationView) -> int:
    return establish_organization(application(), acting(), _new_body(view.id))


def _rename_fields(view: OrganizationView) -> tuple[Field, ...]:
    return (*_name_fields(view), *basis_fields("更名日期", _today()))


def _rename(view: OrganizationView) -> int:
    command = RenameOrganization(
        view.id, fields.text("name"), fields.text("short_name"), fields.basis()
    )
    return rename_organization(application(), acting(), command)


def _move_fields(view: OrganizationView) -> tuple[Field, ...]:
    picker = _body_picker("parent_id", "新的上级组织", RULES[view.kind].parents)
    return (picker, *basis_fields("调整日期", _today()))


def _move(view: OrganizationView) -> int:
    command = MoveOrganization(view.id, fields.key("parent_id"), fields.basis())
    return move_organization(application(), acting(), command)


def _merge_fields(_view: OrganizationView) -> tuple[Field, ...]:
    picker = _body_picker("target_id", "并入的组织", hint="合并后继续存在的组织。")
    return (picker, *basis_fields("合并日期", _today()))


def _merge(view: OrganizationView) -> int:
    command = MergeOrganizations((view.id,), fields.key("target_id"), fields.basis())
    return merge_organizations(application(), acting(), command)


def _split_fields(view: OrganizationView) -> tuple[Field, ...]:
    kinds = kinds_below(view.parent.kind) if view.parent else tuple(OrganizationKind)
    members = people_choices(application(), acting(), "", view.id)
    children = tuple(Option(str(child.id), child.name) for child in view.children)
    return (
        *_new_fields(options_of(KIND_NAMES, kinds)),
        Field("people", "转入新组织的人员", FieldKind.MANY, is_required=False, options=members),
        Field(
            "children", "转入新组织的下级组织", FieldKind.MANY, is_required=False, options=children
        ),
        *basis_fields("分立日期", _today()),
    )


def _split(view: OrganizationView) -> int:
    command = SplitOrganization(
        view.id, _new_body(None), fields.basis(), fields.keys("people"), fields.keys("children")
    )
    return split_organization(application(), acting(), command)


def _dissolve_fields(_view: OrganizationView) -> tuple[Field, ...]:
    hint = "人员、下级组织和办理中的办件由其承接；已没有人员、下级组织和办件的，可不选。"
    picker = _body_picker("successor_id", "承接的组织", is_required=False, hint=hint)
    return (picker, *basis_fields("撤销日期", _today()))


def _dissolve(view: OrganizationView) -> int:
    command = DissolveOrganization(view.id, fields.basis(), fields.optional_key("successor_id"))
    return dissolve_organization(application(), acting(), command)


def _power_fields(_view: OrganizationView) -> tuple[Field, ...]:
    ends = Field(
        "ends_on", "有效期至", FieldKind.DATE, is_required=False, hint="长期有效的，可不填。"
    )
    return (*basis_fields("授权日期", _today()), ends)


def _grant(view: OrganizationView) -> int:
    command = GrantPower(view.id, fields.basis(), fields.optional_day("ends_on"))
    return grant_power(application(), acting(), command)


def _appoint_fields(view: OrganizationView) -> tuple[Field, ...]:
    rule = RULES[view.kind]
    text = fields.searched("person_id")
    found = people_choices(application(), acting(), text) if text else ()
    return (
        Field("person_id", "任职人员", FieldKind.PICKER, options=found),
        Field(
            "post",
            "职务",
            FieldKind.SELECT,
            options=options_of(POST_NAMES, (*rule.posts, *rule.further)),
        ),
        *basis_fields("任职日期", _today()),
    )


def _appoint(view: OrganizationView) -> int:
    command = AppointPerson(
        fields.key("person_id"), view.id, fields.member(Post, "post"), fields.basis()
    )
    appoint_person(application(), acting(), command)
    return view.id


def _enter_fields(_view: OrganizationView) -> tuple[Field, ...]:
    sexes = tuple(Option(sex, sex) for sex in SEXES)
    return (
        Field("name", "姓名"),
        Field("sex", "性别", FieldKind.SELECT, options=sexes),
        Field("born_on", "出生日期", FieldKind.DATE),
        Field(
            "kind",
            "人员类别",
            FieldKind.SELECT,
            options=options_of(PERSON_KIND_NAMES, PersonKind),
        ),
        Field("occupation", "职业", value="律师"),
        fields.firm_picker(),
        Field(
            "status",
            "政治面貌",
            FieldKind.SELECT,
            options=options_of(STATUS_NAMES, reversed(PoliticalStatus)),
        ),
        Field(
            "status_since",
            "政治面貌起始日期",
            FieldKind.DATE,
            is_required=False,
            hint="如入党、列为积极分子的日期；群众不填。",
        ),
        Field("acted_on", "转入日期", FieldKind.DATE, value=_today().isoformat()),
        Field(DOCUMENT, "依据文件", hint="如组织关系介绍信编号。"),
    )


def _enter(view: OrganizationView) -> int:
    basis = fields.basis()
    enter_person(
        application(),
        acting(),
        NewPerson(
            name=fields.text("name"),
            sex=fields.text("sex"),
            born_on=fields.day("born_on"),
            organization_id=view.id,
            status=fields.member(PoliticalStatus, "status"),
            status_since=fields.optional_day("status_since"),
            kind=fields.member(PersonKind, "kind"),
            occupation=fields.text("occupation"),
            employer_id=fields.optional_key(fields.EMPLOYER),
            belongs_since=basis.acted_on,
            document_number=basis.document_number,
        ),
    )
    tell_what_is_unusual(view.id)
    return view.id


_KEEP = Permission.KEEP_ORGANIZATIONS

ACTS: Mapping[str, BodyAct] = {
    act.name: act
    for act in (
        BodyAct(
            "appoint",
            "任职",
            "一人可以同时在几个组织任职。任职后，本职务的待办由其办理。",
            Permission.APPOINT,
            _appoint_fields,
            _appoint,
            fits=lambda kind: bool(RULES[kind].posts or RULES[kind].further),
        ),
        BodyAct(
            "enter",
            "登记人员",
            "登记组织关系在本组织的人员；由其他支部转入的，请在其人员页面办理转接。",
            Permission.KEEP_PEOPLE,
            _enter_fields,
            _enter,
            fits=lambda kind: RULES[kind].takes_members or RULES[kind].lists_staff,
        ),
        BodyAct(
            "establish",
            "设立下级组织",
            "类别、层级和隶属关系按规定核对。",
            _KEEP,
            _establish_fields,
            _establish,
            below=True,
            fits=lambda kind: bool(kinds_below(kind)),
        ),
        BodyAct(
            "power",
            "登记审批权限",
            "审批权限以文件为准，不由组织名称推定。",
            Permission.GRANT_POWERS,
            _power_fields,
            _grant,
            fits=lambda kind: RULES[kind].may_approve,
        ),
        BodyAct(
            "rename",
            "更名",
            "办理中的办件改用新名称；已办结的办件仍显示当时的名称。",
            _KEEP,
            _rename_fields,
            _rename,
        ),
        BodyAct(
            "move",
            "调整隶属关系",
            "全部下级组织随同调整；办理中的办件由新的上级承接。",
            _KEEP,
            _move_fields,
            _move,
            fits=lambda kind: bool(RULES[kind].parents),
        ),
        BodyAct(
            "merge",
            "并入其他组织",
            "人员、下级组织和办理中的办件转由并入的组织承接；本组织的职务和审批权限自合并之日起终止。",
            _KEEP,
            _merge_fields,
            _merge,
            is_danger=True,
        ),
        BodyAct(
            "split",
            "分立",
            "由本组织分出一个新组织，与本组织隶属于同一上级；所选人员的办件随同转入。",
            _KEEP,
            _split_fields,
            _split,
            is_danger=True,
        ),
        BodyAct(
            "dissolve",
            "撤销",
            "撤销后不再显示在组织架构中，记录全部保留；职务和审批权限自撤销之日起终止。",
            _KEEP,
            _dissolve_fields,
            _dissolve,
            is_danger=True,
        ),
    )
}
"""The acts by the last part of their address, in the order in which the page offers them."""
