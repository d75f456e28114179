"""Submitting, opening and showing forms."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from marshmallow import Schema

from engine.forms import Form, FormInvalid, Option
from engine.functions import FeelFunctions
from engine.model import Value
from tests.unit.forms.conftest import TALK, MakeForm

Options = dict[str, list[Option]]

HTML = {
    "acted_on": "2026-06-12",
    "talkers": ["1", "2", "1"],
    "hours": " ２４ ",
    "result": "good",
    "id_number": "",
    "pledged": "on",
    "papers": ["f1"],
}
JSON = {
    "acted_on": "2026-06-12",
    "talkers": ["1", "2"],
    "hours": 24,
    "result": "good",
    "id_number": None,
    "pledged": True,
    "papers": ["f1"],
}
KNOWN: dict[str, Value] = {"start_on": date(2026, 6, 1)}


def refused(
    form: Form, raw: dict[str, Any], options: Options, functions: FeelFunctions
) -> dict[str, str]:
    with pytest.raises(FormInvalid) as caught:
        form.submit(raw, KNOWN, options, functions)
    return caught.value.errors


@pytest.mark.parametrize("raw", [HTML, JSON])
def test_html_and_json_give_the_same_values(
    form: Form, options: Options, functions: FeelFunctions, raw: dict[str, Any]
) -> None:
    expected = {
        "acted_on": date(2026, 6, 12),
        "talkers": ["1", "2"],
        "hours": 24,
        "result": "good",
        "id_number": None,
        "pledged": True,
        "papers": ["f1"],
        "applied_on": date(2026, 6, 1),
    }
    assert expected == form.submit(raw, KNOWN, options, functions).values


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("acted_on", "", "请填写谈话日期。"),
        ("acted_on", "2026-02-30", "谈话日期不是有效日期，请按“2026-06-01”的格式填写。"),
        ("acted_on", "昨天", "谈话日期不是有效日期，请按“2026-06-01”的格式填写。"),
        ("acted_on", ["2026-06-12", "2026-06-13"], "谈话日期只能填写一个值。"),
        ("acted_on", {"day": 1}, "谈话日期的内容格式不正确。"),
        ("talkers", [], "请选择谈话人。"),
        ("talkers", ["3"], "谈话人的选项无效，请重新选择。"),
        ("talkers", [["1"]], "谈话人的选项无效，请重新选择。"),
        ("talkers", ["x"] * 2001, "谈话人的选项过多。"),
        ("hours", "许多", "学时应为数字。"),
        ("hours", "NaN", "学时应为数字。"),
        ("hours", "1e9", "学时应为数字。"),
        ("hours", True, "学时应为数字。"),
        ("hours", "0", "学时不能小于1学时。"),
        ("hours", 100.5, "学时不能大于100学时。"),
        ("result", None, "请选择谈话结论。"),
        ("result", "other", "谈话结论的选项无效，请重新选择。"),
        ("id_number", "12", "证件号码的格式不正确。"),
        ("id_number", "1\x002", "证件号码含有不能保存的控制字符。"),
        ("id_number", "1" * 501, "证件号码不能超过500个字，现有501个字。"),
        ("id_number", True, "证件号码应为文字。"),
        ("pledged", "", "请确认本人承诺属实。"),
        ("pledged", "maybe", "本人承诺属实只能勾选或不勾选。"),
        ("papers", [str(n) for n in range(21)], "谈话记录最多上传20个文件。"),
    ],
)
def test_each_rule_has_its_message(
    form: Form, options: Options, functions: FeelFunctions, key: str, value: object, message: str
) -> None:
    assert {key: message} == refused(form, HTML | {key: value}, options, functions)


def test_all_faults_are_named_in_the_order_of_the_form(
    form: Form, options: Options, functions: FeelFunctions
) -> None:
    errors = refused(form, {"hours": "x"}, options, functions)
    assert list(errors) == ["acted_on", "talkers", "hours", "result", "pledged"]


def test_faulty_submissions_keep_what_could_be_read(
    form: Form, options: Options, functions: FeelFunctions
) -> None:
    with pytest.raises(FormInvalid) as caught:
        form.submit(HTML | {"hours": "x"}, KNOWN, options, functions)
    assert date(2026, 6, 12) == caught.value.values["acted_on"]
    assert caught.value.code == "form-invalid"


@pytest.mark.parametrize(
    "text", ["2026/6/12", "2026年6月12日", "2026.06.12", "２０２６－０６－１２"]
)
def test_dates_are_read_as_people_write_them(
    form: Form, options: Options, functions: FeelFunctions, text: str
) -> None:
    values = form.submit(HTML | {"acted_on": text}, KNOWN, options, functions).values
    assert date(2026, 6, 12) == values["acted_on"]


def test_decimals_stay_exact(form: Form, options: Options, functions: FeelFunctions) -> None:
    values = form.submit(HTML | {"hours": "24.10"}, KNOWN, options, functions).values
    assert Decimal("24.10") == values["hours"]


def test_hidden_fields_are_dropped_and_not_required(
    form: Form, options: Options, functions: FeelFunctions
) -> None:
    values = form.submit(HTML | {"why": "伪造的原因"}, KNOWN, options, functions).values
    assert "why" not in values


@pytest.mark.parametrize(
    ("why", "message"),
    [
        (None, "请填写暂不考虑的原因。"),
        ("短", "暂不考虑的原因至少填写4个字。"),
        ("长" * 21, "暂不考虑的原因不能超过20个字，现有21个字。"),
    ],
)
def test_shown_fields_are_checked(
    form: Form, options: Options, functions: FeelFunctions, why: str | None, message: str
) -> None:
    raw = HTML | {"result": "bad", "why": why}
    assert {"why": message} == refused(form, raw, options, functions)


def test_hiding_cascades(make_form: MakeForm, functions: FeelFunctions) -> None:
    form = make_form(
        [
            {"id": "a", "type": "checkbox", "key": "a", "label": "甲"},
            {
                "id": "b",
                "type": "checkbox",
                "key": "b",
                "label": "乙",
                "conditional": {"hide": "=not(a)"},
            },
            {
                "id": "c",
                "type": "textfield",
                "key": "c",
                "label": "丙",
                "conditional": {"hide": "=b != true"},
            },
        ]
    )
    assert {"a", "b", "c"} == form.visible({"a": "on", "b": "on"}, {}, functions)
    assert {"a"} == form.visible({"b": "on"}, {}, functions)
    assert form.submit({"b": "on", "c": "x"}, {}, {}, functions).values == {"a": False}


def test_readonly_fields_keep_the_known_value(
    form: Form, options: Options, functions: FeelFunctions
) -> None:
    values = form.submit(HTML | {"applied_on": "2020-01-01"}, KNOWN, options, functions).values
    assert date(2026, 6, 1) == values["applied_on"]


def test_disabled_fields_are_no_part_of_the_result(
    make_form: MakeForm, functions: FeelFunctions
) -> None:
    form = make_form(
        [{"id": "a", "type": "textfield", "key": "a", "label": "甲", "disabled": True}]
    )
    assert form.submit({"a": "x"}, {"a": "y"}, {}, functions).values == {}


def test_unknown_keys_are_ignored(form: Form, options: Options, functions: FeelFunctions) -> None:
    values = form.submit(HTML | {"approved": "yes"}, KNOWN, options, functions).values
    assert "approved" not in values


def test_opening_prefills_known_facts(
    form: Form, options: Options, functions: FeelFunctions
) -> None:
    known: dict[str, Value] = KNOWN | {
        "hours": 8,
        "talkers": ["2", "9"],
        "result": "gone",
        "acted_on": date.max,
    }
    opened = form.open(known, options, functions)
    assert opened["hours"] == 8
    assert date(2026, 6, 1) == opened["applied_on"]
    assert opened["talkers"] == ["2"]  # 9 left the branch
    assert opened["result"] is None  # no longer offered
    assert opened["acted_on"] is None  # every act has its own date


def test_drafts_are_read_without_checks(form: Form) -> None:
    read = form.read({"hours": "many", "talkers": "1", "applied_on": "2020-01-01"})
    assert read["hours"] is None
    assert read["talkers"] == ["1"]
    assert "applied_on" not in read


def test_prefill_wins_over_default(make_form: MakeForm, functions: FeelFunctions) -> None:
    field = {"id": "d", "type": "datetime", "key": "d", "label": "日期"}
    filled = field | {"properties": {"prefill": "=today()"}, "defaultValue": "2020-01-01"}
    assert {"d": date(2026, 6, 12)} == make_form([filled]).open({}, {}, functions)
    default = field | {"defaultValue": "2020-01-01"}
    assert {"d": date(2020, 1, 1)} == make_form([default]).open({}, {}, functions)


def test_a_date_and_time_is_read_as_its_shanghai_date(
    make_form: MakeForm, functions: FeelFunctions
) -> None:
    form = make_form([{"id": "d", "type": "datetime", "key": "d", "label": "日期"}])
    late = datetime(2026, 6, 11, 20, tzinfo=UTC)
    assert {"d": date(2026, 6, 12)} == form.open({"d": late}, {}, functions)


def test_one_file_only_unless_multiple(make_form: MakeForm, functions: FeelFunctions) -> None:
    form = make_form([{"id": "f", "type": "filepicker", "key": "f", "label": "批复"}])
    errors = refused(form, {"f": ["1", "2"]}, {}, functions)
    assert errors == {"f": "批复只能上传一个文件。"}


def test_describe_shows_what_people_read(form: Form, options: Options) -> None:
    values: dict[str, Value] = {
        "acted_on": date(2026, 6, 12),
        "talkers": ["1", "2"],
        "hours": 24,
        "result": "good",
        "id_number": "123X",
        "pledged": True,
        "papers": ["f1", "f2"],
        "why": None,
    }
    assert form.describe(values, options) == [
        ("谈话日期", "2026年6月12日"),
        ("谈话人", "张三、李四"),
        ("学时", "24学时"),
        ("谈话结论", "继续培养"),
        ("证件号码", "123X"),
        ("本人承诺属实", "是"),
        ("谈话记录", "附件2个"),
    ]
    assert ("证件号码", "（已隐去）") in form.describe(values, options, mask=True)


def test_the_schema_covers_the_editable_fields(form: Form) -> None:
    schema = form.schema()
    assert isinstance(schema, Schema)
    assert form.inputs.keys() - {"applied_on"} == schema.fields.keys()
    assert type(schema) is type(form.schema())  # compiled once


SENT = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.dates(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=2),
    max_leaves=6,
)
KEYS = [component["key"] for component in TALK if "key" in component] + ["why", "other"]


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(raw=st.dictionaries(st.sampled_from(KEYS), SENT))
def test_whatever_is_sent_is_accepted_or_explained(
    form: Form, options: Options, functions: FeelFunctions, raw: dict[str, Any]
) -> None:
    try:
        values = form.submit(raw, KNOWN, options, functions).values
    except FormInvalid as error:
        assert error.errors.keys() <= form.inputs.keys()
        assert all(message.endswith("。") for message in error.errors.values())
    else:
        assert isinstance(values["acted_on"], date)
