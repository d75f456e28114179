"""Views of incidents: the list, the page of one, and the three ways out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from engine.errors import DangwuError, TaskNotOpen
from services.cases import pages
from services.cases.incidents import commands, queries
from services.cases.incidents.commands import (
    RetryIncident,
    RetryJob,
    ReturnIncident,
    SkipIncident,
)
from services.cases.views import CaseView, Completed, IncidentView
from services.errors import Forbidden
from web.completion import announce
from web.context import acting, application
from web.errors import status_of
from web.refusals import Refusal, refusal_of

incidents = Blueprint("incidents", __name__)

VARIABLE = "dw-var-"
"""Prefix of the inputs of variables, so that no variable can pass for another input."""
REASON, FLOW, TARGET, REVISION = "dw-reason", "dw-flow", "dw-target", "dw-revision"


@dataclass(frozen=True, slots=True)
class Entered:
    """What was typed into which of the forms, and why it was refused."""

    way: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    reason: str = ""
    choice: str = ""
    refusal: Refusal | None = None

    @property
    def errors(self) -> Mapping[str, str]:
        """What is wrong with the inputs, by variable or `reason`."""
        return self.refusal.errors if self.refusal else {}


@incidents.get("/incidents")
def index() -> ResponseReturnValue:
    """Show the cases one may get going again."""
    return render_template(
        "incidents/index.html", items=queries.list_incidents(application(), acting())
    )


@incidents.get("/cases/<int:case_id>/incidents/<task_id>")
def show(case_id: int, task_id: str) -> ResponseReturnValue:
    """Show one incident with the forms to retry, skip and return it."""
    view, incident = _find(case_id, task_id)
    return _page(view, incident, Entered())


@incidents.post("/cases/<int:case_id>/incidents/<task_id>/retry")
def retry(case_id: int, task_id: str) -> ResponseReturnValue:
    """重试: do the step again, after correcting what it read."""
    typed = {
        name.removeprefix(VARIABLE): text
        for name, text in request.form.items()
        if name.startswith(VARIABLE)
    }
    entered = Entered("retry", typed, request.form.get(REASON, ""))
    command = RetryIncident(case_id, task_id, typed, entered.reason.strip(), _revision())
    return _done(
        case_id,
        task_id,
        entered,
        "已重试",
        lambda: commands.retry_incident(application(), acting(), command),
    )


@incidents.post("/cases/<int:case_id>/incidents/<task_id>/skip")
def skip(case_id: int, task_id: str) -> ResponseReturnValue:
    """跳过: go on without the step."""
    entered = Entered(
        "skip", reason=request.form.get(REASON, ""), choice=request.form.get(FLOW, "")
    )
    command = SkipIncident(case_id, task_id, entered.reason.strip(), entered.choice, _revision())
    return _done(
        case_id,
        task_id,
        entered,
        "已跳过异常环节",
        lambda: commands.skip_incident(application(), acting(), command),
    )


@incidents.post("/cases/<int:case_id>/incidents/<task_id>/return")
def return_(case_id: int, task_id: str) -> ResponseReturnValue:
    """退回: send the case back to an earlier step."""
    entered = Entered(
        "return", reason=request.form.get(REASON, ""), choice=request.form.get(TARGET, "")
    )
    command = ReturnIncident(case_id, task_id, entered.choice, entered.reason.strip(), _revision())
    return _done(
        case_id,
        task_id,
        entered,
        "退回成功",
        lambda: commands.return_incident(application(), acting(), command),
    )


@incidents.post("/cases/<int:case_id>/jobs/<int:job_id>/retry")
def retry_job(case_id: int, job_id: int) -> ResponseReturnValue:
    """重新执行: put a background job that was given up again."""
    completed = commands.retry_job(application(), acting(), RetryJob(case_id, job_id))
    return announce("已重新安排后台作业", completed)


def _revision() -> int | None:
    return request.form.get(REVISION, type=int)


def _find(case_id: int, task_id: str) -> tuple[CaseView, IncidentView]:
    view = pages.case(application(), acting(), case_id)
    for incident in view.incidents.items:
        if incident.task_id == task_id:
            if not view.incidents.may_resolve:
                raise Forbidden("您没有处理此办件异常的权限。", "请由流程规定的管理人员处理。")
            return view, incident
    raise TaskNotOpen("该异常已经处理。", "请回到办件页面，查看当前状态。")


def _done(
    case_id: int, task_id: str, entered: Entered, words: str, act: Callable[[], Completed]
) -> ResponseReturnValue:
    """Announce what followed; show the page again with what was typed when it was refused."""
    try:
        completed = act()
    except DangwuError as error:
        view, incident = _find(case_id, task_id)
        refused = Entered(
            entered.way, entered.values, entered.reason, entered.choice, refusal_of(error)
        )
        return _page(view, incident, refused), status_of(error)
    return announce(f"{words}，但仍有环节异常" if completed.incidents else words, completed)


def _page(view: CaseView, incident: IncidentView, entered: Entered) -> str:
    return render_template(
        "incidents/incident.html",
        view=view,
        incident=incident,
        entered=entered,
        prefix=VARIABLE,
    )
