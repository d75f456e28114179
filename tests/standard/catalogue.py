"""The standard's constructs, each with runs that prove it or with the refusal we promise.

One row is one line of the tables in docs/reference/bpmn.md; what the row says of a construct is
computed from its proofs, so the page cannot claim what no test has seen.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeVar

Check = Callable[[], None]
F = TypeVar("F", bound=Check)


class Section(StrEnum):
    """The tables of the page, in their order."""

    NODES = "流程节点"
    FLOWS = "连线、分支与汇合"
    LOOPS = "循环与会签"
    DATA = "数据与表达式"
    MESSAGES = "消息与关联"
    DOCUMENT = "文件与图形"


class Verdict(StrEnum):
    """What a row says."""

    RUNS = "能"
    PARTLY = "部分"
    REFUSED = "否"


@dataclass(frozen=True, slots=True)
class Refusal:
    """A drawing that is refused at deployment with the finding `code`.

    `is_limit` tells what the standard allows and we do not run from what is drawn wrongly.
    """

    code: str
    body: str
    root: str = ""
    is_limit: bool = False


@dataclass(slots=True)
class Row:
    section: Section
    key: str
    note: str
    proofs: dict[str, Check] = field(default_factory=dict)
    refusals: dict[str, Refusal] = field(default_factory=dict)

    @property
    def verdict(self) -> Verdict:
        if not self.proofs:
            return Verdict.REFUSED
        return Verdict.PARTLY if self.limits else Verdict.RUNS

    @property
    def limits(self) -> list[str]:
        """What of it does not run."""
        return [title for title, refusal in self.refusals.items() if refusal.is_limit]


ROWS: dict[str, Row] = {}


def row(section: Section, key: str, note: str) -> Row:
    """Add a line to the page; `key` is what stands in the file, `note` what it means here."""
    assert key not in ROWS, key
    ROWS[key] = Row(section, key, note)
    return ROWS[key]


def proof(key: str) -> Callable[[F], F]:
    """Register a run as proof for a row."""

    def register(check: F) -> F:
        ROWS[key].proofs[check.__name__] = check
        return check

    return register


def refused(
    key: str, title: str, code: str, body: str, root: str = "", *, is_limit: bool = False
) -> None:
    """Promise that a drawing is refused."""
    ROWS[key].refusals[title] = Refusal(code, body, root, is_limit)
