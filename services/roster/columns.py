"""The columns of a roster: headings, notes, choices, and what each cell means.

Template, reader, report and export all follow this one description.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from services.errors import Invalid
from services.identity.actor import POST_NAMES
from services.organizations.names import KIND_NAMES, LEVEL_NAMES
from services.people.identifiers import parse_identity_number, parse_phone
from services.people.names import PERSON_KIND_NAMES, STATUS_NAMES, VOTING_NAMES
from services.roster.models import Sheet
from services.roster.names import SHEET_NAMES
from services.spreadsheets.writing import ColumnStyle

EXAMPLE = "示例行"
"""What stands in 备注 of the rows of the template that show how to fill it in; they are skipped."""

SAMPLE = "示例"
"""What stands in 备注 of invented data (示例数据); it is taken in and marked as such."""

REASON = "原因"
"""Heading of the column a report adds; a corrected report may be sent in as it is."""

Values = dict[str, Any]
Convert = Callable[[str], Any]


class CellRefused(ValueError):  # noqa: N818 - the state is the name of the error
    """A cell that says nothing we understand; the text is a Chinese sentence."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column; `choices` maps the words of a drop-down list to what they mean."""

    key: str
    heading: str
    convert: Convert
    example: str = ""
    note: str = ""
    is_required: bool = False
    width: int = 16
    choices: tuple[str, ...] = ()

    @property
    def style(self) -> ColumnStyle:
        """How the column looks in a template."""
        note = ("必填。" if self.is_required else "") + self.note
        return ColumnStyle(self.heading, self.width, note, self.choices, self.is_required)


def _text(limit: int) -> Convert:
    def convert(cell: str) -> str:
        if len(cell) > limit:
            raise CellRefused(f"最多{limit}个字。")
        return cell

    return convert


EARLIEST_YEAR = 1900
SEXES = ("男", "女")
_DAY = re.compile(
    r"([0-9]{4})(?:[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})|年([0-9]{1,2})月([0-9]{1,2})日|([0-9][0-9])([0-9][0-9]))"
)


def _day(cell: str) -> date:
    match = _DAY.fullmatch(cell)
    parts = [int(part) for part in match.groups() if part] if match else []
    try:
        year, month, day = parts
        found = date(year, month, day)
    except ValueError:
        raise CellRefused("应为日期，写作 2026-06-01。") from None
    if found.year < EARLIEST_YEAR:
        raise CellRefused(f"年份不能早于{EARLIEST_YEAR}年。")
    return found


def _one_of(names: Mapping[Any, str]) -> Convert:
    meanings = {name: member for member, name in names.items()}

    def convert(cell: str) -> Any:
        if cell not in meanings:
            raise CellRefused(f"应为{'、'.join(meanings)}之一。")
        return meanings[cell]

    return convert


def _sex(cell: str) -> str:
    if cell not in SEXES:
        raise CellRefused("应为男、女之一。")
    return cell


def _checked(parse: Callable[[str], str]) -> Convert:
    def convert(cell: str) -> str:
        try:
            return parse(cell)
        except Invalid as error:
            raise CellRefused("".join(error.errors.values()) or error.message) from error

    return convert


def _choice(key: str, heading: str, names: Mapping[Any, str], **more: Any) -> Column:
    return Column(key, heading, _one_of(names), choices=tuple(names.values()), **more)


REMARK = Column(
    "remark",
    "备注",
    _text(200),
    EXAMPLE,
    f"写“{EXAMPLE}”的行不导入；写“{SAMPLE}”的作为示例数据导入。",
)
_IDENTITY_NUMBER = Column(
    "identity_number",
    "身份证号",
    _checked(lambda cell: parse_identity_number(cell).text),
    "990000199001010017",
    "18位。单元格须为文本格式，以免末几位变成0。已登记的人员按身份证号识别。",
    width=22,
)
_HOME = Column(
    "home",
    "所在支部代码",
    _text(32),
    "SL-001-01",
    "人员所在党支部、联合党支部或者党总支的组织代码。",
    is_required=True,
)

