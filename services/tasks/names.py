"""Words for sub-tasks and what becomes of them."""

from __future__ import annotations

from collections.abc import Mapping

from services.tasks.models import SubTaskKind, SubTaskState, Verdict

KIND_NAMES: Mapping[SubTaskKind, str] = {
    SubTaskKind.DELEGATION: "委派",
    SubTaskKind.SIGN_BEFORE: "前加签",
    SubTaskKind.SIGN_PARALLEL: "并行加签",
    SubTaskKind.SIGN_AFTER: "后加签",
}
STATE_NAMES: Mapping[SubTaskState, str] = {
    SubTaskState.WAITING: "待办理人提交",
    SubTaskState.OPEN: "待答复",
    SubTaskState.ANSWERED: "已答复",
    SubTaskState.WITHDRAWN: "已撤销",
    SubTaskState.CANCELED: "已随事项结束",
}
VERDICT_NAMES: Mapping[Verdict, str] = {
    Verdict.AGREED: "同意",
    Verdict.DISAGREED: "不同意",
}
