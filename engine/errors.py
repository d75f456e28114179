"""The error tree of the kernel.

Every error carries a stable `code` (documented, never reused), a Chinese `message` a user
understands and a `remedy`: what to do next.  The class attributes are the defaults; a raise site
may give more exact words.  `services` and `web` derive their own errors from the same base, and
the mapping to HTTP stands in one place, `web/errors.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class DangwuError(Exception):
    """Root of all errors this product raises on purpose."""

    code = "error"
    message = "操作未能完成。"
    remedy = "请稍后重试；仍不成功的，请联系系统管理员。"

    def __init__(self, message: str | None = None, remedy: str | None = None) -> None:
        self.message = message or self.message
        self.remedy = remedy or self.remedy
        super().__init__(f"[{self.code}] {self.message}")


class EngineError(DangwuError):
    """Anything the kernel refuses."""

    code = "engine"


class TaskNotOpen(EngineError):  # noqa: N818 - the state is the name of the error
    """The task was completed, cancelled or never existed; nothing was changed."""

    code = "task-not-open"
    message = "该待办已经办结或已撤销。"
    remedy = "请刷新页面，查看当前环节。"


class InvalidState(EngineError):  # noqa: N818 - the state is the name of the error
    """The instance is not in a state that allows the command."""

    code = "invalid-state"
    message = "当前状态下不能执行此操作。"
    remedy = "请刷新页面，查看办件的当前状态。"


class InstanceSuspended(InvalidState):
    """The instance is suspended: nothing moves before it is resumed."""

    code = "instance-suspended"
    message = "办件已挂起，恢复办理以前不能进行此操作。"
    remedy = "请等待办件恢复；原因和经办人见办件的流转记录。"


class TargetNotAllowed(EngineError):  # noqa: N818
    """A return or jump names a flow node that may not be entered from here."""

    code = "target-not-allowed"
    message = "不能退回到所选环节。"
    remedy = "请在列出的可退回环节中选择。"


class LastInstance(EngineError):  # noqa: N818 - the state is the name of the error
    """Nobody would be left in a countersign from which the last one is taken out."""

    code = "last-instance"
    message = "会签中只剩这一人，不能减签。"
    remedy = "请先加签其他人员，或者由其办理。"


class NoMatchingEvent(EngineError):  # noqa: N818
    """Nobody in this instance waits for the message."""

    code = "no-matching-event"
    message = "办件当前没有等待这一事项的环节。"
    remedy = "请刷新页面，查看当前可以办理的事项。"


class StateFormatError(EngineError):
    """Saved state cannot be read by this release."""

    code = "state-format"
    message = "办件的运行状态无法读取。"
    remedy = "请不要继续操作此办件，并联系系统管理员。"


class ExpressionError(EngineError):
    """An expression of a diagram or decision failed at run time.

    `expression` is its text or the name of the decision, `seen` the variables it read by name, None
    when that is not known.
    """

    code = "expression"
    message = "流程中的判断条件计算失败。"
    remedy = "请联系系统管理员检查流程定义；已填写的内容没有丢失。"

    def __init__(
        self,
        message: str | None = None,
        remedy: str | None = None,
        *,
        expression: str = "",
        seen: Mapping[str, object] | None = None,
    ) -> None:
        self.expression = expression
        self.seen = seen
        super().__init__(message, remedy)


class EndlessCircle(ExpressionError):  # noqa: N818 - the state is the name of the error
    """A token goes round without ever coming to a node that waits."""

    code = "endless-circle"
    message = "流程陷入了没有人工环节的循环。"
    remedy = "请更正决定循环去向的内容后重试，或者指明流向后跳过。"


class Severity(StrEnum):
    """How a finding acts on a deployment."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """One obstacle found in a procedure folder or diagram.

    `code` is stable (`bpmn-…`, `form-…`, `dmn-…`, `procedure-…`); `element_id` is the BPMN, form or
    decision element, or None when the file as a whole is meant; `reason` and `remedy` are Chinese;
    `reason_en` is the same in English for diagram authors abroad.
    """

    code: str
    path: str
    element_id: str | None
    reason: str
    remedy: str
    reason_en: str
    severity: Severity = Severity.ERROR

    def __str__(self) -> str:
        """Return one line for terminals."""
        place = f"{self.path}#{self.element_id}" if self.element_id else self.path
        return f"{place}: {self.code}: {self.reason} {self.remedy} ({self.reason_en})"


class DefinitionError(EngineError):
    """A procedure cannot be deployed; `findings` names every obstacle, not only the first."""

    code = "definition-refused"
    message = "流程文件存在不能运行的内容，未予部署。"
    remedy = "请按列出的问题逐项修改后重新部署。"

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        self.findings = findings
        super().__init__()

    def __str__(self) -> str:
        """Return the head line and every finding below it."""
        return "\n".join([f"[{self.code}] {self.message}", *map(str, self.findings)])
