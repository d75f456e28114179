"""Decision logic → boxes that a page draws, in words an official reads."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from engine.citations import Citation, Source
from engine.decisions import Aggregator, DecisionTable, HitPolicy, OutputClause, Rule
from engine.decisions.boxed import (
    Boxed,
    Conditional,
    Context,
    Filter,
    Function,
    Invocation,
    Iteration,
    ListOf,
    Literal,
    Quantified,
    Quantifier,
    Relation,
)
from engine.feel.types import TypeName, built_in_type
from engine.procedure import Procedure
from services.processes.known import known
from services.processes.views import (
    AnnotationView,
    BoxView,
    CellView,
    ColumnView,
    GridView,
    PartsView,
    PartView,
    RuleView,
    TableView,
    TextView,
)

POLICY_NAMES: Final[Mapping[HitPolicy, tuple[str, str]]] = {
    HitPolicy.UNIQUE: ("唯一命中", "任何情况下至多一条规则成立。"),
    HitPolicy.ANY: ("任一命中", "可以有几条规则同时成立，结论必须相同。"),
    HitPolicy.PRIORITY: ("优先命中", "几条规则同时成立的，取结论次序在前的一条。"),
    HitPolicy.FIRST: ("首条命中", "按表中次序，取最先成立的一条。"),
    HitPolicy.RULE_ORDER: ("依规则次序", "成立的规则全部适用，结论按表中次序排列。"),
    HitPolicy.OUTPUT_ORDER: ("依结论次序", "成立的规则全部适用，结论按结论的次序排列。"),
    HitPolicy.COLLECT: ("全部适用", "成立的规则全部适用。"),
}
AGGREGATOR_NAMES: Final[Mapping[Aggregator, str]] = {
    Aggregator.SUM: "合计",
    Aggregator.COUNT: "计数",
    Aggregator.MIN: "取最小",
    Aggregator.MAX: "取最大",
}
TYPE_NAMES: Final[Mapping[TypeName, str]] = {
    TypeName.ANY: "",
    TypeName.NULL: "空值",
    TypeName.NUMBER: "数字",
    TypeName.STRING: "文字",
    TypeName.BOOLEAN: "是或否",
    TypeName.DATE: "日期",
    TypeName.TIME: "时间",
    TypeName.DATE_TIME: "日期和时间",
    TypeName.DAYS_TIME_DURATION: "时长（日、时、分、秒）",
    TypeName.YEARS_MONTHS_DURATION: "时长（年、月）",
    TypeName.LIST: "列表",
    TypeName.CONTEXT: "一组数据",
    TypeName.RANGE: "区间",
    TypeName.FUNCTION: "函数",
}
_YES_NO: Final[Mapping[str, str]] = {"true": "是", "false": "否"}
_LITERAL: Final = re.compile(r'"([^"\\]*)"')
_REGULATION: Final = re.compile(
    r"《?(?:(?P<year>\d{4})年)?(?P<title>[^《》（）第]{4,})》?第[一二三四五六七八九十百零〇\d]+条"
)


def type_name(type_ref: str) -> str:
    """Return the words of a built-in type, or the name a file gives its type."""
    built_in = built_in_type(type_ref)
    return type_ref if built_in is None else TYPE_NAMES[built_in]


def literal(text: str) -> str | None:
    """Return the value of a FEEL text that is a plain string, else None."""
    match = _LITERAL.fullmatch(text)
    return match[1] if match else None


@dataclass(frozen=True, slots=True)
class BoxBuilder:
    """Makes boxes with the words that one procedure has for its elements and sources."""

    procedure: Procedure
    element_id: str

    def box(self, boxed: Boxed) -> BoxView:  # noqa: C901 - one case for each kind of box
        """Return a boxed expression as it is drawn."""
        match boxed:
            case Literal():
                return TextView(boxed.text)
            case DecisionTable():
                return self.table(boxed)
            case Context():
                parts = tuple(
                    PartView(entry.name or "结论", self.box(entry.value), bool(entry.name))
                    for entry in boxed.entries
                )
                return PartsView("依次得出", parts)
            case ListOf():
                items = enumerate(boxed.items, 1)
                return PartsView("列表", tuple(PartView(f"第{n}项", self.box(b)) for n, b in items))
            case Relation():
                rows = tuple(tuple(map(self.box, row)) for row in boxed.rows)
                return GridView(boxed.columns, rows)
            case Function():
                return self._function(boxed)
            case Invocation():
                bound = (PartView(name, self.box(value), True) for name, value in boxed.bindings)  # noqa: FBT003
                return PartsView("调用", (PartView("函数", self.box(boxed.function)), *bound))
            case Conditional():
                return self._parts(
                    "视情况而定", 如果=boxed.condition, 那么=boxed.positive, 否则=boxed.negative
                )
            case Filter():
                return self._parts("筛选", 从中选取=boxed.source, 符合条件=boxed.match)
            case Iteration():
                return self._loop("逐项计算", boxed.variable, boxed.domain, "得出", boxed.body)
            case Quantified():
                some = boxed.quantifier is Quantifier.SOME
                title = "至少有一项符合条件" if some else "每一项都符合条件"
                return self._loop(title, boxed.variable, boxed.domain, "条件", boxed.condition)

    def _parts(self, title: str, **parts: Boxed) -> PartsView:
        return PartsView(title, tuple(PartView(k, self.box(v)) for k, v in parts.items()))

    def _loop(self, title: str, variable: str, domain: Boxed, label: str, body: Boxed) -> PartsView:
        parts = (
            PartView(f"“{variable}”依次取自", self.box(domain)),
            PartView(label, self.box(body)),
        )
        return PartsView(title, parts)

    def _function(self, boxed: Function) -> PartsView:
        names = "、".join(
            f"{part.name}（{type_name(part.type_ref)}）" if type_name(part.type_ref) else part.name
            for part in boxed.parameters
        )
        title = f"函数，参数：{names}" if names else "函数，没有参数"
        return PartsView(title, (PartView("得出", self.box(boxed.body)),))

    def table(self, table: DecisionTable) -> TableView:
        """Return a decision table as it is drawn."""
        name, meaning = POLICY_NAMES[table.hit_policy]
        aggregator = table.aggregator
        code = table.hit_policy.value
        if aggregator is not None:
            name, code = f"{name}并{AGGREGATOR_NAMES[aggregator]}", f"{code} {aggregator.value}"
        return TableView(
            table.hit_policy.symbol + (aggregator.symbol if aggregator else ""),
            f"{name}（{code}）",
            meaning,
            tuple(
                ColumnView(
                    clause.label,
                    clause.expression if clause.expression != clause.label else "",
                    type_name(clause.type_ref),
                    clause.allowed,
                )
                for clause in table.inputs
            ),
            tuple(
                ColumnView(
                    clause.label or "结论",
                    clause.name if clause.name != clause.label else "",
                    type_name(clause.type_ref),
                    clause.allowed,
                    clause.default,
                )
                for clause in table.outputs
            ),
            table.annotations,
            tuple(self._rule(table, rule) for rule in table.rules),
        )

    def _rule(self, table: DecisionTable, rule: Rule) -> RuleView:
        return RuleView(
            rule.index,
            tuple(
                CellView(cell, self._words(clause.expression, cell))
                for clause, cell in zip(table.inputs, rule.inputs, strict=True)
            ),
            tuple(
                CellView(cell, self._words(clause.name, cell))
                for clause, cell in zip(table.outputs, rule.outputs, strict=True)
            ),
            tuple(
                AnnotationView(text, self._source_named(text))
                for text in (rule.annotations.get(name, "") for name in table.annotations)
            ),
            self._citation(table.outputs, rule),
        )

    def _words(self, column: str, cell: str) -> str:
        """Return what an id in a cell stands for: a step, or a regulation."""
        value = literal(cell)
        if value is None:
            return _YES_NO.get(cell, "")
        if column == "element" and value in self.procedure.nodes:
            return self.procedure.nodes[value].name
        if column == "source" and value in self.procedure.sources:
            return f"《{self.procedure.sources[value].regulation}》"
        words = known(self.procedure, self.element_id, column)
        return next((o.label for o in words.options if o.value == value), value) if words else value

    def _citation(self, outputs: tuple[OutputClause, ...], rule: Rule) -> Citation | None:
        """Return the article a rule gives in its columns `source` and `article`."""
        cells = {
            clause.name: literal(cell) for clause, cell in zip(outputs, rule.outputs, strict=True)
        }
        source = self.procedure.sources.get(cells.get("source") or "")
        article = cells.get("article")
        return source.cite(article) if source is not None and article else None

    def _source_named(self, annotation: str) -> Source | None:
        """Return the only source an annotation can mean: by its id or by (part of) its title."""
        named = [
            source
            for source in self.procedure.sources.values()
            if source.id == annotation or _names(annotation, source)
        ]
        return named[0] if len(named) == 1 else None


def _names(annotation: str, source: Source) -> bool:
    match = _REGULATION.match(annotation)
    if match is None or not source.regulation.endswith(match["title"]):
        return False
    return match["year"] in {None, source.version}
