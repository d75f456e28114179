"""How dates, sizes and states read on a page."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime

from flask import Flask
from markupsafe import Markup, escape

from engine.feel import FeelFunction, render, to_feel
from engine.model import InstanceStatus, Tone
from services.cases.intervention import NAMES
from services.clock import SHANGHAI
from services.identity.consent import KIND_NAMES, STATE_NAMES
from services.identity.passwords import RULES

INSTANCE_STATUS = {
    InstanceStatus.ACTIVE: "办理中",
    InstanceStatus.SUSPENDED: "已挂起",
    InstanceStatus.COMPLETED: "已办结",
    InstanceStatus.TERMINATED: "已终止",
    InstanceStatus.VOIDED: "已作废",
    InstanceStatus.INCIDENT: "异常待处理",
}
TASK_STATE = {
    "created": "待办理",
    "claimed": "已签收",
    "submitted": "待加签确认",
    "completed": "已办结",
    "returned": "已退回",
    "withdrawn": "已取回",
    "canceled": "已撤销",
}
TONE_CLASS = {
    Tone.PRIMARY: "btn-primary",
    Tone.NEUTRAL: "btn-neutral",
    Tone.DANGER: "btn-danger",
}

_KILO = 1024


def day(value: date | datetime | None) -> str:
    """Return 2026-06-12, or nothing."""
    if value is None:
        return ""
    return (value.astimezone(SHANGHAI) if isinstance(value, datetime) else value).strftime(
        "%Y-%m-%d"
    )


def long_day(value: date | None) -> str:
    """Return 2026年6月12日, or nothing."""
    return f"{value.year}年{value.month}月{value.day}日" if value else ""


def moment(value: datetime | None) -> str:
    """Return 2026-06-12 15:30 in Shanghai, or nothing."""
    return value.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M") if value else ""


def clock_time(value: datetime | None) -> str:
    """Return 15:30 in Shanghai, or nothing."""
    return value.astimezone(SHANGHAI).strftime("%H:%M") if value else ""


def size(value: int) -> str:
    """Return a file size people can judge."""
    if value < _KILO:
        return f"{value} B"
    if value < _KILO * _KILO:
        return f"{value / _KILO:.0f} KB"
    if value < _KILO**3:
        return f"{value / _KILO**2:.1f} MB"
    return f"{value / _KILO**3:.1f} GB"


def as_json(value: Mapping[str, str]) -> str:
    """Return a mapping as JSON, to be escaped like any text of an attribute."""
    return json.dumps(dict(value), ensure_ascii=False)


def paragraphs(text: str) -> Markup:
    """Return plain text as HTML: an empty line starts a paragraph, `- ` an item, ** is bold."""
    parts: list[str] = []
    for block in text.replace("\r\n", "\n").strip().split("\n\n"):
        lines = [line.strip() for line in block.split("\n") if line.strip()]
        while lines:
            is_item = lines[0].startswith(("- ", "* "))
            run = [lines.pop(0)]
            while lines and lines[0].startswith(("- ", "* ")) == is_item:
                run.append(lines.pop(0))
            if is_item:
                items = "".join(f"<li>{_inline(line[2:])}</li>" for line in run)
                parts.append(f"<ul>{items}</ul>")
            else:
                parts.append(f"<p>{'<br>'.join(_inline(line.lstrip('# ')) for line in run)}</p>")
    return Markup("".join(parts))  # noqa: S704 - every piece went through escape()


def _inline(text: str) -> str:
    pieces = str(escape(text)).split("**")
    if len(pieces) % 2 == 0:
        return str(escape(text))
    return "".join(
        f"<strong>{piece}</strong>" if index % 2 else piece for index, piece in enumerate(pieces)
    )


def feel(value: object) -> str:
    """Return a single FEEL value as people write it."""
    if isinstance(value, bool):
        return "是" if value else "否"
    if value is None:
        return "（空）"
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    converted = to_feel(value)
    return "（函数）" if isinstance(converted, FeelFunction) else render(converted)


_BROWSERS = (
    ("Edg/", "Edge"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("HarmonyOS", "鸿蒙"),
    ("Android", "安卓"),
    ("iPhone", "苹果手机"),
    ("iPad", "苹果平板"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


def browser(agent: str) -> str:
    """Return what somebody logs in with, as people would say it."""
    name = next((words for sign, words in _BROWSERS if sign in agent), "其他程序")
    system = next((words for sign, words in _SYSTEMS if sign in agent), "")
    return f"{name}（{system}）" if system else name


def register(app: Flask) -> None:
    """Make the filters and the tables of words known to the templates."""
    app.jinja_env.filters.update(
        day=day,
        long_day=long_day,
        moment=moment,
        clock_time=clock_time,
        size=size,
        as_json=as_json,
        feel=feel,
        paragraphs=paragraphs,
        browser=browser,
    )
    app.jinja_env.globals.update(
        INSTANCE_STATUS=INSTANCE_STATUS,
        INTERVENTIONS=NAMES,
        PASSWORD_RULES=RULES,
        REQUEST_KIND=KIND_NAMES,
        REQUEST_STATE=STATE_NAMES,
        TASK_STATE=TASK_STATE,
        TONE_CLASS=TONE_CLASS,
    )
