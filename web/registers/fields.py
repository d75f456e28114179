"""The fields of a form that keeps a register: what is asked, what was typed, what is wrong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TypeVar

from flask import request

from engine.forms import Option
from engine.procedure import OrganizationKind
from services.basis import Basis
from services.errors import Invalid
from services.organizations.listing import choices
from web.context import application

ASK = "dw-ask"
"""Name of the button that searches only."""

ACTED_ON, DOCUMENT, EMPLOYER = "acted_on", "document_number", "employer_id"

MemberT = TypeVar("MemberT", bound=StrEnum)


class FieldKind(StrEnum):
    """How a field is filled in; PICKER is found by a search, MANY are boxes to tick."""

    TEXT = "text"
    DATE = "date"
    SELECT = "select"
    PICKER = "picker"
    MANY = "many"


@dataclass(frozen=True, slots=True)
class Field:
    """A field; `value` is what it opens with."""

    name: str
    label: str
    kind: FieldKind = FieldKind.TEXT
    is_required: bool = True
    hint: str = ""
    options: tuple[Option, ...] = ()
    value: str = ""

    @property
    def shown(self) -> str:
        """What stands in it: what was typed, else what it opens with."""
        return request.form.get(self.name, self.value)

    @property
    def chosen(self) -> frozenset[str]:
        """What is ticked or selected."""
        return frozenset(request.form.getlist(self.name)) or frozenset({self.value} - {""})

    @property
    def searched(self) -> str:
        """What was searched for."""
        return searched(self.name)


def searched(name: str) -> str:
    """Return what was searched for in the picker of that name."""
    return request.form.get(f"{name}-search", "").strip()


def is_search() -> bool:
    """Tell whether the request searches only, and does nothing else."""
    return ASK in request.form


def basis_fields(date_label: str, today: date) -> tuple[Field, Field]:
    """Return the fields of the act a change rests on."""
    return (
        Field(ACTED_ON, date_label, FieldKind.DATE, value=today.isoformat()),
        Field(DOCUMENT, "依据文件", hint="文号，或者会议决议的名称和日期。"),
    )


def basis() -> Basis:
    """Return the act as typed; raises `Invalid`."""
    return Basis(day(ACTED_ON), text(DOCUMENT))


def text(name: str) -> str:
    """Return what was typed, without outer spaces."""
    return request.form.get(name, "").strip()


def day(name: str) -> date:
    """Return the date that was typed; raises `Invalid`."""
    try:
        return date.fromisoformat(text(name))
    except ValueError as error:
        raise Invalid(errors={name: "请填写日期。"}) from error


def optional_day(name: str) -> date | None:
    """Return the date that was typed, None for nothing; raises `Invalid`."""
    return day(name) if text(name) else None


def key(name: str) -> int:
    """Return the id that was chosen; raises `Invalid`."""
    found = optional_key(name)
    if found is None:
        raise Invalid(errors={name: "请查找并选择一项。"})
    return found


def firm_picker() -> Field:
    """Return the field in which a law firm of the register is found by name."""
    typed = searched(EMPLOYER)
    firms = frozenset({OrganizationKind.LAW_FIRM})
    found = choices(application(), typed, firms) if typed else ()
    hint = "名册中的律师事务所；没有的，可不选。"
    return Field(EMPLOYER, "执业机构", FieldKind.PICKER, False, hint, found)  # noqa: FBT003


def optional_key(name: str) -> int | None:
    """Return the id that was chosen, None for nothing or nonsense."""
    typed = text(name)
    return int(typed) if typed.isascii() and typed.isdigit() else None


def keys(name: str) -> tuple[int, ...]:
    """Return the ids that were ticked; nonsense counts as nothing."""
    return tuple(int(v) for v in request.form.getlist(name) if v.isascii() and v.isdigit())


def member(enum: type[MemberT], name: str) -> MemberT:
    """Return the member of an enum that was chosen; raises `Invalid`."""
    try:
        return enum(text(name))
    except ValueError as error:
        raise Invalid(errors={name: "请选择一项。"}) from error


def options_of(names: Mapping[MemberT, str], members: Iterable[MemberT]) -> tuple[Option, ...]:
    """Return members of an enum as choices, under their Chinese names."""
    return tuple(Option(item.value, names[item]) for item in members)
