"""Writes the tables of docs/reference/bpmn.md from the catalogue: `python -m tests.standard.page`.

A row says what its proofs say; they are tests, so the page cannot drift from the code.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from tests.standard import data, flows, loops, messages, nodes
from tests.standard.catalogue import ROWS, Section
from tests.standard.events import STANDARD, Definition, Place

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "bpmn.md"
MODULES = (nodes, flows, loops, data, messages)
"""Importing them fills the catalogue."""
_BEGIN, _END = "<!-- 表格自此由 tests/standard 生成 -->", "<!-- 生成到此为止 -->"
_ASCII = re.compile(r"[A-Za-z]+")


def tables() -> str:
    """Return the generated part of the page."""
    parts = [_rows(Section.NODES), _matrix(), *map(_rows, list(Section)[1:])]
    return "\n\n".join([_BEGIN, *parts, _END])


def _rows(section: Section) -> str:
    lines = [f"## {section}", "", "| 元素 | 能否运行 | 说明 |", "|---|---|---|"]
    for row in ROWS.values():
        if row.section is section:
            key = f"`{row.key}`" if _ASCII.fullmatch(row.key) else row.key
            lines.append(f"| {key} | {row.verdict} | {row.note}{_except(row.limits)} |")
    return "\n".join(lines)


def _except(limits: list[str]) -> str:
    return f"；拒绝：{'、'.join(limits)}" if limits else ""


def _matrix() -> str:
    return "\n".join(["## 事件", "", *_matrix_lines()])


def _matrix_lines() -> Iterator[str]:
    yield f"| 事件定义 | {' | '.join(Place)} |"
    yield f"|---|{'---|' * len(Place)}"
    for definition in Definition:
        cells = ["能" if place in STANDARD[definition] else "—" for place in Place]
        yield f"| {definition} | {' | '.join(cells)} |"
    yield ""
    yield "“—”为标准所无，一律拒绝。"


def generated(text: str) -> str:
    """Return the generated part of a page's text."""
    start = text.index(_BEGIN)
    return text[start : text.index(_END) + len(_END)]


def main() -> None:
    """Write the page anew."""
    text = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(text.replace(generated(text), tables()), encoding="utf-8")


if __name__ == "__main__":
    main()
