"""What can go wrong in FEEL: refused text, exceeded bounds, and warnings beside a null result."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from engine.errors import EngineError


class FeelSyntaxError(EngineError):
    """The text is no FEEL expression.

    `line` and `column` count from 1; `found` is the text met there, empty at the end.
    """

    code = "feel-syntax"
    message = "表达式书写有误。"
    remedy = "请按 FEEL 语法修改表达式；运算符、括号、引号和逗号一律使用英文半角。"

    def __init__(self, reason: str, *, line: int, column: int, found: str) -> None:
        self.line = line
        self.column = column
        self.found = found
        super().__init__(f"表达式书写有误（第 {line} 行第 {column} 列）：{reason}")


class FeelLimitExceeded(EngineError):  # noqa: N818 - the bound is the name of the error
    """The expression is too long, too deep or asks for too much work."""

    code = "feel-limit"
    message = "表达式过长或计算量过大，已停止计算。"
    remedy = "请拆分或简化表达式，减少循环次数和嵌套层数。"


class NotApplicable(Exception):  # noqa: N818 - not an error: FEEL's way to null
    """Raised by an operator or function that does not apply to its arguments.

    The evaluator turns it into null and a `FeelWarning` with `reason` (Chinese).  Functions that
    callers pass to `evaluate` may raise it too.
    """

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class WarningCode(StrEnum):
    """Why a part of an expression became null."""

    UNKNOWN_NAME = "unknown-name"
    UNKNOWN_FUNCTION = "unknown-function"
    UNKNOWN_PROPERTY = "unknown-property"
    NOT_APPLICABLE = "not-applicable"


@dataclass(frozen=True, slots=True)
class FeelWarning:
    """One reason for a null: `message` is Chinese, `line` and `column` count from 1.

    They count in `text`, the FEEL text it happened in, empty for what is wrong with a value itself.
    """

    code: WarningCode
    message: str
    line: int
    column: int
    text: str = field(default="", compare=False)
