"""Everything that keeps a DMN file from being deployed, by stable code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from engine.errors import Severity
from engine.findings import Problem

ELEMENT_LABELS: Final[Mapping[str, str]] = {
    "artifact": "附注",
}
"""Elements of DMN that are not run, in Chinese."""

PROBLEMS: Final[Mapping[str, Problem]] = {
    "dmn-namespace": Problem(
        "文件不是 DMN 1.3 至 1.5 的决策模型（根元素为 {found}）。",
        "请用决策表设计器导出 DMN 1.3 至 1.5 格式的文件。",
        "expected DMN 1.3 to 1.5 definitions, found {found}",
    ),
    "dmn-unsupported": Problem(
        "含有不能运行的内容：{label}（{element}）。",
        "请改用决策表、方框表达式或 FEEL 表达式。",
        "{element} is not supported; use a decision table or a literal expression",
    ),
    "dmn-language": Problem(
        "表达式语言“{language}”不是 FEEL。",
        "请改用 FEEL 书写，并删除 expressionLanguage 设置。",
        "expression language {language} is not FEEL",
    ),
    "dmn-no-decision": Problem(
        "文件中没有决策。",
        "请至少添加一个决策。",
        "the file has no decision",
    ),
    "dmn-name": Problem(
        "决策或输入没有名称。",
        "请为每个决策和输入填写名称（name）。",
        "the decision or input data needs a name",
    ),
    "dmn-duplicate": Problem(
        "编号或名称“{name}”重复。",
        "请改成唯一的编号或名称。",
        "the id or name {name} is used twice",
    ),
    "dmn-no-logic": Problem(
        "决策“{name}”没有决策表或表达式，结果总是空值。",
        "请补上决策表或表达式，或者删除该决策。",
        "decision {name} has no logic and is always null",
        Severity.WARNING,
    ),
    "dmn-reference": Problem(
        "引用的“{href}”不存在。",
        "请改为引用本文件或被引入文件中的元素。",
        "{href} is no decision or input of this file",
    ),
    "dmn-import": Problem(
        "引入的命名空间“{namespace}”没有对应的文件。",
        "请将被引入的决策文件放在同一文件夹中，或者删除该引入。",
        "no file with the imported namespace {namespace}",
    ),
    "dmn-function-kind": Problem(
        "函数的种类“{kind}”不能运行。",
        "只运行 FEEL 函数；外部程序（Java、PMML）一律不运行。",
        "function kind {kind} is not FEEL",
    ),
    "dmn-relation": Problem(
        "关系表第 {index} 行的单元格与列数不符。",
        "请使每行的单元格与列一一对应。",
        "row {index} of the relation does not fit its columns",
    ),
    "dmn-cycle": Problem(
        "决策“{name}”直接或间接依赖自己。",
        "请去掉循环的依赖关系。",
        "decision {name} depends on itself",
    ),
    "dmn-type": Problem(
        "数据类型“{type}”没有定义。",
        "请使用 FEEL 的数据类型，或者在文件中定义该类型。",
        "type {type} is neither built in nor defined in this file",
    ),
    "dmn-feel": Problem(
        "“{text}”不能作为 FEEL 使用：{reason}",
        "请按 FEEL 语法修改；运算符、括号、引号和逗号一律使用英文半角。",
        "{text} is not valid FEEL ({error})",
    ),
    "dmn-hit-policy": Problem(
        "命中策略“{policy}”不存在。",
        "请使用 UNIQUE、ANY、PRIORITY、FIRST、RULE ORDER、OUTPUT ORDER 或 COLLECT。",
        "unknown hit policy {policy}",
    ),
    "dmn-aggregation": Problem(
        "汇总方式“{aggregation}”不能用于此表。",
        "汇总（SUM、COUNT、MIN、MAX）只用于 COLLECT 表；除 COUNT 外只能有一个输出列。",
        "aggregation {aggregation} does not fit this table",
    ),
    "dmn-priority": Problem(
        "按优先级命中的表没有给出输出值的顺序。",
        "请在输出列填写输出值（outputValues），按优先级从高到低排列。",
        "hit policies PRIORITY and OUTPUT ORDER need output values in order of priority",
    ),
    "dmn-columns": Problem(
        "决策表没有输出列，或者多个输出列中有的没有名称或重名。",
        "请至少添加一个输出列；有多个输出列时，每列都要有不同的名称。",
        "the table needs output columns, with distinct names if there are several",
    ),
    "dmn-cells": Problem(
        "第 {index} 条规则有 {inputs} 个条件、{outputs} 个结论，与表头不符。",
        "请使每条规则的单元格与表头的列一一对应。",
        "rule {index} has {inputs} input and {outputs} output entries, unlike the header",
    ),
}
