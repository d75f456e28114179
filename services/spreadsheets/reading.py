"""Reading .xlsx workbooks, row by row, every cell as the text a person would type."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path

from python_calamine import CalamineError, CalamineWorkbook

from services.errors import ServiceError
from services.packages import PackageRefused, require_harmless, require_modest_sheets

Cells = tuple[str, ...]

MAX_UNPACKED = 1024 * 1024 * 1024
"""Bytes a workbook may unpack to; 300,000 people take about 150 MB."""


class WorkbookUnreadable(ServiceError):  # noqa: N818 - the state is the name of the error
    """The file is no workbook that can be read."""

    code = "workbook-unreadable"
    message = "文件不是可以读取的 Excel 工作簿。"
    remedy = "请用 Excel 或者 WPS 表格打开，另存为“Excel 工作簿（.xlsx）”后重新上传。"


class Workbook:
    """An open workbook; one sheet is in memory at a time."""

    def __init__(self, book: CalamineWorkbook) -> None:
        self._book = book

    @property
    def sheets(self) -> tuple[str, ...]:
        """The names of the sheets."""
        return tuple(self._book.sheet_names)

    def rows(self, sheet: str) -> Iterator[tuple[int, Cells]]:
        """Yield the rows of a sheet that are not blank, with their numbers as Excel shows them."""
        content = self._book.get_sheet_by_name(sheet)
        if content.start is None:
            return
        before = ("",) * content.start[1]  # a row begins at the first column in use
        for number, row in enumerate(content.iter_rows(), 1):
            cells = before + tuple(_text(value) for value in row)
            if any(cells):
                yield number, cells


@contextmanager
def open_workbook(path: Path) -> Iterator[Workbook]:
    """Open a workbook; raises `WorkbookUnreadable`, also for macros, bombs and vast sheets.

    Everything that could cost memory out of proportion is refused before it is parsed.
    """
    try:
        require_harmless(path, MAX_UNPACKED)
        require_modest_sheets(path)
        book = CalamineWorkbook.from_path(str(path))
    except PackageRefused as error:
        raise WorkbookUnreadable(error.reason) from error
    except (CalamineError, OSError) as error:
        raise WorkbookUnreadable from error
    try:
        yield Workbook(book)
    except CalamineError as error:
        raise WorkbookUnreadable from error
    finally:
        book.close()


def column_letters(index: int) -> str:
    """Return the letters of a column counted from 0: A, …, Z, AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def _text(value: object) -> str:
    match value:
        case str():
            return " ".join(value.split())
        case bool():
            return "是" if value else "否"
        case float() if value.is_integer():
            return str(int(value))
        case datetime():
            return value.date().isoformat()
        case date():
            return value.isoformat()
        case None:
            return ""
        case _:
            return str(value)
