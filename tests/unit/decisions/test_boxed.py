"""Boxed expressions, knowledge models, decision services and imports."""

from __future__ import annotations

from decimal import Decimal

import pytest

from engine.decisions import DecisionModel, UnknownDecision, parse_decisions, parse_models
from engine.errors import DefinitionError

HEAD = '<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" namespace="{}" name="m">'


def document(body: str, namespace: str = "own") -> bytes:
    return f"{HEAD.format(namespace)}{body}</definitions>".encode()


def model(body: str) -> DecisionModel:
    return parse_decisions(document(body))


def text(expression: str) -> str:
    return f"<literalExpression><text><![CDATA[{expression}]]></text></literalExpression>"


def decision(name: str, logic: str, requires: str = "", type_ref: str = "") -> str:
    kind = f' typeRef="{type_ref}"' if type_ref else ""
    variable = f'<variable name="{name}"{kind}/>'
    return f'<decision id="{name}" name="{name}">{variable}{requires}{logic}</decision>'


def needs(kind: str, *hrefs: str) -> str:
    group = "knowledgeRequirement" if kind == "Knowledge" else "informationRequirement"
    return "".join(f'<{group}><required{kind} href="{href}"/></{group}>' for href in hrefs)


def value(logic: str, **facts: object) -> object:
    return model(decision("a", logic)).evaluate("a", facts).value


def test_a_context_sees_its_earlier_entries() -> None:
    logic = (
        f'<context><contextEntry><variable name="每月"/>{text("30")}</contextEntry>'
        f'<contextEntry><variable name="全年"/>{text("每月 * 12")}</contextEntry></context>'
    )
    assert {"每月": Decimal(30), "全年": Decimal(360)} == value(logic)


def test_the_last_entry_without_name_is_the_result() -> None:
    logic = (
        f'<context><contextEntry><variable name="x"/>{text("2")}</contextEntry>'
        f"<contextEntry>{text('x + n')}</contextEntry></context>"
    )
    assert Decimal(5) == value(logic, n=3)


def test_an_entry_of_the_wrong_type_is_null() -> None:
    word = text('"a"')
    logic = (
        f'<context><contextEntry><variable name="x" typeRef="number"/>{word}'
        "</contextEntry></context>"
    )
    assert {"x": None} == value(logic)


def test_lists_and_relations() -> None:
    assert [Decimal(1), Decimal(4)] == value(f"<list>{text('1')}{text('n')}</list>", n=4)
    relation = (
        '<relation><column name="a"/><column name="b"/>'
        f"<row>{text('1')}{text('n')}</row><row>{text('3')}{text('4')}</row></relation>"
    )
    assert [
        {"a": Decimal(1), "b": Decimal(2)},
        {"a": Decimal(3), "b": Decimal(4)},
    ] == value(relation, n=2)


def test_conditionals_loops_and_filters() -> None:
    choice = (
        f"<conditional><if>{text('n > 1')}</if><then>{text('1')}</then>"
        f"<else>{text('2')}</else></conditional>"
    )
    assert (Decimal(1), Decimal(2)) == (value(choice, n=2), value(choice, n=1))
    assert value(choice, n=None) == Decimal(2)
    loop = (
        f'<for iteratorVariable="i"><in>{text("[1, 2, 3]")}</in>'
        f"<return>{text('i * sum(append(partial, 1))')}</return></for>"
    )
    assert [Decimal(1), Decimal(4), Decimal(18)] == value(loop)
    kept = f"<filter><in>{text('[1, 2, 3]')}</in><match>{text('item > n')}</match></filter>"
    assert [Decimal(2), Decimal(3)] == value(kept, n=1)


@pytest.mark.parametrize(("kind", "expected"), [("some", True), ("every", False)])
def test_quantifiers(kind: str, *, expected: bool) -> None:
    logic = (
        f'<{kind} iteratorVariable="i"><in>{text("[1, 2]")}</in>'
        f"<satisfies>{text('i > 1')}</satisfies></{kind}>"
    )
    assert expected is value(logic)


def test_functions_and_invocations() -> None:
    function = (
        '<functionDefinition><formalParameter name="x" typeRef="number"/>'
        f"{text('x * n')}</functionDefinition>"
    )
    call = (
        f'<invocation>{text("f")}<binding><parameter name="x"/>{text("5")}</binding></invocation>'
    )
    body = decision("f", function) + decision("a", call, needs("Decision", "#f"))
    assert Decimal(15) == model(body).evaluate("a", {"n": 3}).value
    wrong = call.replace('"x"', '"y"')
    broken = decision("f", function) + decision("a", wrong, needs("Decision", "#f"))
    result = model(broken).evaluate("a", {"n": 3})
    assert result.value is None
    assert result.warnings


