"""Every refusal of a form document."""

from __future__ import annotations

import json
from typing import Any

import pytest

from engine.errors import DefinitionError
from engine.forms import Form, parse_form

FIELD: dict[str, Any] = {"id": "a", "type": "textfield", "key": "a", "label": "甲"}
RADIO: dict[str, Any] = {"id": "r", "type": "radio", "key": "r", "label": "选"}
YES = {"value": "yes", "label": "是"}


def parse(*components: object, **document: object) -> Form:
    content = {"type": "default", "schemaVersion": 19, "components": list(components)} | document
    return parse_form(json.dumps(content).encode(), "forms/x.form")


def nested(depth: int) -> dict[str, Any]:
    inner = [nested(depth - 1)] if depth else [FIELD]
    return {"id": f"g{depth}", "type": "group", "label": "组", "components": inner}


@pytest.mark.parametrize(
    ("components", "code", "element"),
    [
        ([FIELD | {"type": "iframe"}], "form-component", "a"),
        ([FIELD | {"type": "button"}], "form-component", "a"),
        (["text"], "form-structure", None),
        ([nested(7)], "form-structure", None),
        ([FIELD | {"id": ""}], "form-id", None),
        ([FIELD, FIELD | {"key": "b"}], "form-id", "a"),
        ([FIELD | {"key": "甲"}], "form-key", "a"),
        ([FIELD | {"key": "a.b"}], "form-key", "a"),
        ([FIELD, FIELD | {"id": "b"}], "form-key-duplicate", "b"),
        ([FIELD | {"label": " "}], "form-label", "a"),
        ([FIELD | {"validate": {"mini": 1}}], "form-validate", "a"),
        ([FIELD | {"validate": {"minLength": "x"}}], "form-validate", "a"),
        ([FIELD | {"validate": {"pattern": "("}}], "form-pattern", "a"),
        ([FIELD | {"conditional": {"hide": "=1 +"}}], "form-expression", "a"),
        ([FIELD | {"properties": {"prefill": "=)"}}], "form-expression", "a"),
        ([FIELD | {"type": "datetime", "subtype": "datetime"}], "form-datetime", "a"),
        ([nested(0) | {"path": "g"}], "form-group-path", "g0"),
        ([{"id": "t", "type": "text", "text": "{{x}}"}], "form-text-template", "t"),
        ([RADIO], "form-options", "r"),
        ([RADIO | {"values": []}], "form-options", "r"),
        ([RADIO | {"values": [YES, YES]}], "form-options", "r"),
        ([RADIO | {"values": [YES, {"value": "no"}]}], "form-options", "r"),
        ([RADIO | {"values": [YES], "valuesKey": "branches"}], "form-options", "r"),
        ([RADIO | {"valuesKey": "everybody"}], "form-values-key", "r"),
        ([RADIO | {"values": [YES], "valuesExpression": "=x"}], "form-property", "r"),
        ([], "form-empty", None),
    ],
)
def test_each_fault_is_found(components: list[object], code: str, element: str | None) -> None:
    with pytest.raises(DefinitionError) as caught:
        parse(*components)
    assert [(code, "forms/x.form", element)] == [
        (f.code, f.path, f.element_id) for f in caught.value.findings
    ]


@pytest.mark.parametrize(
    ("document", "code"),
    [
        (b"{", "form-json"),
        (b"\xff", "form-json"),
        (b"[" * 100_000, "form-json"),
        (b"[]", "form-type"),
        (b'{"type": "wizard"}', "form-type"),
        (b'{"schemaVersion": 20, "components": []}', "form-schema-version"),
        (b'{"components": {}}', "form-structure"),
        (b" " * 600_000, "form-too-large"),
    ],
)
def test_each_faulty_document_is_refused(document: bytes, code: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        parse_form(document, "forms/x.form")
    assert [code] == [f.code for f in caught.value.findings]


def test_all_faults_are_listed() -> None:
    with pytest.raises(DefinitionError) as caught:
        parse(FIELD | {"label": ""}, RADIO, {"id": "x", "type": "iframe"})
    assert [f.code for f in caught.value.findings] == [
        "form-label",
        "form-options",
        "form-component",
    ]


def test_findings_speak_both_languages() -> None:
    with pytest.raises(DefinitionError) as caught:
        parse({"id": "x", "type": "iframe"})
    (finding,) = caught.value.findings
    assert finding.reason == "不支持组件类型“iframe”。"
    assert finding.reason_en == "component type iframe not supported"


def test_the_form_takes_its_id_from_the_file() -> None:
    form = parse(FIELD)
    assert (form.id, list(form.inputs)) == ("x", ["a"])


def test_values_may_be_numbers_in_the_document() -> None:
    form = parse(RADIO | {"values": [{"value": 1, "label": "一"}]})
    assert [option.value for option in form.inputs["r"].options] == ["1"]
