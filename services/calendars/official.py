"""The official working calendar of the mainland, with 调休, from the package `holidays`.

The notice for a year appears in the autumn before it.  Years after the last notice the package
knows have statutory holidays only, so whatever is counted in them is provisional until an
administrator loads the notice as a `YearNotice`.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from functools import cache

import holidays

from engine.calendar import WorkingCalendar

FIRST_PUBLISHED_YEAR = 2014
LAST_PUBLISHED_YEAR = 2026
YEARS = range(FIRST_PUBLISHED_YEAR, 2051)
"""Years a procedure that lives now can touch."""


@dataclass(frozen=True, slots=True)
class YearNotice:
    """A State Council notice entered by hand: it replaces everything known about `year`.

    `holidays`: days off, weekends may be left out.  `working_days`: weekend days worked.
    """

    year: int
    holidays: frozenset[date]
    working_days: frozenset[date]


@cache
def load_calendar(
    years: Collection[int] = YEARS, notices: Collection[YearNotice] = ()
) -> WorkingCalendar:
    """Return the calendar of `years`; `notices` (a tuple) add or replace years.

    A year outside `years` counts as not published: weekends only, provisional.
    """
    by_year = {year: _packaged(year) for year in years}
    published = {y for y in by_year if FIRST_PUBLISHED_YEAR <= y <= LAST_PUBLISHED_YEAR}
    for notice in notices:
        by_year[notice.year] = notice
        published.add(notice.year)
    return WorkingCalendar(
        published_years=frozenset(published),
        holidays=frozenset().union(*(known.holidays for known in by_year.values())),
        working_days=frozenset().union(*(known.working_days for known in by_year.values())),
    )


def _packaged(year: int) -> YearNotice:
    china = holidays.country_holidays("CN", years=year)
    # The package keeps a few adjustments of other years in the same set.
    worked = frozenset(day for day in china.weekend_workdays if day.year == year)
    return YearNotice(year, frozenset(china), worked)