COLUMNS: Mapping[Sheet, tuple[Column, ...]] = {
    Sheet.ORGANIZATIONS: (
        Column(
            "code",
            "组织代码",
            _text(32),
            "SL-001-01",
            "每个组织唯一，导入时按代码识别。",
            is_required=True,
        ),
        Column(
            "name",
            "组织名称",
            _text(120),
            "示例市示例律师事务所党支部",
            "全称。",
            is_required=True,
            width=36,
        ),
        Column(
            "short_name",
            "简称",
            _text(40),
            "示例所党支部",
            "列表和签名处使用。",
            is_required=True,
            width=20,
        ),
        _choice("kind", "组织类别", KIND_NAMES, example="党支部", is_required=True),
        _choice("level", "层级", LEVEL_NAMES, example="律师事务所", is_required=True),
        Column("parent", "上级组织代码", _text(32), "SL-001", "没有上级的留空。"),
        Column("department", "对口组织部门代码", _text(32), note="没有的留空。", width=20),
        Column("established_on", "成立日期", _day, "2018-07-01", "不详的留空。"),
        Column("document_number", "成立文号", _text(80), note="批准成立的文件。", width=24),
        REMARK,
    ),
    Sheet.PEOPLE: (
        Column("name", "姓名", _text(40), "示例甲", is_required=True),
        Column("sex", "性别", _sex, "男", is_required=True, width=8, choices=SEXES),
        Column("born_on", "出生日期", _day, "1990-01-01", "须与身份证号一致。", is_required=True),
        _HOME,
        _choice("status", "政治面貌", STATUS_NAMES, example="正式党员", is_required=True),
        Column("status_since", "取得日期", _day, "2015-07-01", "取得现在的政治面貌的日期。"),
        _choice("kind", "人员类别", PERSON_KIND_NAMES, example="律师", note="留空为律师。"),
        Column("occupation", "职业", _text(40), "律师", "留空为律师。"),
        _choice("voting_right", "表决权", VOTING_NAMES, note="正式党员填写，留空为有表决权。"),
        _IDENTITY_NUMBER,
        Column("phone", "手机号码", _checked(parse_phone), note="可填固定电话，带区号。"),
        Column("address", "住址", _text(200), width=36),
        Column("belongs_since", "转入日期", _day, note="组织关系转入现所在支部的日期。"),
        Column("start_document", "转入文号", _text(80), note="没有的留空。", width=24),
        REMARK,
    ),
    Sheet.APPOINTMENTS: (
        Column("name", "姓名", _text(40), "示例甲", is_required=True),
        _IDENTITY_NUMBER,
        Column("born_on", "出生日期", _day, "1990-01-01", "没有身份证号的必填。"),
        Column("home", "所在支部代码", _text(32), "SL-001-01", "没有身份证号的必填。"),
        Column("body", "任职组织代码", _text(32), "SL-001-01", is_required=True),
        _choice("post", "职务", POST_NAMES, example="书记", is_required=True),
        Column("starts_on", "任职日期", _day, "2024-03-01", is_required=True),
        Column("document_number", "任职文号", _text(80), note="没有的留空。", width=24),
        Column("ends_on", "免职日期", _day, note="在任的留空。"),
        Column("end_document", "免职文号", _text(80), note="没有的留空。", width=24),
        REMARK,
    ),
}
SHEETS: Mapping[str, Sheet] = {name: sheet for sheet, name in SHEET_NAMES.items()}


def parse(sheet: Sheet, cells: Sequence[str]) -> tuple[Values, tuple[tuple[str, str], ...]]:
    """Return what the cells of a row mean (empty ones left out), and what is wrong with them.

    `cells` stand in the order of `COLUMNS`; a problem pairs the key of a column with the reason.
    """
    values: Values = {}
    problems: list[tuple[str, str]] = []
    for column, cell in zip(COLUMNS[sheet], cells, strict=True):
        if cell:
            try:
                values[column.key] = column.convert(cell)
            except CellRefused as error:
                problems.append((column.key, str(error)))
        elif column.is_required:
            problems.append((column.key, "没有填写。"))
    return values, tuple(problems)


def heading_of(sheet: Sheet, key: str) -> str:
    """Return the heading of a column."""
    return next(column.heading for column in COLUMNS[sheet] if column.key == key)
