"""Files with several decisions: citations, requirements, types, and what is refused."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from engine.decisions import DecisionModel, UnknownDecision, parse_decisions
from engine.errors import DefinitionError

NAMESPACES = [
    "https://www.omg.org/spec/DMN/20191111/MODEL/",
    "https://www.omg.org/spec/DMN/20211108/MODEL/",
    "https://www.omg.org/spec/DMN/20230324/MODEL/",
]


def model(body: str, namespace: str = NAMESPACES[0]) -> DecisionModel:
    head = f'<definitions xmlns="{namespace}" id="d" name="d" namespace="urn:test">'
    xml = f"{head}{body}</definitions>"
    return parse_decisions(xml.encode(), "decisions/test.dmn")


def findings(body: str) -> list[tuple[str, str | None]]:
    with pytest.raises(DefinitionError) as caught:
        model(body)
    assert all(item.reason and item.remedy and item.reason_en for item in caught.value.findings)
    assert {"decisions/test.dmn"} == {item.path for item in caught.value.findings}
    return [(item.code, item.element_id) for item in caught.value.findings]


def literal(name: str, text: str, requires: str = "", type_ref: str = "") -> str:
    links = "".join(
        f"<informationRequirement><required{'Input' if href[0] == 'i' else 'Decision'} "
        f'href="#{href}"/></informationRequirement>'
        for href in requires.split()
    )
    variable = f'<variable name="{name}" typeRef="{type_ref}"/>' if type_ref else ""
    return (
        f'<decision id="{name}" name="{name}">{variable}{links}'
        f"<literalExpression><text><![CDATA[{text}]]></text></literalExpression></decision>"
    )


CHECKS = """
<inputData id="i_apply" name="application_on">
  <variable name="application_on" typeRef="date"/>
</inputData>
<decision id="checks" name="合规检查">
  <description>谈话时限</description>
  <informationRequirement><requiredInput href="#i_apply"/></informationRequirement>
  <decisionTable hitPolicy="COLLECT">
    <input id="c1" label="环节">
      <inputExpression typeRef="string"><text>element</text></inputExpression>
    </input>
    <input id="c2" label="违反条件">
      <inputExpression typeRef="boolean"><text>true</text></inputExpression>
    </input>
    <output id="o1" name="rule" label="规则" typeRef="string"/>
    <output id="o2" name="severity" label="程度" typeRef="string"/>
    <annotation name="条款"/><annotation name="说明"/>
    <rule id="md02">
      <inputEntry><text>"talk"</text></inputEntry>
      <inputEntry><text>talk_on &gt; application_on + duration("P1M")</text></inputEntry>
      <outputEntry><text>"MD-02"</text></outputEntry>
      <outputEntry><text>"block"</text></outputEntry>
      <annotationEntry><text>第七条</text></annotationEntry>
      <annotationEntry><text>一个月内派人谈话</text></annotationEntry>
    </rule>
    <rule id="md99">
      <inputEntry><text>-</text></inputEntry>
      <inputEntry><text>false</text></inputEntry>
      <outputEntry><text>"MD-99"</text></outputEntry>
      <outputEntry><text>"warn"</text></outputEntry>
    </rule>
  </decisionTable>
