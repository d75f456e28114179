"""Entries of the books as files: Excel and CSV."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from io import BytesIO, StringIO

from xlsxwriter import Workbook

from services.audit.queries import BookEntry

HEADINGS = ("序号", "登记簿", "事项", "时间", "对象", "人员", "身份", "详情")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet would take for a formula at the beginning of a cell."""


def as_xlsx(entries: Iterable[BookEntry]) -> bytes:
    """Return an Excel file with one sheet."""
    buffer = BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with Workbook(buffer, options) as book:
        sheet = book.add_worksheet("审计记录")
        sheet.freeze_panes(1, 0)
        for number, row in enumerate(_rows(entries)):
            sheet.write_row(number, 0, row)
    return buffer.getvalue()


def as_csv(entries: Iterable[BookEntry]) -> bytes:
    """Return comma-separated values in UTF-8 with the mark by which Excel knows it."""
    buffer = StringIO(newline="")
    csv.writer(buffer).writerows(_rows(entries))
    return buffer.getvalue().encode("utf-8-sig")


def _rows(entries: Iterable[BookEntry]) -> Iterator[tuple[str, ...]]:
    yield HEADINGS
    for entry in entries:
        cells = (
            str(entry.sequence),
            entry.book_name,
            entry.kind_name,
            entry.entered_at.strftime("%Y-%m-%d %H:%M:%S"),
            entry.subject,
            entry.actor,
            entry.capacity,
            "；".join(f"{key}：{text}" for key, text in entry.details.items()),
        )
        yield tuple(_plain(cell) for cell in cells)


def _plain(cell: str) -> str:
    """Keep a cell that somebody else chose, a login for instance, from being a formula."""
    text = "".join(c for c in cell if c.isprintable())
    return f"'{text}" if text.startswith(_FORMULA) else text