FEE = (
    '<businessKnowledgeModel id="k" name="党费"><variable name="党费"/><encapsulatedLogic>'
    '<formalParameter name="收入" typeRef="number"/><decisionTable hitPolicy="FIRST">'
    "<input><inputExpression><text>收入</text></inputExpression></input>"
    '<output name="率"/>'
    "<rule><inputEntry><text>&lt;= 3000</text></inputEntry>"
    "<outputEntry><text>0.005</text></outputEntry></rule>"
    "<rule><inputEntry><text>-</text></inputEntry><outputEntry><text>0.01</text></outputEntry></rule>"
    "</decisionTable></encapsulatedLogic></businessKnowledgeModel>"
)


def test_a_knowledge_model_is_called_by_name() -> None:
    body = FEE + decision("a", text("党费(n) * n"), needs("Knowledge", "#k"))
    assert Decimal(10) == model(body).evaluate("a", {"n": 2000}).value
    assert Decimal("0.01") == model(body).invoke("党费", {"收入": 5000}).value


def test_a_knowledge_model_sees_its_parameters_only() -> None:
    logic = f'<encapsulatedLogic><formalParameter name="x"/>{text("x + n")}</encapsulatedLogic>'
    model_of_k = f'<businessKnowledgeModel id="k" name="k">{logic}</businessKnowledgeModel>'
    body = model_of_k + decision("a", text("k(1)"), needs("Knowledge", "#k"))
    assert model(body).evaluate("a", {"n": 2}).value is None


def test_a_knowledge_model_may_call_itself() -> None:
    logic = (
        '<encapsulatedLogic><formalParameter name="n"/>'
        f"{text('if n <= 1 then 1 else n * k(n - 1)')}</encapsulatedLogic>"
    )
    body = (
        f'<businessKnowledgeModel id="k" name="k">{logic}{needs("Knowledge", "#k")}'
        "</businessKnowledgeModel>"
    )
    body += decision("a", text("k(5)"), needs("Knowledge", "#k"))
    assert Decimal(120) == model(body).evaluate("a", {}).value


SERVICE = (
    '<inputData id="i" name="i"><variable name="i" typeRef="number"/></inputData>'
    + decision("half", text("i / 2"), needs("Input", "#i"))
    + decision("more", text("half + 1"), needs("Decision", "#half"))
    + '<decisionService id="s" name="s"><outputDecision href="#more"/>'
    '<encapsulatedDecision href="#half"/><inputData href="#i"/></decisionService>'
    '<decisionService id="t" name="t"><outputDecision href="#more"/>'
    '<inputDecision href="#half"/></decisionService>'
)


def test_a_decision_service_is_a_function() -> None:
    body = SERVICE + decision("a", text("s(10) + t(100)"), needs("Knowledge", "#s", "#t"))
    loaded = model(body)
    assert Decimal(107) == loaded.evaluate("a", {"i": 1_000}).value
    assert Decimal(3) == loaded.invoke("s", {"i": 4}).value
    assert loaded.invoke("s", {"i": "four"}).value is None
    with pytest.raises(UnknownDecision):
        loaded.invoke("more", {})


def test_files_import_each_other() -> None:
    types = (
        '<itemDefinition name="等次"><typeRef>string</typeRef>'
        '<allowedValues><text>"好", "差"</text></allowedValues></itemDefinition>'
    )
    shared = types + FEE + decision("base", text("100"))
    own = (
        '<import name="公用" namespace="shared" importType="x"/>'
        '<inputData id="g" name="g"><variable name="g" typeRef="公用.等次"/></inputData>'
        + decision(
            "a",
            text('if g = "好" then 公用.base * 公用.党费(1) else 0'),
            needs("Decision", "shared#base")
            + needs("Knowledge", "shared#k")
            + needs("Input", "#g"),
        )
    )
    models = parse_models({"own.dmn": document(own), "shared.dmn": document(shared, "shared")})
    assert Decimal("0.5") == models["own.dmn"].evaluate("a", {"g": "好"}).value
    assert Decimal(0) == models["own.dmn"].evaluate("a", {"g": "无"}).value


def test_files_that_import_each_other_in_a_circle_are_refused() -> None:
    one = '<import name="b" namespace="two"/>' + decision("a", text("1"))
    two = '<import name="a" namespace="one"/>' + decision("b", text("1"))
    with pytest.raises(DefinitionError) as refusal:
        parse_models({"1": document(one, "one"), "2": document(two, "two")})
    assert ["dmn-cycle"] == [finding.code for finding in refusal.value.findings]


def test_a_decision_without_logic_is_null() -> None:
    assert model('<decision id="a" name="a"/>').evaluate("a", {}).value is None
