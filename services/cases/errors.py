"""What the rules of a procedure refuse."""

from __future__ import annotations

from engine.compliance import Breach
from services.errors import ServiceError


class RuleBroken(ServiceError):  # noqa: N818 - the state is the name of the error
    """The act breaks rules that block; nothing was saved."""

    code = "rule-broken"
    message = "不符合规定，尚不能办理。"
    remedy = "请按所列条款核对日期和材料；待条件具备后再办理。"

    def __init__(self, breaches: tuple[Breach, ...]) -> None:
        self.breaches = breaches
        super().__init__("；".join(b.message for b in breaches) or None)


class OperationFailed(ServiceError):  # noqa: N818 - the state is the name of the error
    """A system operation of the flow broke down; the log says where."""

    code = "operation-failed"
    message = "系统操作执行出错，未产生任何效果。"
    remedy = "请联系系统管理员查看日志，排除故障后重试。"


class LateReasonMissing(ServiceError):  # noqa: N818
    """The act is later than its limit; it may be recorded, with a written reason."""

    code = "late-reason-missing"
    message = "办理日期已超过规定期限，须写明超期原因。"
    remedy = "请在“超期原因”栏填写原因后重新提交；原因将记入流转记录。"

    def __init__(self, breaches: tuple[Breach, ...]) -> None:
        self.breaches = breaches
        super().__init__()


class CaseUnplaced(ServiceError):  # noqa: N818
    """An event is to start a case, but does not say where it belongs or whom it is about."""

    code = "case-unplaced"
    message = "无法确定由事件启动的办件属于哪个党组织、由谁发起、针对何人。"
    remedy = "请核对流程定义中的启动规定（[[starts]]）和发出的内容。"
