"""The fixed shape of the tables `deadlines` and `checks`, so that no row fails at run time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from engine.calendar import Period, PeriodInvalid
from engine.deadlines import DeadlineKind, RuleSeverity, Unit
from engine.decisions import DecisionTable, HitPolicy
from engine.feel import (
    FeelLimitExceeded,
    FeelSyntaxError,
    compile_expression,
    compile_unary_tests,
)
from engine.folder_rules import Folder, produced_variables
from engine.procedure import CHECKS, DEADLINES, RULE_VERSION

_INPUTS: Mapping[str, tuple[str, ...]] = {
    DEADLINES: ("element", RULE_VERSION),
    CHECKS: ("element", RULE_VERSION, "true"),
}
_OUTPUTS: Mapping[str, tuple[str, ...]] = {
    DEADLINES: (
        "rule",
        "kind",
        "base",
        "base_label",
        "period",
        "days",
        "severity",
        "source",
        "article",
    ),
    CHECKS: ("rule", "severity", "message", "source", "article"),
}
_OPTIONAL_OUTPUT = "when"


@dataclass(frozen=True, slots=True)
class _Column:
    """What a cell may hold; `hint` is Chinese."""

    accepts: Callable[[Folder, str], bool]
    hint: str


def _period(_: Folder, cell: str) -> bool:
    try:
        Period.parse(cell)
    except PeriodInvalid:
        return False
    return True


def _condition(_: Folder, cell: str) -> bool:
    text = cell.strip().removeprefix("=").strip()
    try:
        return not text or compile_expression(text) is not None
    except (FeelSyntaxError, FeelLimitExceeded):
        return False


_TEXT = _Column(lambda _, cell: bool(cell.strip()), "请填写文字。")
_COLUMNS: Mapping[str, _Column] = {
    "rule": _TEXT,
    "kind": _Column(lambda _, cell: cell in list(DeadlineKind), "只能取 due 或 earliest。"),
    "base": _Column(lambda _, cell: cell.isidentifier(), "请填写日期变量的名称。"),
    "base_label": _TEXT,
    "period": _Column(_period, "请按“P1M”“P1Y”“P5D”的格式填写期限。"),
    "days": _Column(lambda _, cell: cell in list(Unit), "只能取 natural 或 working。"),
    "severity": _Column(lambda _, cell: cell in list(RuleSeverity), "只能取 block 或 warn。"),
    "message": _TEXT,
    "source": _Column(
        lambda folder, cell: cell in folder.procedure.sources,
        "请使用 procedure.toml 中 [[sources]] 的编号。",
    ),
    "article": _TEXT,
    _OPTIONAL_OUTPUT: _Column(_condition, "请填写 FEEL 条件，或留空。"),
}


def tables_are_well_formed(folder: Folder) -> None:
    """Both tables have the agreed columns and collect all rules that apply."""
    for path, table in _tables(folder):
        inputs = tuple(column.expression.strip() for column in table.inputs)
        if inputs != _INPUTS[table.id]:
            expected = "、".join(_INPUTS[table.id])
            folder.report(
                "procedure-table-columns",
                path,
                table.id,
                name=table.id,
                side="输入",
                expected=expected,
            )
        outputs = tuple(column.name for column in table.outputs)
        if outputs not in _allowed_outputs(table.id):
            expected = "、".join(_OUTPUTS[table.id])
            folder.report(
                "procedure-table-columns",
                path,
                table.id,
                name=table.id,
                side="输出",
                expected=expected,
            )
        if table.hit_policy is not HitPolicy.COLLECT or table.aggregator is not None:
            folder.report("procedure-table-policy", path, table.id, name=table.id)


def cells_are_usable(folder: Folder) -> None:
    """Every output cell is a text of the kind its column needs."""
    for path, table in _tables(folder):
        for rule in table.rules:
            for column, cell in zip(table.outputs, rule.outputs, strict=False):
                known = _COLUMNS.get(column.name)
                if known is None:
                    continue
                value = _literal(cell)
                if value is None or not known.accepts(folder, value):
                    folder.report(
                        "procedure-table-cell",
                        path,
                        rule.id,
                        name=table.id,
                        row=rule.index,
                        column=column.name,
                        value=cell,
                        hint=known.hint,
                    )


def rows_name_elements(folder: Folder) -> None:
    """Every row is about at least one element of the diagram."""
    elements = folder.procedure.nodes
    for path, table in _tables(folder):
        for rule in table.rules:
            cell = rule.inputs[0] if rule.inputs else "-"
            tests = compile_unary_tests(cell or "-")
            if not any(tests.matches(element) for element in elements):
                folder.report(
                    "procedure-table-cell",
                    path,
                    rule.id,
                    name=table.id,
                    row=rule.index,
                    column="element",
                    value=cell,
                    hint="请填写流程图中环节的编号。",
                )


def bases_are_produced(folder: Folder) -> None:
    """A time limit counts from a date some form or decision produces."""
    known = produced_variables(folder.procedure)
    for path, table in _tables(folder):
        for rule in table.rules:
            for column, cell in zip(table.outputs, rule.outputs, strict=False):
                base = _literal(cell) if column.name == "base" else None
                if base is not None and base not in known:
                    folder.report("procedure-variable", path, rule.id, name=base)


TABLE_RULES: tuple[Callable[[Folder], None], ...] = (
    tables_are_well_formed,
    cells_are_usable,
    rows_name_elements,
    bases_are_produced,
)


def _tables(folder: Folder) -> Iterator[tuple[str, DecisionTable]]:
    """Yield the two tables; a decision that is none is like a table without any column."""
    for path, model in folder.procedure.decisions.models.items():
        for decision in model.decisions.values():
            if decision.id in _INPUTS:
                yield path, decision.table or DecisionTable(decision.id, HitPolicy.COLLECT)


def _allowed_outputs(table: str) -> tuple[tuple[str, ...], ...]:
    fixed = _OUTPUTS[table]
    return (fixed, (*fixed, _OPTIONAL_OUTPUT)) if table == DEADLINES else (fixed,)


def _literal(cell: str) -> str | None:
    """Return the text a cell always gives, or None when it is no such constant."""
    if not cell.strip():
        return ""
    try:
        value = compile_expression(cell).evaluate()
    except (FeelSyntaxError, FeelLimitExceeded):
        return None
    return value if isinstance(value, str) else None
