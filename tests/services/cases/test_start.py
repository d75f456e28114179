from __future__ import annotations

from collections import Counter
from datetime import date

import pytest
from sqlalchemy import select

from engine.forms import FormInvalid
from services.cases import pages
from services.cases.errors import RuleBroken
from services.cases.start import StartCase, start_case
from services.errors import Conflict, Forbidden, NotFound
from services.people.commands import NewPerson, register_person
from services.people.models import Person, PoliticalStatus
from services.processes.models import ProcessInstance
from tests.services.cases.rivals import outcomes_of, together
from tests.world import World


def _newcomer(world: World, name: str, born_on: date = date(1995, 1, 1)) -> int:
    """Enter one more applicant into the applicant's branch, under the alias of their name."""
    with world.app.database.write() as session:
        branch = session.get_one(Person, world.people["applicant"]).organization_id
        person = register_person(
            session,
            NewPerson(
                name=name,
                sex="男",
                born_on=born_on,
                organization_id=branch,
                status=PoliticalStatus.MASSES,
            ),
        )
        world.people = {**world.people, name: person.id}
        return person.id


def test_the_applicant_starts_for_themselves(world: World) -> None:
    world.start().waiting_at("talk")
    instance = world.instance()
    assert world.people["applicant"] == instance.subject_id
    assert world.people["applicant"] == instance.started_by
    assert instance.number == "发〔2026〕1号"


def test_the_organizer_starts_for_another(world: World) -> None:
    world.start(by="organizer").waiting_at("talk")
    instance = world.instance()
    assert world.people["applicant"] == instance.subject_id
    assert world.people["organizer"] == instance.started_by


@pytest.mark.parametrize("alias", ["contact_1", "committee_organizer", "department_clerk"])
def test_people_without_a_starting_post_may_not(world: World, alias: str) -> None:
    before = world.census()
    command = StartCase(world.procedure, world.people["applicant"], {"acted_on": world.today})
    with pytest.raises(Forbidden):
        start_case(world.app, world.actor(alias), command)
    with pytest.raises(Forbidden):
        pages.start_form(world.app, world.actor(alias), world.procedure)
    assert before == world.census()


def test_the_organizer_of_another_branch_may_not_start_for_the_applicant(world: World) -> None:
    with pytest.raises(Forbidden, match="不能为该人员"):
        world.start(by="new_branch_organizer")


def test_nobody_starts_for_a_member(world: World) -> None:
    with pytest.raises(Forbidden):
        world.start(by="organizer", about="member_1")


def test_a_second_open_case_is_refused_and_a_new_one_after_the_end_is_not(world: World) -> None:
    world.start()
    with pytest.raises(Conflict, match="发〔2026〕1号"):
        world.start(by="organizer")
    world.withdraw().start()
    assert world.instance().number == "发〔2026〕2号"


def test_of_two_who_start_at_once_one_does(world: World) -> None:
    command = StartCase(
        world.procedure,
        world.people["applicant"],
        {"acted_on": world.today, "applied_to": "work"},
    )
    starters = [world.actor(alias) for alias in ("applicant", "organizer")]
    answers = together(
        [
            lambda: start_case(world.app, starters[0], command),
            lambda: start_case(world.app, starters[1], command),
        ]
    )
    assert outcomes_of(answers) == Counter({"Completed": 1, "Conflict": 1})


def test_known_facts_are_prefilled_and_cannot_be_overwritten(world: World) -> None:
    with world.app.database.read() as session:
        person = session.get_one(Person, world.people["applicant"])
    view = pages.start_form(world.app, world.actor("applicant"), world.procedure)
    assert person.born_on == view.values["birth_on"]
    assert person.occupation == view.values["workplace"]
    world.start(data={"birth_on": "1960-01-01", "subject_name": "别人"})
    variables = world.variables()
    assert person.born_on == variables["birth_on"]
    assert person.name == variables["subject_name"]
    assert str(person.id) == variables["subject"]


@pytest.mark.parametrize(
    ("born_on", "is_old_enough"), [(date(2008, 6, 1), True), (date(2008, 6, 2), False)]
)
def test_eighteen_years_are_needed_on_the_day_of_application(
    world: World, born_on: date, *, is_old_enough: bool
) -> None:
    _newcomer(world, "少年", born_on)
    before = world.census()
    if is_old_enough:
        world.start(by="organizer", about="少年").waiting_at("talk")
        return
    with pytest.raises(RuleBroken) as refused:
        world.start(by="organizer", about="少年")
    breach = refused.value.breaches[0]
    assert breach.rule == "MD-01"
    assert breach.citation is not None
    assert "第五条" in str(breach.citation.article)
    assert before == world.census()


def test_numbers_run_per_year_without_gaps(world: World) -> None:
    for name in ("甲某", "乙某", "丙某", "丁某"):
        _newcomer(world, name)
    world.start(by="organizer", about="甲某")
    with pytest.raises(FormInvalid):
        world.start(by="organizer", about="乙某", data={"applied_to": "nowhere"})
    world.start(by="organizer", about="乙某")
    world.go_to(date(2026, 12, 31)).start(by="organizer", about="丙某")
    world.go_to(date(2027, 1, 1)).start(by="organizer", about="丁某")
    with world.app.database.read() as session:
        numbers = list(session.scalars(select(ProcessInstance.number).order_by(ProcessInstance.id)))
    assert numbers == ["发〔2026〕1号", "发〔2026〕2号", "发〔2026〕3号", "发〔2027〕1号"]


def test_an_unknown_procedure_is_not_found(world: World) -> None:
    with pytest.raises(NotFound):
        start_case(world.app, world.actor("applicant"), StartCase("no_such", None, {}))


def test_an_application_dated_tomorrow_is_refused(world: World) -> None:
    with pytest.raises(RuleBroken) as refused:
        world.start(on=date(2026, 6, 2))
    assert refused.value.breaches[0].rule == "act-in-future"


def test_the_procedure_cards_say_who_may_start(world: World) -> None:
    (mine,) = pages.procedures(world.app, world.actor("applicant"))
    (theirs,) = pages.procedures(world.app, world.actor("contact_1"))
    assert mine.why_not == ""
    assert "发起" in theirs.why_not
