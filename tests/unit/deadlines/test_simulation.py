"""The legal timeline."""

from __future__ import annotations

from datetime import date

from engine.calendar import WorkingCalendar
from engine.definition import Procedure, load_procedure
from engine.simulation import simulate
from tests.unit.definition.folder import sample_folder


def test_the_timeline_of_the_sample(procedure: Procedure, calendar: WorkingCalendar) -> None:
    entries = simulate(procedure, date(2026, 6, 1), calendar)
    assert [
        (1, "talk", date(2026, 6, 1), date(2026, 7, 1), date(2026, 7, 1)),
        (2, "notice", date(2027, 6, 1), None, None),
        (3, "list", date(2027, 6, 8), date(2027, 6, 16), None),
    ] == [(e.step, e.element_id, e.earliest, e.due, e.latest) for e in entries]


def test_an_entry_says_who_where_and_why(procedure: Procedure, calendar: WorkingCalendar) -> None:
    talk, _, listing = simulate(procedure, date(2026, 6, 1), calendar)
    assert (talk.name, talk.stage_name, talk.lane) == ("派人谈话", "申请入党", "支部书记")
    assert not talk.provisional
    assert [limit.rule for limit in listing.limits] == ["MD-08", "MD-90"]
    assert listing.provisional


def test_unnumbered_tasks_appear_when_limits_count_from_them(calendar: WorkingCalendar) -> None:
    files = sample_folder()
    text = files["process.bpmn"].decode()
    files["process.bpmn"] = text.replace('step="2" ', "").encode()
    entries = simulate(load_procedure(files), date(2026, 6, 1), calendar)
    assert [(e.step, e.element_id) for e in entries] == [(1, "talk"), (1, "notice"), (3, "list")]
    assert date(2027, 6, 8) == entries[-1].earliest


def test_starting_the_case_may_be_the_first_step(calendar: WorkingCalendar) -> None:
    files = sample_folder()
    text = files["process.bpmn"].decode()
    files["process.bpmn"] = text.replace('step="1" ', 'step="2" ', 1).encode()
    files["process.bpmn"] = files["process.bpmn"].replace(
        b'step="2" stage="2"', b'step="4" stage="2"'
    )
    opening, *_ = simulate(load_procedure(files), date(2026, 6, 1), calendar)
    assert (
        opening.step,
        opening.name,
        opening.lane,
        opening.stage_name,
    ) == (1, "递交申请", "申请人", "申请入党")
    assert (date(2026, 6, 1), None) == (opening.earliest, opening.due)
