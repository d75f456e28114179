"""The sample procedure and the official calendar."""

from __future__ import annotations

import pytest

from engine.calendar import WorkingCalendar
from engine.definition import Procedure, load_procedure
from services.calendars import load_calendar
from tests.unit.definition.folder import sample_folder


@pytest.fixture(scope="session")
def procedure() -> Procedure:
    return load_procedure(sample_folder())


@pytest.fixture(scope="session")
def calendar() -> WorkingCalendar:
    return load_calendar()