</decision>
"""


@pytest.mark.parametrize("namespace", NAMESPACES)
@pytest.mark.parametrize(
    ("talk_on", "rules"),
    [
        (dt.date(2026, 3, 1), ["MD-02"]),
        (dt.date(2026, 2, 28), []),
        (None, []),
    ],
)
def test_a_compliance_table_fires_when_its_condition_is_true(
    namespace: str, talk_on: dt.date | None, rules: list[str]
) -> None:
    context = {"element": "talk", "application_on": dt.date(2026, 1, 31), "talk_on": talk_on}
    result = model(CHECKS, namespace).evaluate("checks", context)
    assert rules == [rule.outputs["rule"] for rule in result.matched]


def test_a_matched_rule_carries_its_citation() -> None:
    context = {
        "element": "talk",
        "application_on": dt.date(2026, 1, 1),
        "talk_on": dt.date(2026, 5, 1),
    }
    result = model(CHECKS).evaluate("合规检查", context)
    assert result.value == [{"rule": "MD-02", "severity": "block"}]
    (rule,) = result.matched
    assert (rule.index, rule.id) == (1, "md02")
    assert rule.annotations == {"条款": "第七条", "说明": "一个月内派人谈话"}


def test_the_table_can_be_shown() -> None:
    decision = model(CHECKS).decisions["checks"]
    table = decision.table
    assert table is not None
    assert (
        decision.name,
        decision.description,
        table.hit_policy,
    ) == ("合规检查", "谈话时限", "COLLECT")
    assert [column.label for column in table.inputs] == ["环节", "违反条件"]
    assert [column.expression for column in table.inputs] == ["element", "true"]
    assert [column.label for column in table.outputs] == ["规则", "程度"]
    assert table.annotations == ("条款", "说明")
    assert table.rules[0].inputs == ('"talk"', 'talk_on > application_on + duration("P1M")')
    assert table.rules[0].outputs == ('"MD-02"', '"block"')
    assert table.rules[1].annotations == {}


def test_required_decisions_come_first_and_are_bound_by_name() -> None:
    loaded = model(
        literal("Bonus/Malus", "base + 1")
        + literal("双倍", "Bonus/Malus * 2", "Bonus/Malus")
        + literal("total", "双倍 + Bonus/Malus", "双倍 Bonus/Malus")
    )
    assert Decimal(9) == loaded.evaluate("total", {"base": 2}).value


def test_a_required_decision_is_not_taken_from_the_caller() -> None:
    loaded = model(literal("a", "1") + literal("b", "a + 1", "a"))
    assert Decimal(2) == loaded.evaluate("b", {"a": 100}).value


def test_functions_of_the_caller_reach_the_cells() -> None:
    loaded = model(literal("due", "add working days(start, 5)"))
    functions: dict[str, Any] = {
        "add working days": lambda day, number: day + dt.timedelta(days=int(number) + 2)
    }
    result = loaded.evaluate("due", {"start": dt.date(2026, 1, 1)}, functions)
    assert dt.date(2026, 1, 8) == result.value


def test_unknown_names_are_warned_about() -> None:
    result = model(literal("a", "未知 + 1")).evaluate("a", {})
    assert result.value is None
    assert [warning.code for warning in result.warnings] == ["unknown-name", "not-applicable"]


def test_an_unknown_decision() -> None:
    with pytest.raises(UnknownDecision) as caught:
        model(literal("a", "1")).evaluate("b", {})
    assert caught.value.code == "decision-unknown"


TYPES = """
<itemDefinition name="等次"><typeRef>string</typeRef>
  <allowedValues><text>"优秀", "合格"</text></allowedValues></itemDefinition>
<itemDefinition name="人员"><itemComponent name="年龄"><typeRef>number</typeRef></itemComponent>
</itemDefinition>
<itemDefinition name="名单" isCollection="true"><typeRef>人员</typeRef></itemDefinition>
"""


@pytest.mark.parametrize(
    ("type_ref", "value", "expected"),
    [
        ("等次", "优秀", "优秀"),
        ("等次", "良好", None),
        ("等次", ["优秀"], "优秀"),
        ("人员", {"年龄": 1}, {"年龄": 1}),
        ("人员", {"年龄": "x"}, None),
        ("名单", [{"年龄": 1}], [{"年龄": 1}]),
        ("名单", {"年龄": 1}, [{"年龄": 1}]),
        ("名单", [1], None),
        ("dateTime", dt.date(2026, 1, 1), dt.datetime(2026, 1, 1, tzinfo=dt.UTC)),
        ("dateTime", "2026-01-01", None),
        ("Any", [1], [1]),
    ],
)
def test_types_are_checked(type_ref: str, value: object, expected: object) -> None:
    data = f'<inputData id="i1" name="x"><variable name="x" typeRef="{type_ref}"/></inputData>'
    result = model(TYPES + data + literal("a", "x", "i1", type_ref)).evaluate("a", {"x": value})
    assert expected == result.value
    assert (expected is None) == bool(result.warnings)


SCRIPT = """<decision id="a" name="a">
  <literalExpression expressionLanguage="javascript"><text>1</text></literalExpression>
