"""Views of the demo clock (演示时钟)."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from flask import Blueprint, flash, render_template, request
from flask.typing import ResponseReturnValue

from engine.calendar import Period
from services.demo.clock import shift
from services.errors import Invalid, NotFound
from web.context import application, see_other
from web.errors import status_of

demo = Blueprint("demo", __name__, url_prefix="/demo")

_STEPS = {"day": timedelta(days=1), "week": timedelta(days=7)}
_MONTH = Period(months=1, days=0)


@demo.before_request
def only_in_demo() -> None:
    """Hide the clock of an office."""
    if not application().settings.is_demo:
        raise NotFound


@demo.get("/clock")
def show() -> ResponseReturnValue:
    """Show the date of the sample world and how to move it."""
    return _page()


@demo.post("/clock")
def move() -> ResponseReturnValue:
    """Move the sample world forward."""
    try:
        now = _move()
    except Invalid as error:
        return _page(error), status_of(error)
    flash(
        f"演示日期已调整到{now:%Y-%m-%d}。到期的定时事项由后台自动处理，数秒内完成，请稍后刷新页面。",
        "success",
    )
    return see_other("demo.show")


def _move() -> datetime:
    app = application()
    step = request.form.get("step", "")
    if step in _STEPS:
        return shift(app, by=_STEPS[step])
    if step == "month":
        return shift(app, to=_MONTH.after(app.clock.now().date()))
    try:
        return shift(app, to=date.fromisoformat(request.form.get("to", "").strip()))
    except ValueError as error:
        raise Invalid(errors={"to": "请填写要前往的日期，例如2026-12-01。"}) from error


def _page(error: Invalid | None = None) -> str:
    return render_template("demo/clock.html", error=error, to=request.form.get("to", ""))
