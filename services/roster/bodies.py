"""The sheet 组织: which bodies are known, and entering new ones.

The rules are those of `services.organizations.rules`; the rows are those `establish` writes, many
at a time.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from services.errors import Invalid
from services.identity.permissions import Permission
from services.organizations.commands import lock_tree
from services.organizations.models import (
    ChangeKind,
    Level,
    Organization,
    OrganizationChange,
    OrganizationKind,
)
from services.organizations.rules import require_place
from services.roster.access import Scope
from services.roster.columns import SAMPLE, Values, heading_of
from services.roster.models import Effect, Sheet
from services.roster.plans import Plan, Row, begin

_FIXED = ("name", "short_name", "kind", "level")
_UNKNOWN = "没有这个组织，或者它所在的行有误。"


@dataclass(frozen=True, slots=True)
class Body:
    """A body of the register, or one this import would found (`id` is None)."""

    id: int | None
    code: str
    name: str
    short_name: str
    kind: OrganizationKind
    level: Level
    parent_id: int | None
    department_id: int | None
    path: str
    has_ended: bool = False


class Bodies:
    """All bodies by code: small enough to hold, and asked for by every row."""

    def __init__(self, scope: Scope, session: Session, planned: Iterable[Values]) -> None:
        self.scope = scope
        self._by_code: dict[str, Body] = {}
        rows = session.execute(
            select(
                Organization.id,
                Organization.code,
                Organization.name,
                Organization.short_name,
                Organization.kind,
                Organization.level,
                Organization.parent_id,
                Organization.department_id,
                Organization.path,
                Organization.dissolved_on.is_not(None),
            )
        )
        for row in rows:
            self._by_code[row.code] = Body(*row)
        for values in planned:
            self._expect(values)

    def get(self, code: str | None) -> Body | None:
        """Return a body by its code."""
        return self._by_code.get(code) if code else None

    def named(self, plan: Plan, key: str) -> Body | None:
        """Return the body a cell names, if any; refuses the plan for one unknown or ended."""
        code = plan.row.values.get(key)
        body = self.get(code)
        if code and (body is None or body.has_ended):
            plan.refuse(key, "该组织已经撤销或者合并。" if body else _UNKNOWN)
            return None
        return body

    def plan(self, session: Session, rows: Sequence[Row]) -> list[Plan]:
        """Say what each row would do."""
        del session
        plans = begin(rows)
        for plan in plans:
            if plan.is_good:
                self._plan(plan)
            if plan.is_good:
                self._expect(plan.row.values)
        return plans

    def carry_out(self, session: Session, plans: Sequence[Plan]) -> list[int]:
        """Found the new bodies, those above first, and link departments; returns the new ids."""
        lock_tree(session)
        changed = [plan for plan in plans if plan.effect is Effect.CHANGED]
        if changed:
            session.execute(
                update(Organization), [{"id": plan.found, **plan.columns} for plan in changed]
            )
        waiting = [plan.row.values for plan in plans if plan.effect is Effect.NEW]
        founded: list[int] = []
        while waiting:
            ready = [values for values in waiting if self._is_ready(values)]
            founded += self._found(session, ready)
            waiting = [values for values in waiting if values not in ready]
        return founded

    def _expect(self, values: Values) -> None:
        """Note a body a good row would found, so that later rows may refer to it."""
        if values["code"] in self._by_code:
            return
        above = self.get(values.get("parent"))
        self._by_code[values["code"]] = Body(
            id=None,
            code=values["code"],
            name=values["name"],
            short_name=values["short_name"],
            kind=values["kind"],
            level=values["level"],
            parent_id=above.id if above else None,
            department_id=None,
            path=f"{above.path if above else '/'}+{values['code']}/",
        )

    def _plan(self, plan: Plan) -> None:
        above, department = self.named(plan, "parent"), self.named(plan, "department")
        if department is not None and department.kind is not OrganizationKind.DEPARTMENT:
            plan.refuse("department", f"“{department.name}”不是组织部门。")
        known = self.get(plan.row.values["code"])
        if not plan.is_good:
            return
        if known is None or known.id is None:
            self._plan_new(plan, above)
        else:
            self._plan_known(plan, known, above, department)

    def _plan_new(self, plan: Plan, above: Body | None) -> None:
        values = plan.row.values
        place = (above.kind, above.level) if above else None
        try:
            require_place(values["kind"], values["level"], place)
        except Invalid as error:
            for key, reason in error.errors.items():
                plan.refuse("parent" if key == "parent_id" else key, reason)
        if above is None:
            if self.scope.actor is not None:
                plan.refuse("parent", "没有上级的组织由系统管理员用命令导入。")
        elif not self.scope.allows(Permission.KEEP_ORGANIZATIONS, above.path, below=True):
            plan.refuse("parent", "您没有在该组织之下设置组织的权限。")

    def _plan_known(
        self, plan: Plan, known: Body, above: Body | None, department: Body | None
    ) -> None:
        values = plan.row.values
        differing = [key for key in _FIXED if values[key] != getattr(known, key)]
        if (above.id if above else None) != known.parent_id:
            differing.append("parent")
        for key in differing:
            heading = heading_of(Sheet.ORGANIZATIONS, key)
            plan.refuse(key, f"与登记的{heading}不同；变更须有批准文件，请在组织页面办理。")
        if known.has_ended:
            plan.refuse("code", "该组织已经撤销或者合并。")
        if not plan.is_good:
            return
        plan.found, plan.effect = known.id, Effect.SAME
        if department is not None and department.id != known.department_id:
            if not self.scope.allows(Permission.KEEP_ORGANIZATIONS, known.path):
                plan.refuse("code", "您没有变更该组织的权限。")
                return
            plan.effect = Effect.CHANGED
            plan.columns = {"department_id": department.id}
            plan.changes.append(heading_of(Sheet.ORGANIZATIONS, "department"))

    def _is_ready(self, values: Values) -> bool:
        """Tell whether the bodies a new one refers to have ids."""
        named = (self.get(values.get("parent")), self.get(values.get("department")))
        return all(body is None or body.id is not None for body in named)

    def _found(self, session: Session, ready: Sequence[Values]) -> Sequence[int]:
        rows = [self._columns(values) for values in ready]
        found = session.execute(
            insert(Organization).returning(Organization.code, Organization.id), rows
        )
        by_code = dict(found.tuples().all())
        ids = [by_code[values["code"]] for values in ready]
        paths = []
        for new_id, values in zip(ids, ready, strict=True):
            expected = self._by_code[values["code"]]
            above = self.get(values.get("parent"))
            path = f"{above.path if above else '/'}{new_id}/"
            self._by_code[values["code"]] = replace(expected, id=new_id, path=path)
            paths.append({"id": new_id, "path": path})
        session.execute(update(Organization), paths)
        session.execute(
            insert(OrganizationChange),
            [
                _founding(new_id, values, row["parent_id"])
                for new_id, values, row in zip(ids, ready, rows, strict=True)
            ],
        )
        return ids

    def _columns(self, values: Values) -> Values:
        above, department = self.get(values.get("parent")), self.get(values.get("department"))
        return {
            **{key: values[key] for key in ("code", *_FIXED)},
            "parent_id": above.id if above else None,
            "department_id": department.id if department else None,
            "path": "",
            "is_sample": values.get("remark") == SAMPLE,
        }


def _founding(organization_id: int, values: Values, parent_id: int | None) -> Values:
    day = values.get("established_on")
    return {
        "organization_id": organization_id,
        "kind": ChangeKind.REGISTERED if day is None else ChangeKind.ESTABLISHED,
        "acted_on": day,
        "document_number": values.get("document_number", ""),
        "name": values["name"],
        "short_name": values["short_name"],
        "parent_id": parent_id,
        "counterpart_id": None,
    }