</decision>"""

JAVA = """<decision id="a" name="a"><functionDefinition id="f" kind="Java">
  <literalExpression><text>1</text></literalExpression></functionDefinition></decision>"""
RELATION = """<decision id="a" name="a"><relation><column name="x"/><column name="y"/>
  <row><literalExpression><text>1</text></literalExpression></row></relation></decision>"""

TABLE = """<decision id="t" name="t"><decisionTable {head}>
  <input id="c1"><inputExpression><text>{expression}</text></inputExpression></input>
  <output id="o1" {output}/>{more}
  <rule id="r1"><inputEntry id="e1"><text>{cell}</text></inputEntry>
  <outputEntry id="e2"><text>1</text></outputEntry></rule>
</decisionTable></decision>"""


def table(
    head: str = "", expression: str = "x", output: str = "", more: str = "", cell: str = "1"
) -> str:
    return TABLE.format(head=head, expression=expression, output=output, more=more, cell=cell)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("", [("dmn-no-decision", None)]),
        (literal("a", "1 +"), [("dmn-feel", "a")]),
        (table(expression=""), [("dmn-feel", "c1")]),
        (table(cell="1 and"), [("dmn-feel", "e1")]),
        (table('hitPolicy="BEST"'), [("dmn-hit-policy", "t")]),
        (table('hitPolicy="PRIORITY"'), [("dmn-priority", "t")]),
        (table('aggregation="SUM"'), [("dmn-aggregation", "t")]),
        (table('hitPolicy="COLLECT" aggregation="AVERAGE"'), [("dmn-aggregation", "t")]),
        (table(more='<output id="o2"/>'), [("dmn-columns", "t"), ("dmn-cells", "r1")]),
        (table(output='typeRef="等次"'), [("dmn-type", "o1")]),
        ('<decision id="a" name="a"><sound id="k"/></decision>', [("dmn-unsupported", "k")]),
        (literal("a", "1") + '<import name="k" namespace="n"/>', [("dmn-import", None)]),
        (JAVA, [("dmn-function-kind", "f")]),
        (RELATION, [("dmn-relation", "a")]),
        (literal("a", "1") + literal("a", "2"), [("dmn-duplicate", "a"), ("dmn-duplicate", "a")]),
        (literal("a", "1", "z"), [("dmn-reference", "a")]),
        (literal("a", "b", "b") + literal("b", "a", "a"), [("dmn-cycle", "a"), ("dmn-cycle", "b")]),
        (literal("a", "(") + table(cell=")"), [("dmn-feel", "a"), ("dmn-feel", "e1")]),
        (SCRIPT, [("dmn-language", "a")]),
    ],
)
def test_every_obstacle_is_found(body: str, expected: list[tuple[str, str | None]]) -> None:
    assert expected == findings(body)


@pytest.mark.parametrize(
    "xml",
    [
        b"",
        b"<definitions",
        b'<definitions xmlns="urn:other"/>',
        b'<!DOCTYPE d [<!ENTITY x "y">]><definitions/>',
        '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE d><definitions/>'.encode("utf-16"),
        b"<a>" + b" " * 3_000_000 + b"</a>",
    ],
    ids=["empty", "torn", "foreign", "entity", "utf-16 doctype", "huge"],
)
def test_dangerous_or_foreign_files_are_refused(xml: bytes) -> None:
    with pytest.raises(DefinitionError):
        parse_decisions(xml)


def test_documentation_elements_do_not_matter() -> None:
    loaded = model(
        "<extensionElements/><textAnnotation id='n'><text>x</text></textAnnotation>"
        + literal("a", "1")
        + "<knowledgeSource id='k' name='章程'/>"
    )
    assert list(loaded.decisions) == ["a"]
