from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask, render_template
from lxml import html
from werkzeug.datastructures import MultiDict

from engine.forms import Form, FormInvalid, Option, parse_form
from engine.functions import feel_functions
from services.calendars import load_calendar
from services.cases.views import AttachmentView
from web.forms import FormPage, shown

NOW = datetime(2026, 6, 1, tzinfo=UTC)
MEMBERS = tuple(Option(str(n), f"党员{n}") for n in range(1, 13))
COMPONENTS: list[dict[str, Any]] = [
    {
        "id": "c_text",
        "type": "textfield",
        "key": "place",
        "label": "地点",
        "description": "写全称。",
    },
    {"id": "c_area", "type": "textarea", "key": "record", "label": "情况"},
    {
        "id": "c_number",
        "type": "number",
        "key": "votes",
        "label": "赞成票",
        "properties": {"unit": "票"},
    },
    {
        "id": "c_date",
        "type": "datetime",
        "subtype": "date",
        "key": "acted_on",
        "dateLabel": "谈话日期",
        "validate": {"required": True},
    },
    {
        "id": "c_select",
        "type": "select",
        "key": "form_of_vote",
        "label": "表决方式",
        "values": [{"label": "票决", "value": "ballot"}, {"label": "举手", "value": "hands"}],
    },
    {
        "id": "c_radio",
        "type": "radio",
        "key": "result",
        "label": "结论",
        "values": [{"label": "合格", "value": "good"}, {"label": "不合格", "value": "bad"}],
    },
    {"id": "c_tick", "type": "checkbox", "key": "announced", "label": "已公示"},
    {
        "id": "c_list",
        "type": "checklist",
        "key": "papers",
        "label": "材料",
        "values": [{"label": "申请书", "value": "a"}, {"label": "自传", "value": "b"}],
    },
    {
        "id": "c_tags",
        "type": "taglist",
        "key": "present",
        "label": "实到党员",
        "valuesKey": "branch_voters",
    },
    {
        "id": "c_files",
        "type": "filepicker",
        "key": "files",
        "label": "附件",
        "multiple": True,
        "accept": ".pdf",
    },
    {
        "id": "c_group",
        "type": "group",
        "label": "会议",
        "components": [
            {
                "id": "c_inner",
                "type": "textfield",
                "key": "chair",
                "label": "主持人",
                "conditional": {"hide": '=result != "bad"'},
            }
        ],
    },
    {"id": "c_note", "type": "text", "text": "请**如实**填写：\n\n- 一\n- <b>二</b>"},
    {"id": "c_line", "type": "separator"},
    {
        "id": "c_known",
        "type": "textfield",
        "key": "subject_name",
        "label": "姓名",
        "readonly": True,
    },
]


@pytest.fixture(scope="module")
def form() -> Form:
    document = {"type": "default", "id": "sample", "schemaVersion": 19, "components": COMPONENTS}
    return parse_form(json.dumps(document).encode(), "forms/sample.form")


def rendered(
    web: Flask,
    form: Form,
    values: Mapping[str, object],
    errors: Mapping[str, str] | None = None,
    **more: Any,
) -> html.HtmlElement:
    page = FormPage(
        form=form,
        values=values,
        options={"branch_voters": MEMBERS},
        visible=shown(form, values, {}, NOW),
        preview_url="/preview",
        upload_url="/upload",
        errors=errors or {},
        **more,
    )
    with web.test_request_context():
        return html.fromstring(render_template("_fields.html", page=page))


VALUES: dict[str, object] = {
    "place": '湘江路"1"号<b>',
    "record": "第一行\n第二行",
    "votes": Decimal("7.5"),
    "acted_on": date(2026, 6, 12),
    "form_of_vote": "hands",
    "result": "bad",
    "announced": True,
    "papers": ["b"],
    "present": ["2", "3"],
    "files": ["4"],
    "chair": "陈启明",
    "subject_name": "李一鸣",
}


def test_every_component_shows_its_value(web: Flask, form: Form) -> None:
    tree = rendered(web, form, VALUES)
    assert tree.xpath("string(//input[@name='place']/@value)") == '湘江路"1"号<b>'
    assert tree.xpath("string(//textarea[@name='record'])").strip() == "第一行\n第二行"
    assert tree.xpath("string(//input[@name='votes']/@value)") == "7.5"
    assert "票" in tree.xpath("string(//*[@id='box-field-votes'])")
    assert tree.xpath("string(//input[@name='acted_on'][@type='date']/@value)") == "2026-06-12"
    assert tree.xpath("//select[@name='form_of_vote']/option[@selected]/@value") == ["hands"]
    assert tree.xpath("//input[@type='radio'][@checked]/@value") == ["bad"]
    assert tree.xpath("//input[@name='announced'][@checked]/@value") == ["true"]
    assert tree.xpath("//input[@name='papers'][@checked]/@value") == ["b"]
    assert tree.xpath("//input[@name='present'][@checked]/@value") == ["2", "3"]
    assert tree.xpath("//ul//input[@name='files'][@checked]/@value") == ["4"]
    assert tree.xpath("string(//fieldset[@id='group-c_group']//input/@value)") == "陈启明"
    assert tree.xpath("string(//output[@id='field-subject_name'])") == "李一鸣"
    assert not tree.xpath("//*[@name='subject_name']")


