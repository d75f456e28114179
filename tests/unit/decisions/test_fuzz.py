"""Arbitrary models are refused or evaluated, in bounded time, and never crash."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from engine.decisions import DecisionModel, parse_models
from engine.decisions.elements import is_dmn
from engine.errors import DangwuError, DefinitionError
from engine.feel import render

ROOT = Path(__file__).resolve().parents[3]
SECONDS = 5.0
HEAD = '<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" namespace="n" name="m">'
TYPES = (
    '<itemDefinition name="level"><typeRef>string</typeRef><allowedValues><text>"A","B"</text>'
    '</allowedValues></itemDefinition><itemDefinition name="levels" isCollection="true">'
    '<typeRef>level</typeRef></itemDefinition><itemDefinition name="person">'
    '<itemComponent name="age"><typeRef>number</typeRef></itemComponent></itemDefinition>'
)
FACTS = {
    "n": 3,
    "s": "A",
    "on": "2026-06-01",
    "xs": [1, 2, 2, None],
    "p": {"age": 40, "name": "甲"},
    "年龄": Decimal("20.5"),
}
TEXTS = st.sampled_from(
    [
        *("n", "s", "xs", "p", "p.age", "年龄", "unknown", "null", "true", "1", '"A"', "n + s"),
        *("xs[item > 1]", "for i in xs return i * n", "function(a) a + n", "f(n)", "x", "y", "it"),
        *("date(on)", '@"P1M"', "[1..n]", "{a: n}", "sum(xs)", "if n > 2 then s else xs", "b", "k"),
        *("k(n)", "b + 1", "partial", "some i in xs satisfies i > n", ""),
    ]
)
CELLS = st.sampled_from(
    ["-", "", "n", "< 5", "> n", "[1..5]", '"A","B"', 'not("A")', "? in xs", "null", "x y z"]
)
NAMES = st.sampled_from(["x", "y", "it", "n", "s", "b", "f", ""])
TYPE_REFS = st.sampled_from(["", "", "number", "string", "boolean", "level", "levels", "person"])
POLICIES = st.sampled_from(
    ["UNIQUE", "ANY", "PRIORITY", "FIRST", "RULE ORDER", "OUTPUT ORDER", "COLLECT"]
)
ORDERED = {"PRIORITY", "OUTPUT ORDER"}
AGGREGATORS = st.sampled_from(["", "", "SUM", "COUNT", "MIN", "MAX"])


def tag(name: str, inside: str, /, **attributes: str) -> str:
    written = "".join(f" {key}={quoteattr(value)}" for key, value in attributes.items() if value)
    return f"<{name}{written}>{inside}</{name}>"


def text(value: str) -> str:
    return tag("text", escape(value))


@st.composite
def tables(draw: st.DrawFn) -> str:
    columns, outputs = draw(st.integers(0, 3)), draw(st.integers(1, 2))
    policy = draw(POLICIES)
    parts = [
        tag("input", tag("inputExpression", text(draw(TEXTS)), typeRef=draw(TYPE_REFS)))
        for _ in range(columns)
    ]
    for number in range(outputs):
        allowed = draw(
            st.sampled_from(["1, 2", '"A","B"'] if policy in ORDERED else ["", '"A","B"'])
        )
        values = tag("outputValues", text(allowed)) if allowed else ""
        default = draw(st.sampled_from(["", "0", "n", '"A"']))
        values += tag("defaultOutputEntry", text(default)) if default else ""
        parts.append(tag("output", values, name=f"o{number}", typeRef=draw(TYPE_REFS)))
    for _ in range(draw(st.integers(0, 4))):
        cells = [tag("inputEntry", text(draw(CELLS))) for _ in range(columns)]
        cells += [tag("outputEntry", text(draw(TEXTS))) for _ in range(outputs)]
        parts.append(tag("rule", "".join(cells)))
    aggregation = draw(AGGREGATORS) if policy == "COLLECT" else ""
    return tag("decisionTable", "".join(parts), hitPolicy=policy, aggregation=aggregation)


@st.composite
def logic(draw: st.DrawFn, depth: int = 3) -> str:  # noqa: C901 - one case for each box
    """Any boxed expression, at most `depth` boxes deep."""
    kinds = ["literalExpression", "decisionTable"]
    kinds += ["context", "list", "relation", "conditional", "filter", "for", "some", "every"]
    kinds += ["functionDefinition", "invocation"]
    kind = draw(st.sampled_from(kinds if depth else kinds[:2]))

    def box() -> str:
        return draw(logic(depth - 1))

    def boxes(most: int) -> list[str]:
        return [box() for _ in range(draw(st.integers(0, most)))]

    name = draw(NAMES)
    match kind:
        case "literalExpression":
            return tag(kind, text(draw(TEXTS)), typeRef=draw(TYPE_REFS))
        case "decisionTable":
            return draw(tables())
        case "context":
            entries = []
            for inner in boxes(3):
                given = draw(NAMES)
                variable = tag("variable", "", name=given, typeRef=draw(TYPE_REFS))
                entries.append(tag("contextEntry", variable + inner if given else inner))
            return tag(kind, "".join(entries))
        case "list":
            return tag(kind, "".join(boxes(3)))
        case "relation":
            rows = [tag("row", box() + box()) for _ in range(draw(st.integers(0, 2)))]
            return tag(kind, '<column name="x"/><column name="y"/>' + "".join(rows))
        case "conditional":
            return tag(kind, tag("if", box()) + tag("then", box()) + tag("else", box()))
        case "filter":
            return tag(kind, tag("in", box()) + tag("match", box()))
        case "for":
            return tag(kind, tag("in", box()) + tag("return", box()), iteratorVariable=name)
        case "functionDefinition":
            parameter = tag("formalParameter", "", name=name or "a", typeRef=draw(TYPE_REFS))
            return tag(kind, parameter + box())
        case "invocation":
            bound = tag("binding", tag("parameter", "", name=name or "a") + box())
            return tag(kind, box() + bound)
        case _:
            return tag(kind, tag("in", box()) + tag("satisfies", box()), iteratorVariable=name)


LOGIC = logic()


def decision(name: str, logic: str, kind: str, needs: str = "") -> str:
    return tag(
        "decision", tag("variable", "", name=name, typeRef=kind) + needs + logic, id=name, name=name
    )


def needs(group: str, kind: str, target: str) -> str:
    return tag(f"{group}Requirement", tag(f"required{kind}", "", href=f"#{target}"))


@st.composite
def documents(draw: st.DrawFn) -> bytes:
    """Two decisions and a knowledge model, which may require each other in any direction."""
    wanted = draw(
        st.lists(
            st.sampled_from(
                [
                    needs("information", "Decision", "b"),
                    needs("information", "Decision", "a"),
                    needs("information", "Input", "p"),
                    needs("knowledge", "Knowledge", "k"),
                ]
            ),
            max_size=3,
        )
    )
    body = TYPES + '<inputData id="p" name="p"><variable name="p" typeRef="person"/></inputData>'
    body += decision("a", draw(LOGIC), draw(TYPE_REFS), "".join(wanted))
    body += decision("b", draw(LOGIC), draw(TYPE_REFS))
    body += (
        '<businessKnowledgeModel id="k" name="k"><encapsulatedLogic><formalParameter name="it"/>'
        f"{draw(LOGIC)}</encapsulatedLogic></businessKnowledgeModel>"
    )
    return f"{HEAD}{body}</definitions>".encode()


@contextmanager
def bounded() -> Iterator[None]:
    started = time.perf_counter()
    yield
    assert time.perf_counter() - started < SECONDS


def run(model: DecisionModel) -> None:
    """Ask every element for everything it can tell; only errors of the product may come out."""
    for element_id in (*model.decisions, *model.knowledge, *model.services):
        facts = {fact.name for fact in model.facts(element_id)}
        assert facts.isdisjoint({"count", "sum", "item"})
        model.requirements(element_id)
        try:
            if element_id in model.decisions:
                result = model.evaluate(element_id, FACTS)
            else:
                result = model.invoke(element_id, FACTS)
            render(result.value)
        except DefinitionError:
            raise
        except DangwuError as error:
            assert error.message
            assert error.remedy


def load_and_run(files: dict[str, bytes]) -> None:
    with bounded():
        try:
            models = parse_models(files)
        except DefinitionError as error:
            assert all(finding.reason and finding.remedy for finding in error.findings)
            return
        for model in models.values():
            run(model)


@settings(max_examples=250, deadline=None, database=None)
@given(documents())
def test_random_models_are_refused_or_run(xml: bytes) -> None:
    load_and_run({"m.dmn": xml})


FOLDERS = [
    ROOT / "bpmn" / "member_development" / "decisions",
    ROOT / "tests" / "fixtures" / "procedures" / "grading" / "decisions",
]
SPOILED = st.sampled_from(
    [
        *(
            "",
            "-",
            "null",
            "((",
            '"',
            "a b",
            "1 +",
            "0",
            "第七条",
            "UNIQUE",
            "#a",
            "string",
            "no:such",
        )
    ]
)


@st.composite
def spoiled(draw: st.DrawFn, xml: bytes) -> bytes:  # noqa: C901 - one case for each damage
    """Change, remove, move, repeat or rename a few elements, attributes and texts."""
    root = etree.fromstring(xml)
    for _ in range(draw(st.integers(1, 4))):
        elements = [element for element in root.iter() if is_dmn(element) and element is not root]
        if not elements:
            break
        element = elements[draw(st.integers(0, len(elements) - 1))]
        parent = element.getparent()
        assert parent is not None
        match draw(
            st.sampled_from(["text", "attribute", "drop", "remove", "repeat", "rename", "move"])
        ):
            case "text":
                element.text = draw(SPOILED)
            case "attribute" if element.attrib:
                element.set(draw(st.sampled_from(sorted(map(str, element.attrib)))), draw(SPOILED))
            case "drop" if element.attrib:
                del element.attrib[draw(st.sampled_from(sorted(map(str, element.attrib))))]
            case "remove":
                parent.remove(element)
            case "repeat":
                parent.append(etree.fromstring(etree.tostring(element)))
            case "rename":
                namespace = etree.QName(element).namespace
                other = draw(
                    st.sampled_from(["decision", "context", "rule", "input", "text", "odd"])
                )
                element.tag = f"{{{namespace}}}{other}"
            case "move":
                target = elements[draw(st.integers(0, len(elements) - 1))]
                if target is not element and element not in target.iterancestors():
                    target.append(element)
    return etree.tostring(root)


@settings(max_examples=60, deadline=None, database=None)
@given(st.data())
@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.parent.name)
def test_spoiled_models_are_refused_or_run(folder: Path, data: st.DataObject) -> None:
    # The two large tables of the procedure would make the test slow and no better.
    files = {
        path.name: path.read_bytes()
        for path in sorted(folder.glob("*.dmn"))
        if path.name not in {"checks.dmn", "deadlines.dmn"}
    }
    name = data.draw(st.sampled_from(sorted(files)))
    files[name] = data.draw(spoiled(files[name]))
    load_and_run(files)
