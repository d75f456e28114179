"""Dates, times and durations: reading, writing and calendar arithmetic.

The lexical forms are those of XML Schema 1.1 with `@Zone/Name` for named zones (DMN 1.5,
10.3.2.3.4 to 10.3.2.3.9).  Years run from 1 to 9999 and fractions of a second to microseconds, the
bounds of Python's `datetime`.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from engine.feel.errors import NotApplicable
from engine.feel.values import YearMonthDuration

_DATE = r"(?P<year>[0-9]{4})-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})"
_TIME = r"(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2}):(?P<second>[0-9]{2})(?:\.(?P<fraction>[0-9]+))?"
_ZONE = r"(?:(?P<utc>Z)|(?P<offset>[+-][0-9]{2}:[0-9]{2}(?::[0-9]{2})?)|@(?P<zone>[\w/+-]+))?"

_DATE_FORM: Final = re.compile(_DATE, re.ASCII)
_TIME_FORM: Final = re.compile(f"T?{_TIME}{_ZONE}", re.ASCII)
_DATE_TIME_FORM: Final = re.compile(f"{_DATE}T{_TIME}{_ZONE}", re.ASCII)
_DAYS_TIME_FORM: Final = re.compile(
    r"(?P<sign>-)?P(?:(?P<days>[0-9]{1,12})D)?"
    r"(?:T(?=[0-9])(?:(?P<hours>[0-9]{1,15})H)?(?:(?P<minutes>[0-9]{1,15})M)?"
    r"(?:(?P<seconds>[0-9]{1,15})(?:\.(?P<fraction>[0-9]*))?S)?)?",
    re.ASCII,
)
_YEARS_MONTHS_FORM: Final = re.compile(
    r"(?P<sign>-)?P(?:(?P<years>[0-9]{1,12})Y)?(?:(?P<months>[0-9]{1,12})M)?", re.ASCII
)
_MICROSECOND_DIGITS: Final = 6
_MONTHS_PER_YEAR: Final = 12
_MAX_OFFSET: Final = dt.timedelta(hours=18)
_DAY: Final = dt.timedelta(days=1)


def read_date(text: str) -> dt.date:
    """Read `2026-01-31`.

    Raises:
        NotApplicable: the text is no date.

    """
    found = _DATE_FORM.fullmatch(text)
    if not found:
        raise NotApplicable(f"“{text}”不是有效的日期，应写作 2026-01-31。")
    return _date(found)


def read_time(text: str) -> dt.time:
    """Read `10:30:00`, with an offset (`+08:00`, `Z`) or a zone (`@Asia/Shanghai`) if given.

    Raises:
        NotApplicable: the text is no time.

    """
    found = _TIME_FORM.fullmatch(text)
    if not found:
        raise NotApplicable(f"“{text}”不是有效的时间，应写作 09:30:00。")
    return _time(found)


def read_date_time(text: str) -> dt.datetime:
    """Read `2026-01-31T10:30:00`, with offset or zone if given; a bare date means midnight.

    Raises:
        NotApplicable: the text is no date and time.

    """
    if date_only := _DATE_FORM.fullmatch(text):
        return dt.datetime.combine(_date(date_only), dt.time())
    found = _DATE_TIME_FORM.fullmatch(text)
    if not found:
        raise NotApplicable(f"“{text}”不是有效的日期时间，应写作 2026-01-31T09:30:00。")
    if (found["hour"], found["minute"], found["second"]) == ("24", "00", "00"):
        return dt.datetime.combine(_next_day(_date(found)), dt.time(tzinfo=_zone(found)))
    return dt.datetime.combine(_date(found), _time(found))


def read_duration(text: str) -> dt.timedelta | YearMonthDuration:
    """Read an ISO 8601 duration of one kind, `P1DT2H` or `P1Y6M`.

    Raises:
        NotApplicable: the text is no duration, mixes both kinds or is out of range.

    """
    if (found := _YEARS_MONTHS_FORM.fullmatch(text)) and (found["years"] or found["months"]):
        months = int(found["years"] or 0) * _MONTHS_PER_YEAR + int(found["months"] or 0)
        return YearMonthDuration(-months if found["sign"] else months)
    found = _DAYS_TIME_FORM.fullmatch(text)
    if not found or not any(found[unit] for unit in ("days", "hours", "minutes", "seconds")):
        raise NotApplicable(f"“{text}”不是有效的时长，应写作 P10D、PT8H 或 P1Y6M。")
    try:
        length = dt.timedelta(
            days=int(found["days"] or 0),
            hours=int(found["hours"] or 0),
            minutes=int(found["minutes"] or 0),
            seconds=int(found["seconds"] or 0),
            microseconds=_microseconds(found["fraction"]),
        )
        return -length if found["sign"] else length
    except OverflowError as error:
        raise NotApplicable(f"时长“{text}”超出可表示的范围。") from error


def read_at_literal(
    text: str,
) -> dt.date | dt.time | dt.datetime | dt.timedelta | YearMonthDuration:
    """Read the text of an `@`-literal, whichever temporal value it is.

    Raises:
        NotApplicable: the text is no temporal value.

    """
    if text.startswith(("P", "-P")):
        return read_duration(text)
    if _DATE_FORM.fullmatch(text):
        return read_date(text)
    return read_date_time(text) if "T" in text.lstrip("T") else read_time(text)


def _date(found: re.Match[str]) -> dt.date:
    try:
        return dt.date(int(found["year"]), int(found["month"]), int(found["day"]))
    except ValueError as error:
        raise NotApplicable(f"“{found.string}”中的日期不存在。") from error


def _next_day(value: dt.date) -> dt.date:
    if value == dt.date.max:
        raise NotApplicable("日期超出可表示的范围。")
    return value + _DAY


def _time(found: re.Match[str]) -> dt.time:
    try:
        return dt.time(
            int(found["hour"]),
            int(found["minute"]),
            int(found["second"]),
            _microseconds(found["fraction"]),
            _zone(found),
        )
    except ValueError as error:
        raise NotApplicable(f"“{found.string}”中的时间不存在。") from error


def _microseconds(fraction: str | None) -> int:
    return int((fraction or "0")[:_MICROSECOND_DIGITS].ljust(_MICROSECOND_DIGITS, "0"))


def _zone(found: re.Match[str]) -> dt.tzinfo | None:
    if found["utc"]:
        return dt.UTC
    if found["zone"]:
        return _named_zone(found["zone"])
    if not found["offset"]:
        return None
    sign = -1 if found["offset"][0] == "-" else 1
    hours, minutes, *seconds = (int(part) for part in found["offset"][1:].split(":"))
    return fixed_zone(
        sign * dt.timedelta(hours=hours, minutes=minutes, seconds=seconds[0] if seconds else 0)
    )


def fixed_zone(offset: dt.timedelta) -> dt.timezone:
    """Return the zone at a fixed distance from UTC.

    Raises:
        NotApplicable: the distance is more than 18 hours.

    """
    if abs(offset) > _MAX_OFFSET:
        raise NotApplicable("时区偏移超出范围。")
    return dt.timezone(offset)


@lru_cache(maxsize=128)
def _named_zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, KeyError) as error:  # ZoneInfoNotFoundError is a KeyError
        raise NotApplicable(f"没有名为“{name}”的时区。") from error


def write_date(value: dt.date) -> str:
    """Write a date as `2026-01-31`."""
    return value.isoformat()


def write_time(value: dt.time) -> str:
    """Write a time with its offset or zone."""
    return _clock(value) + _write_zone(value.tzinfo)


def write_date_time(value: dt.datetime) -> str:
    """Write a date and time with its offset or zone."""
    return f"{value.date().isoformat()}T{_clock(value.time())}{_write_zone(value.tzinfo)}"


def _clock(value: dt.time) -> str:
    text = value.replace(tzinfo=None).isoformat()
    return text.rstrip("0") if value.microsecond else text


def _write_zone(zone: dt.tzinfo | None) -> str:
    if zone is None:
        return ""
    if isinstance(zone, ZoneInfo):
        return f"@{zone.key}"
    offset = zone.utcoffset(None) or dt.timedelta()
    if not offset:
        return "Z"
    minutes, seconds = divmod(abs(int(offset.total_seconds())), 60)
    text = f"{'-' if offset < dt.timedelta() else '+'}{minutes // 60:02}:{minutes % 60:02}"
    return f"{text}:{seconds:02}" if seconds else text


def write_days_time(value: dt.timedelta) -> str:
    """Write a days and time duration in its shortest ISO 8601 form."""
    if not value:
        return "PT0S"
    length = abs(value)
    minutes, seconds = divmod(length.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    second_text = f"{seconds}.{length.microseconds:06}".rstrip("0").rstrip(".")
    if not length.microseconds:
        second_text = str(seconds)
    clock = f"{f'{hours}H' if hours else ''}{f'{minutes}M' if minutes else ''}"
    clock += f"{second_text}S" if seconds or length.microseconds else ""
    days = f"{length.days}D" if length.days else ""
    return f"{'-' if value < dt.timedelta() else ''}P{days}{f'T{clock}' if clock else ''}"


def write_years_months(value: YearMonthDuration) -> str:
    """Write a years and months duration in its shortest ISO 8601 form."""
    years, months = divmod(abs(value.months), _MONTHS_PER_YEAR)
    if not years and not months:
        return "P0M"
    sign = "-" if value.months < 0 else ""
    return f"{sign}P{f'{years}Y' if years else ''}{f'{months}M' if months else ''}"


def add_months(value: dt.date, months: int) -> dt.date:
    """Move a date (or date and time) by whole months; a missing day becomes the month's last.

    2026-01-31 and one month give 2026-02-28.

    Raises:
        NotApplicable: the result lies outside the years 1 to 9999.

    """
    index = value.year * _MONTHS_PER_YEAR + value.month - 1 + months
    year, month = divmod(index, _MONTHS_PER_YEAR)
    if not dt.MINYEAR <= year <= dt.MAXYEAR:
        raise NotApplicable("日期超出可表示的范围。")
    day = min(value.day, calendar.monthrange(year, month + 1)[1])
    return value.replace(year=year, month=month + 1, day=day)


def add_duration(value: dt.datetime, length: dt.timedelta) -> dt.datetime:
    """Move a date and time along the time line, not along the wall clock."""
    if value.tzinfo is None:
        return value + length
    return (value.astimezone(dt.UTC) + length).astimezone(value.tzinfo)


def add_to_time(value: dt.time, length: dt.timedelta) -> dt.time:
    """Move a time of day, wrapping at midnight."""
    anchor = dt.datetime.combine(dt.date(2000, 1, 1), value.replace(tzinfo=None))
    return (anchor + length % _DAY).time().replace(tzinfo=value.tzinfo)


def time_offset(value: dt.time) -> dt.timedelta | None:
    """Return the distance from UTC, or None for a local time.

    A named zone has no offset without a date; its present standard time is taken.
    """
    if isinstance(value.tzinfo, ZoneInfo):
        winter = dt.datetime(2000, 1, 1, tzinfo=value.tzinfo)
        return (winter.utcoffset() or dt.timedelta()) - (winter.dst() or dt.timedelta())
    return value.utcoffset()


def time_of_day(value: dt.time) -> dt.timedelta:
    """Return the time since midnight."""
    return dt.timedelta(
        hours=value.hour,
        minutes=value.minute,
        seconds=value.second,
        microseconds=value.microsecond,
    )


def since_utc_midnight(value: dt.time) -> dt.timedelta:
    """Return the time since midnight in UTC, a local time being taken as UTC."""
    return time_of_day(value) - (time_offset(value) or dt.timedelta())


def at_midnight_utc(value: dt.date) -> dt.datetime:
    """Return the start of a date in UTC, as DMN compares dates with moments."""
    return dt.datetime.combine(value, dt.time(), dt.UTC)
