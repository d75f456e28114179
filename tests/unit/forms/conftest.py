"""One form with every kind of component."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from engine.forms import Form, Option, parse_form
from engine.functions import FeelFunctions, feel_functions
from services.calendars import load_calendar

Component = dict[str, Any]
MakeForm = Callable[..., Form]

TALK: tuple[Component, ...] = (
    {"id": "intro", "type": "text", "text": "**谈话**内容"},
    {
        "id": "acted_on",
        "type": "datetime",
        "subtype": "date",
        "key": "acted_on",
        "dateLabel": "谈话日期",
        "validate": {"required": True},
    },
    {
        "id": "talkers",
        "type": "taglist",
        "key": "talkers",
        "label": "谈话人",
        "valuesKey": "branch_full_members",
        "validate": {"required": True},
    },
    {
        "id": "hours",
        "type": "number",
        "key": "hours",
        "label": "学时",
        "validate": {"min": 1, "max": 100},
        "properties": {"unit": "学时"},
    },
    {
        "id": "result",
        "type": "radio",
        "key": "result",
        "label": "谈话结论",
        "values": [
            {"value": "good", "label": "继续培养"},
            {"value": "bad", "label": "暂不考虑"},
        ],
        "validate": {"required": True},
    },
    {
        "id": "why_group",
        "type": "group",
        "label": "原因",
        "conditional": {"hide": '=result != "bad"'},
        "components": [
            {
                "id": "why",
                "type": "textarea",
                "key": "why",
                "label": "暂不考虑的原因",
                "validate": {"required": True, "minLength": 4, "maxLength": 20},
            }
        ],
    },
    {
        "id": "id_number",
        "type": "textfield",
        "key": "id_number",
        "label": "证件号码",
        "validate": {"pattern": "^[0-9X]{4}$"},
        "properties": {"sensitive": "true"},
    },
    {"id": "line", "type": "separator"},
    {
        "id": "pledged",
        "type": "checkbox",
        "key": "pledged",
        "label": "本人承诺属实",
        "validate": {"required": True},
    },
    {"id": "papers", "type": "filepicker", "key": "papers", "label": "谈话记录", "multiple": True},
    {
        "id": "applied_on",
        "type": "datetime",
        "subtype": "date",
        "key": "applied_on",
        "label": "申请日期",
        "readonly": True,
        "properties": {"prefill": "=start_on"},
    },
)


@pytest.fixture
def make_form() -> MakeForm:
    def make(components: Sequence[Component] = TALK, path: str = "forms/talk.form") -> Form:
        document = {"type": "default", "schemaVersion": 19, "components": list(components)}
        return parse_form(json.dumps(document).encode(), path, "acted_on")

    return make


@pytest.fixture
def form(make_form: MakeForm) -> Form:
    return make_form()


@pytest.fixture
def options() -> dict[str, list[Option]]:
    return {"branch_full_members": [Option("1", "张三"), Option("2", "李四")]}


@pytest.fixture(scope="session")
def functions() -> FeelFunctions:
    return feel_functions(load_calendar(), datetime(2026, 6, 12, 4, tzinfo=UTC))
