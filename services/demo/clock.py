"""Moving the clock of the sample world."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from services.bootstrap import Application
from services.demo.offset import move_ahead
from services.errors import Forbidden, Invalid

LATEST_YEAR = 2100


def shift(app: Application, *, to: date | None = None, by: timedelta | None = None) -> datetime:
    """Move the sample world forward, to a day (same time of day) or by a duration; return its now.

    Raises `Forbidden` outside the demo and `Invalid` for anything but a later moment before 2100.
    """
    if not app.settings.is_demo:
        raise Forbidden("只有示例环境可以调整时间。", "正式环境的日期以服务器时钟为准。")
    now = app.clock.now()
    if (to is None) == (by is None):
        raise Invalid(errors={"to": "请填写要前往的日期，或要前进的时间，二者择一。"})
    step = by if by is not None else timedelta(days=((to or now.date()) - now.date()).days)
    if step < timedelta(seconds=1):
        raise Invalid(errors={"to": "时间只能向前调整，请选择晚于当前日期的日子。"})
    if step > timedelta(days=366 * (LATEST_YEAR - now.year)):
        raise Invalid(errors={"to": f"请选择{LATEST_YEAR}年以前的日期。"})
    move_ahead(app.database, step)
    return app.clock.now()
