"""The rows of a workbook: read, told apart, and brought into an order in which they can be used."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import orjson

from services.errors import ServiceError
from services.organizations.models import OrganizationKind
from services.organizations.names import KIND_NAMES
from services.roster.columns import COLUMNS, EXAMPLE, REASON, REMARK, SHEETS, Values, parse
from services.roster.models import Sheet
from services.roster.names import SHEET_NAMES
from services.spreadsheets.reading import Cells, Workbook, column_letters, open_workbook


class RosterUnreadable(ServiceError):  # noqa: N818 - the state is the name of the error
    """The workbook is no roster: sheets or headings are missing or unknown."""

    code = "roster-unreadable"
    message = "工作簿不是名册。"
    remedy = "请下载名册导入模板，按模板的工作表和列名填写。"


Letters = Mapping[str, str]
"""The letters of the column in the workbook, by the key of the column."""


Places = tuple[int | None, ...]
"""Where each column of `COLUMNS` stands in the workbook, counted from 0."""


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A row as it was sent; `cells` stand in the order of `COLUMNS`."""

    sheet: Sheet
    number: int
    cells: Cells
    key: str | None
    second_key: str | None


class Roster:
    """An open workbook that is a roster; `layout` says where its columns stand."""

    def __init__(self, workbook: Workbook) -> None:
        self._workbook = workbook
        names = [name for name in workbook.sheets if name in SHEETS]
        if not names:
            known = "、".join(SHEETS)
            raise RosterUnreadable(f"工作簿中没有名为{known}的工作表。")
        self._places = {
            sheet: _places(sheet, next(workbook.rows(SHEET_NAMES[sheet]), (0, ()))[1])
            for sheet in Sheet
            if SHEET_NAMES[sheet] in names
        }

    @property
    def layout(self) -> dict[Sheet, Letters]:
        """The letters of every column, by sheet and key."""
        return {
            sheet: {
                column.key: column_letters(place)
                for column, place in zip(COLUMNS[sheet], places, strict=True)
                if place is not None
            }
            for sheet, places in self._places.items()
        }

    def rows(self) -> Iterator[SheetRow]:
        """Yield the rows in the order of `Sheet`; bodies after the ones above them."""
        for sheet, places in self._places.items():
            rows = self._rows_of(sheet, places)
            yield from _from_the_top(list(rows)) if sheet is Sheet.ORGANIZATIONS else rows

    def _rows_of(self, sheet: Sheet, places: Places) -> Iterator[SheetRow]:
        rows = self._workbook.rows(SHEET_NAMES[sheet])
        next(rows, None)  # the headings
        remark = [column.key for column in COLUMNS[sheet]].index(REMARK.key)
        for number, sent in rows:
            cells = tuple(sent[p] if p is not None and p < len(sent) else "" for p in places)
            if any(cells) and cells[remark] != EXAMPLE:
                values, _ = parse(sheet, cells)
                yield SheetRow(sheet, number, cells, *_keys(sheet, values))


@contextmanager
def open_roster(path: Path) -> Iterator[Roster]:
    """Open a roster; raises `WorkbookUnreadable` and `RosterUnreadable`."""
    with open_workbook(path) as workbook:
        yield Roster(workbook)


def pack(cells: Cells) -> str:
    """Return the cells of a row as they are stored."""
    return orjson.dumps(cells).decode()


def unpack(packed: str) -> Cells:
    """Return the cells of a stored row."""
    return tuple(orjson.loads(packed))


def person_keys(values: Values) -> tuple[str | None, str | None]:
    """Return what tells a person from others: identity number, and name, birth date and branch."""
    known = (values.get("name"), values.get("born_on"), values.get("home"))
    second = "person|" + "|".join(map(str, known)) if all(known) else None
    number = values.get("identity_number")
    return (f"number|{number}" if number else second), second


def _keys(sheet: Sheet, values: Values) -> tuple[str | None, str | None]:
    """Return the key of a row and how others name it; for an appointment, the key of its person."""
    if sheet is Sheet.ORGANIZATIONS:
        return (f"body|{values['code']}" if "code" in values else None), None
    person = person_keys(values)
    if sheet is Sheet.PEOPLE:
        return person
    act = [person[0], *(values.get(key) for key in ("body", "post", "starts_on"))]
    return ("post|" + "|".join(map(str, act)) if all(act) else None), person[0]


def _places(sheet: Sheet, headings: Sequence[str]) -> Places:
    """Return where each column stands in the workbook."""
    name = SHEET_NAMES[sheet]
    known = {column.heading for column in COLUMNS[sheet]} | {REASON, ""}
    strange = [heading for heading in headings if heading not in known]
    if strange:
        raise RosterUnreadable(f"工作表“{name}”中有模板没有的列：{'、'.join(strange)}。")
    twice = {heading for heading in headings if heading and headings.count(heading) > 1}
    if twice:
        raise RosterUnreadable(f"工作表“{name}”中列名重复：{'、'.join(sorted(twice))}。")
    missing = [c.heading for c in COLUMNS[sheet] if c.is_required and c.heading not in headings]
    if missing:
        raise RosterUnreadable(f"工作表“{name}”缺少必填的列：{'、'.join(missing)}。")
    return tuple(
        headings.index(column.heading) if column.heading in headings else None
        for column in COLUMNS[sheet]
    )


def _from_the_top(rows: list[SheetRow]) -> Iterator[SheetRow]:
    """Yield bodies after the ones above them, departments first, circles last."""
    keys = [column.key for column in COLUMNS[Sheet.ORGANIZATIONS]]
    place, kind = keys.index("parent"), keys.index("kind")
    waiting: dict[str, list[SheetRow]] = {}
    codes = {row.cells[0] for row in rows}
    ready: list[SheetRow] = []
    for row in rows:
        above = row.cells[place]
        if above in codes and above != row.cells[0]:
            waiting.setdefault(above, []).append(row)
        else:
            ready.append(row)
    department = KIND_NAMES[OrganizationKind.DEPARTMENT]
    ready.sort(key=lambda row: row.cells[kind] != department)
    for row in ready:  # grows while it is read
        yield row
        ready += waiting.pop(row.cells[0], ())
    for circle in waiting.values():
        yield from circle
