"""Writing .xlsx workbooks row by row: memory does not grow with their length.

Everything is written as text, so that a name beginning with “=” never becomes a formula.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LAST_ROW = 1_048_575


@dataclass(frozen=True, slots=True)
class ColumnStyle:
    """How a column looks: heading, note on it, what may be chosen, width in characters."""

    heading: str
    width: int = 16
    note: str = ""
    choices: tuple[str, ...] = ()
    is_required: bool = False


class WorkbookWriter:
    """A workbook being written to a file; sheets one after the other, rows from the top down."""

    def __init__(self, path: Path) -> None:
        self._book = Workbook(str(path), {"constant_memory": True, "tmpdir": str(path.parent)})
        plain = {"bold": True, "bg_color": "#EEF1F5", "border": 1, "text_wrap": True}
        self._heading = self._book.add_format(plain)
        self._required = self._book.add_format({**plain, "font_color": "#B3261E"})
        self._text = self._book.add_format({"num_format": "@"})
        self._sheet: Worksheet | None = None
        self._row = 0

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Finish the file."""
        self._book.close()

    def sheet(self, name: str, columns: Sequence[ColumnStyle]) -> None:
        """Begin a sheet with its headings; cells are text, choices are drop-down lists."""
        sheet = self._book.add_worksheet(name)
        sheet.freeze_panes(1, 0)
        for index, column in enumerate(columns):
            sheet.set_column(index, index, column.width, self._text)
            style = self._required if column.is_required else self._heading
            sheet.write_string(0, index, column.heading, style)
            if column.note:
                sheet.write_comment(0, index, column.note, {"x_scale": 2, "author": ""})
            if column.choices:
                sheet.data_validation(
                    1,
                    index,
                    LAST_ROW,
                    index,
                    {
                        "validate": "list",
                        "source": list(column.choices),
                        "error_title": column.heading,
                        "error_message": "请从下拉列表中选择。",
                    },
                )
        self._sheet, self._row = sheet, 0

    def lines(self, name: str, lines: Sequence[str], width: int = 100) -> None:
        """Write a sheet of plain lines."""
        sheet = self._book.add_worksheet(name)
        sheet.set_column(0, 0, width)
        for row, line in enumerate(lines):
            sheet.write_string(row, 0, line)

    def row(self, cells: Sequence[str]) -> None:
        """Write the next row of the sheet begun last."""
        assert self._sheet is not None  # noqa: S101 - a slip of the programmer
        self._row += 1
        write = self._sheet.write_string
        for index, cell in enumerate(cells):
            if cell:
                write(self._row, index, cell, self._text)
