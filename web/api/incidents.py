"""异常: what stands still, and getting it going again."""

from __future__ import annotations

from typing import Any

from services.cases.incidents import commands, queries
from services.cases.incidents.commands import RetryIncident, RetryJob, ReturnIncident, SkipIncident
from services.cases.views import IncidentItem
from web.api.blueprint import ApiBlueprint
from web.api.derive import view_schema
from web.api.instances import case_of, instances
from web.api.verbs import Verb, add_verb
from web.context import acting, application

incidents = ApiBlueprint("incidents", "异常", "/incidents")


@incidents.operation(
    "", "list_incidents", "列出有权处理的异常办件", gives=view_schema(IncidentItem)(many=True)
)
def list_incidents() -> Any:
    """List the cases one may get going again."""
    return list(queries.list_incidents(application(), acting()))


INCIDENT, JOB = "/incidents/<task_id>", "/jobs/<int:job_id>"
VERBS = (
    Verb(
        f"{INCIDENT}/retry",
        "retry_incident",
        "重试异常环节",
        RetryIncident,
        commands.retry_incident,
        moves=True,
    ),
    Verb(
        f"{INCIDENT}/skip",
        "skip_incident",
        "跳过异常环节",
        SkipIncident,
        commands.skip_incident,
        moves=True,
    ),
    Verb(
        f"{INCIDENT}/return",
        "return_incident",
        "从异常环节退回",
        ReturnIncident,
        commands.return_incident,
        moves=True,
    ),
    Verb(f"{JOB}/retry", "retry_job", "重新执行后台作业", RetryJob, commands.retry_job, moves=True),
)
for verb in VERBS:
    add_verb(instances, f"/<int:case_id>{verb.path}", verb, case_of)
