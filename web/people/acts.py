"""The acts on the record of a person: what each asks for, says, and does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from flask import url_for

from engine.procedure import OrganizationKind
from services.errors import Conflict, Forbidden
from services.identity.permissions import Allowed, Permission, require_allowed
from services.organizations import listing
from services.organizations.rules import RULES
from services.people.administration import (
    ChangeEmployer,
    EndAppointment,
    EndMembership,
    ReadmitPerson,
    TransferMembership,
    change_employer,
    end_membership,
    end_post,
    readmit_person,
    transfer_membership,
)
from services.people.models import LeavingReason, PoliticalStatus
from services.people.names import LEAVING_NAMES, STATUS_NAMES
from services.people.queries import AppointmentView, PersonView
from web.context import acting, application
from web.registers import fields
from web.registers.acts import ActPage, tell_what_is_unusual
from web.registers.fields import Field, FieldKind, basis_fields, options_of

END_POST = "end-post"
_HOMES = frozenset(kind for kind in OrganizationKind if RULES[kind].takes_members)


@dataclass(frozen=True, slots=True)
class PersonAct:
    """An act offered on the page of a person to who may keep the people of their body."""

    name: str
    title: str
    note: str
    fields: Callable[[], tuple[Field, ...]]
    run: Callable[[int], None]
    for_left: bool = False
    is_danger: bool = False

    def is_offered(self, can: Allowed, *, has_left: bool) -> bool:
        """Tell whether the act is shown to who may do this much."""
        return Permission.KEEP_PEOPLE in can.here and self.for_left == has_left


def build(act: PersonAct, view: PersonView) -> ActPage:
    """Return the page of an act; raises `Forbidden`, or `Conflict` where it does not fit."""
    _require_other(view)
    require_allowed(application(), acting(), Permission.KEEP_PEOPLE, view.organization_id)
    if act.for_left != bool(view.left_on):
        raise Conflict(f"{view.name}现在不能办理{act.title}。", "请刷新页面，核对人员状态。")

    def run() -> str:
        act.run(view.id)
        return _address(view.id)

    return ActPage(
        title=act.title,
        about=f"{view.name}（{view.organization_name}）",
        note=act.note,
        done=f"{view.name}：{act.title}已登记。",
        back=_address(view.id),
        fields=act.fields(),
        run=run,
        is_danger=act.is_danger,
    )


def build_end_post(view: PersonView, post: AppointmentView) -> ActPage:
    """Return the page on which a post of a person ends."""
    _require_other(view)
    require_allowed(application(), acting(), Permission.APPOINT, post.organization_id)

    def run() -> str:
        command = EndAppointment(post.id, fields.basis())
        return _address(end_post(application(), acting(), command))

    return ActPage(
        title="免职",
        about=f"{view.name}：{post.organization_name}{post.post_name}",
        note="免职后，本职务的待办由其他任职人员或者替补办理；任职记录保留。",
        done=f"{view.name}：免职已登记。",
        back=_address(view.id),
        fields=basis_fields("任职的最后一日", _today()),
        run=run,
        is_danger=True,
    )


def _require_other(view: PersonView) -> None:
    if view.id == acting().person_id:
        raise Forbidden("不能办理本人的登记事项。", "请由其他有权限的同志办理。")


def _address(person_id: int) -> str:
    return url_for("people.show", person_id=person_id)


def _today() -> date:
    return application().clock.now().date()


def _home_picker(label: str) -> Field:
    text = fields.searched("organization_id")
    found = listing.choices(application(), text, _HOMES) if text else ()
    return Field("organization_id", label, FieldKind.PICKER, options=found)


def _transfer_fields() -> tuple[Field, ...]:
    return (_home_picker("转入的组织"), *basis_fields("转接日期", _today()))


def _transfer(person_id: int) -> None:
    command = TransferMembership(person_id, fields.key("organization_id"), fields.basis())
    transfer_membership(application(), acting(), command)
    tell_what_is_unusual(command.organization_id)


def _employer_fields() -> tuple[Field, ...]:
    return (fields.firm_picker(), *basis_fields("变更日期", _today()))


def _employ(person_id: int) -> None:
    command = ChangeEmployer(person_id, fields.optional_key(fields.EMPLOYER), fields.basis())
    tell_what_is_unusual(change_employer(application(), acting(), command))


def _leave_fields() -> tuple[Field, ...]:
    reasons = options_of(LEAVING_NAMES, LeavingReason)
    return (
        Field("reason", "离开原因", FieldKind.SELECT, options=reasons),
        *basis_fields("离开日期", _today()),
    )


def _leave(person_id: int) -> None:
    reason = fields.member(LeavingReason, "reason")
    end_membership(application(), acting(), EndMembership(person_id, reason, fields.basis()))


def _readmit_fields() -> tuple[Field, ...]:
    statuses = options_of(STATUS_NAMES, PoliticalStatus)
    return (
        _home_picker("所在组织"),
        Field("status", "政治面貌", FieldKind.SELECT, options=statuses),
        *basis_fields("登记日期", _today()),
    )


def _readmit(person_id: int) -> None:
    command = ReadmitPerson(
        person_id,
        fields.key("organization_id"),
        fields.member(PoliticalStatus, "status"),
        fields.basis(),
    )
    readmit_person(application(), acting(), command)


ACTS: Mapping[str, PersonAct] = {
    act.name: act
    for act in (
        PersonAct(
            "transfer",
            "转接组织关系",
            "培养教育考察和预备期连续计算；办理中的办件随同转到新的组织。",
            _transfer_fields,
            _transfer,
        ),
        PersonAct(
            "employer",
            "变更执业机构",
            "只登记执业机构，不影响组织关系；不选的，登记为没有执业机构。",
            _employer_fields,
            _employ,
        ),
        PersonAct(
            "leave",
            "登记离开",
            "离开后不再列入名册，现任职务同时终止；全部记录保留。",
            _leave_fields,
            _leave,
            is_danger=True,
        ),
        PersonAct(
            "readmit",
            "重新登记",
            "重新转入，或者失去党籍后仍在本行业执业的，在此登记。",
            _readmit_fields,
            _readmit,
            for_left=True,
        ),
    )
}
"""The acts by the last part of their address, in the order in which the page offers them."""