def test_text_is_formatted_and_escaped(web: Flask, form: Form) -> None:
    note = rendered(web, form, {}).xpath("//*[@id='text-c_note']")[0]
    assert note.xpath(".//strong/text()") == ["如实"]
    assert note.xpath(".//li/text()") == ["一", "<b>二</b>"]


@pytest.mark.parametrize("values", [{}, VALUES], ids=["empty", "filled"])
def test_every_input_has_a_label_and_its_own_id(
    web: Flask, form: Form, values: Mapping[str, object]
) -> None:
    tree = rendered(web, form, values)
    ids = tree.xpath("//*[@id][not(ancestor::template)]/@id")
    assert len(set(ids)) == len(ids)
    labelled = set(tree.xpath("//label/@for"))
    inputs = tree.xpath("//input | //textarea | //select")
    assert len(inputs) > 20
    assert [
        i.get("id") for i in inputs if i.get("id") not in labelled and not i.get("aria-label")
    ] == []
    groups = tree.xpath("//fieldset[not(legend)]")
    assert groups == []


def test_a_required_field_says_so(web: Flask, form: Form) -> None:
    tree = rendered(web, form, {})
    assert "必填" in tree.xpath("string(//label[@for='field-acted_on'])")
    assert tree.xpath("//input[@name='acted_on'][@required]")
    assert "必填" not in tree.xpath("string(//label[@for='field-place'])")


@pytest.mark.parametrize(
    "key",
    [
        "place",
        "record",
        "votes",
        "acted_on",
        "form_of_vote",
        "result",
        "announced",
        "papers",
        "present",
        "files",
    ],
)
def test_an_error_stands_beside_its_field_and_is_read_out(web: Flask, form: Form, key: str) -> None:
    tree = rendered(web, form, VALUES, {key: "此栏有误。"})
    error = tree.xpath(f"//*[@id='box-field-{key}']//*[@id='field-{key}-error']")
    assert [e.text_content().replace("⚠", "").strip() for e in error] == ["此栏有误。"]
    described = tree.xpath(f"//*[contains(@aria-describedby, 'field-{key}-error')]")
    assert len(described) == 1
    assert described[0].get("aria-invalid") == "true"


def test_help_is_tied_to_its_field(web: Flask, form: Form) -> None:
    tree = rendered(web, form, {})
    assert tree.xpath("string(//input[@name='place']/@aria-describedby)") == "field-place-hint"
    assert tree.xpath("string(//*[@id='field-place-hint'])") == "写全称。"


def test_hidden_components_are_not_sent_to_the_browser(web: Flask, form: Form) -> None:
    assert not rendered(web, form, {"result": "good"}).xpath("//*[@name='chair']")
    assert rendered(web, form, {"result": "bad"}).xpath("//*[@name='chair']")


def test_conditional_forms_ask_the_server_again(web: Flask, form: Form) -> None:
    box = rendered(web, form, {})
    assert (box.get("hx-post"), box.get("hx-swap")) == ("/preview", "outerMorph")
    assert box.xpath(".//noscript//button[@formaction='/preview']")


def test_long_lists_get_a_search_box(web: Flask, form: Form) -> None:
    tree = rendered(web, form, {})
    searched = tree.xpath("//fieldset[@data-choices]/@id")
    assert searched == ["box-field-present"]


def test_stored_files_are_named(web: Flask, form: Form) -> None:
    file = AttachmentView(4, "决议.pdf", 2048, "刘思齐", NOW)
    tree = rendered(web, form, VALUES, files={"4": file})
    row = tree.xpath("string(//ul[@data-upload-list]/li)")
    assert "决议.pdf" in row
    assert "2 KB" in row


def test_errors_are_summed_up_in_the_order_of_the_form(form: Form) -> None:
    page = FormPage(
        form,
        VALUES,
        {},
        shown(form, VALUES | {"result": "good"}, {}, NOW),
        "",
        "",
        {"acted_on": "乙", "place": "甲", "chair": "隐"},
    )
    assert page.error_list == [("field-place", "甲"), ("field-acted_on", "乙")]


def test_what_a_browser_sends_is_what_the_form_understands(form: Form) -> None:
    sent = MultiDict(
        [
            ("place", " 会议室 "),
            ("votes", "７"),
            ("acted_on", "2026-06-12"),
            ("result", "bad"),
            ("present", "2"),
            ("present", "3"),
            ("chair", "陈启明"),
            ("dw-opinion", "同意。"),
            ("unknown", "x"),
        ]
    )
    raw = form.sent(sent.to_dict(flat=False))
    assert "unknown" not in raw
    assert "dw-opinion" not in raw
    functions = feel_functions(load_calendar(), NOW)
    values = form.submit(raw, {}, {"branch_voters": MEMBERS}, functions).values
    assert (7, date(2026, 6, 12), ["2", "3"], False) == (
        values["votes"],
        values["acted_on"],
        values["present"],
        values["announced"],
    )


def test_faulty_text_is_shown_again_as_typed(web: Flask, form: Form) -> None:
    raw = form.sent({"votes": ["七票"], "acted_on": ["2026-06-12"]})
    with pytest.raises(FormInvalid) as caught:
        form.submit(raw, {}, {"branch_voters": MEMBERS}, feel_functions(load_calendar(), NOW))
    tree = rendered(web, form, raw, caught.value.errors)
    assert tree.xpath("string(//input[@name='votes']/@value)") == "七票"
