"""What a decision has to be told, and what is known about it."""

from __future__ import annotations

import pytest

from engine.decisions import DecisionModel, Fact, UnknownDecision, parse_decisions, parse_models
from engine.feel.types import TypeName
from tests.unit.decisions.test_boxed import decision, document, model, needs, text

PLAIN = '<inputData id="{0}" name="{0}"><variable name="{0}" typeRef="{1}"/></inputData>'


def names(found: DecisionModel, element_id: str = "a") -> list[str]:
    return [fact.name for fact in found.facts(element_id)]


def only(found: DecisionModel, element_id: str = "a") -> Fact:
    [fact] = found.facts(element_id)
    return fact


def test_names_that_boxes_give_are_no_facts() -> None:
    inner = (
        f'<contextEntry><variable name="x"/>{text("p")}</contextEntry>'
        f'<contextEntry><variable name="f"/><functionDefinition><formalParameter name="n"/>'
        f"{text('n + f(q)')}</functionDefinition></contextEntry>"
        f"<contextEntry>{text('x + r')}</contextEntry>"
    )
    assert ["p", "q", "r"] == names(model(decision("a", f"<context>{inner}</context>")))


def test_a_name_is_bound_inside_its_box_only() -> None:
    loop = (
        f'<for iteratorVariable="i"><in>{text("i")}</in>'
        f"<return>{text('i + count(partial)')}</return></for>"
    )
    assert ["i"] == names(model(decision("a", loop)))
    every = (
        f'<every iteratorVariable="i"><in>{text("s")}</in>'
        f"<satisfies>{text('i > low')}</satisfies></every>"
    )
    assert ["s", "low"] == names(model(decision("a", every)))
    filtered = f"<filter><in>{text('s')}</in><match>{text('item > low')}</match></filter>"
    assert ["s", "low"] == names(model(decision("a", filtered)))


def test_filters_take_components_from_the_items_and_the_rest_from_outside() -> None:
    item = (
        '<itemDefinition name="t"><itemComponent name="score"><typeRef>number</typeRef>'
        "</itemComponent></itemDefinition>"
    )
    found = model(item + decision("a", text("count(s[score > low and item.score > 1])")))
    assert ["low", "s"] == names(found)


def test_facts_of_required_decisions_are_asked_once_and_their_values_never() -> None:
    found = model(
        PLAIN.format("n", "number")
        + decision("b", text("n + k"), needs("Input", "#n"))
        + decision("a", text("b + n + k"), needs("Decision", "#b") + needs("Input", "#n"))
    )
    assert ["n", "k"] == names(found)
    assert [True, False] == [fact.declared for fact in found.facts("a")]
    assert {"n", "k"} == set(found.facts_used("a"))
    assert ["b", "n"] == [element.id for element in found.requirements("a")]


def test_a_column_says_what_a_fact_is_called_and_may_be() -> None:
    table = (
        '<decisionTable><input label="等次"><inputExpression typeRef="string"><text>grade</text>'
        '</inputExpression><inputValues><text>"A", "B"</text></inputValues></input>'
        '<input label="过半"><inputExpression><text>yes > 2</text></inputExpression></input>'
        '<output name="r"/></decisionTable>'
    )
    grade, yes = model(decision("a", table)).facts("a")
    assert ("等次", TypeName.STRING, '"A", "B"') == (
        grade.label,
        grade.shape.type,
        grade.shape.allowed,
    )
    assert ("yes", TypeName.ANY) == (yes.label, yes.shape.type)


@pytest.mark.parametrize(
    ("type_ref", "kind", "is_collection", "parts"),
    [
        ("number", TypeName.NUMBER, False, []),
        ("levels", TypeName.STRING, True, []),
        ("person", TypeName.CONTEXT, False, ["name", "levels"]),
        ("people", TypeName.CONTEXT, True, ["name", "levels"]),
        ("table", TypeName.LIST, False, []),
        ("rule", TypeName.FUNCTION, False, []),
        ("self", TypeName.ANY, False, []),
    ],
)
def test_shapes(type_ref: str, kind: TypeName, is_collection: bool, parts: list[str]) -> None:  # noqa: FBT001 - a table of cases
    types = (
        '<itemDefinition name="level"><typeRef>string</typeRef>'
        '<allowedValues><text>"A","B"</text></allowedValues></itemDefinition>'
        '<itemDefinition name="levels" isCollection="true"><typeRef>level</typeRef>'
        "</itemDefinition>"
        '<itemDefinition name="person"><itemComponent name="name"><typeRef>string</typeRef>'
        '</itemComponent><itemComponent name="levels"><typeRef>levels</typeRef></itemComponent>'
        "</itemDefinition>"
        '<itemDefinition name="people" isCollection="true"><typeRef>person</typeRef>'
        "</itemDefinition>"
        '<itemDefinition name="table" isCollection="true"><typeRef>levels</typeRef>'
        "</itemDefinition>"
        '<itemDefinition name="rule"><functionItem outputTypeRef="string"/></itemDefinition>'
        '<itemDefinition name="self"><typeRef>self</typeRef></itemDefinition>'
    )
    found = model(
        types + PLAIN.format("n", type_ref) + decision("a", text("n"), needs("Input", "#n"))
    )
    shape = only(found).shape
    assert (kind, is_collection, parts) == (
        shape.type,
        shape.is_collection,
        [name for name, _ in shape.components],
    )
    assert shape.allowed == ('"A","B"' if type_ref == "levels" else "")


def test_parameters_are_the_facts_of_knowledge_models_and_services() -> None:
    found = model(
        PLAIN.format("n", "number")
        + decision("a", text("n + k"), needs("Input", "#n"))
        + '<businessKnowledgeModel id="f" name="f"><encapsulatedLogic>'
        + f'<formalParameter name="x" typeRef="date"/>{text("x")}'
        + "</encapsulatedLogic></businessKnowledgeModel>"
        + '<decisionService id="s" name="s"><outputDecision href="#a"/><inputData href="#n"/>'
        + "</decisionService>"
    )
    assert ("x", TypeName.DATE) == (only(found, "f").name, only(found, "f").shape.type)
    assert ["n"] == names(found, "s")
    assert ["a", "n"] == [element.id for element in found.requirements("s")]


def test_imported_decisions_ask_for_their_facts() -> None:
    lower = document(
        PLAIN.format("n", "number") + decision("b", text("n + k"), needs("Input", "#n")), "low"
    )
    upper = document(
        '<import namespace="low" name="low"/>'
        + decision("a", text("low.b + m"), needs("Decision", "low#b")),
        "up",
    )
    models = parse_models({"upper": upper, "lower": lower})
    assert ["n", "m", "k"] == sorted(names(models["upper"]), key="nmk".index)
    assert models["lower"].decisions["b"] is models["upper"].requirements("a")[0]


def test_unknown_elements_have_no_facts() -> None:
    with pytest.raises(UnknownDecision):
        model(decision("a", text("1"))).facts("b")


def test_warnings_name_the_text_they_arose_in() -> None:
    table = (
        "<decisionTable><input><inputExpression><text>n</text></inputExpression></input>"
        '<output name="r"/><rule><inputEntry><text>-</text></inputEntry>'
        '<outputEntry><text>n + "a"</text></outputEntry></rule></decisionTable>'
    )
    found = parse_decisions(document(decision("a", table)))
    [warning] = found.evaluate("a", {"n": 1}).warnings
    assert ('n + "a"', 1) == (warning.text, warning.line)
