"""In which identity acts on whole cases are done: chosen, checked, and on record."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from services.audit.models import EntryKind
from services.cases import pages
from services.cases.change_status import change_status
from services.cases.intervene import Intervene
from services.cases.intervention import Intervention
from services.cases.jump import JumpCase, jump_case
from services.cases.start import StartCase, start_case
from services.circulation.models import CirculationKind
from services.circulation.send import Circulate, circulate
from services.errors import Invalid
from services.identity.actor import PLAIN, Actor
from services.people.commands import appoint
from services.people.models import Post
from services.processes.commands import deploy_folder
from services.processes.models import ProcessInstance
from services.tasks.urge import UrgeTask, urge_task
from tests.services.organizations.register import CITY, COUNTY, MAIN, body_id
from tests.world import ROOT, World


@pytest.fixture
def many(world: World) -> World:
    """The city's organizer is its deputy secretary too, and a commissioner of the county."""
    person = world.people["committee_organizer"]
    with world.app.database.write() as session:
        for code, post in (
            (CITY, Post.DEPUTY_SECRETARY),
            (COUNTY, Post.COMMISSIONER),
        ):
            appoint(session, person, body_id(world.app, code), post, world.today)
    return world.start()


def _as(world: World, alias: str, code: str, post: Post) -> Actor:
    return world.actor(alias).choosing(f"{body_id(world.app, code)}:{post}")


@pytest.mark.parametrize(
    "kind", [Intervention.SUSPEND, Intervention.TERMINATE, Intervention.VOID, Intervention.JUMP]
)
def test_an_intervention_is_done_in_a_post_that_may_do_it(many: World, kind: Intervention) -> None:
    alias = "committee_organizer"
    page = pages.intervention(many.app, many.actor(alias), many.case_id, kind)
    assert [identity.title for identity in page.identities] == [
        "长沙市律师行业党委组织员",
        "长沙市律师行业党委副书记",
    ]

    def do(actor: Actor) -> None:
        if kind is Intervention.JUMP:
            jump_case(many.app, actor, JumpCase(many.case_id, "核查。", target="apply"))
        else:
            change_status(many.app, actor, kind, Intervene(many.case_id, "核查。"))

    with pytest.raises(Invalid) as refused:
        do(_as(many, alias, COUNTY, Post.COMMISSIONER))
    assert set(refused.value.errors) == {"identity"}
    do(_as(many, alias, CITY, Post.DEPUTY_SECRETARY))
    assert many.journal()[-1].capacity == "长沙市律师行业党委副书记"


def test_resuming_is_on_record_with_its_identity(many: World) -> None:
    alias = "committee_organizer"
    change_status(
        many.app, many.actor(alias), Intervention.SUSPEND, Intervene(many.case_id, "核查。")
    )
    actor = _as(many, alias, CITY, Post.DEPUTY_SECRETARY)
    change_status(many.app, actor, Intervention.RESUME, Intervene(many.case_id, "查清。"))
    assert [entry.capacity for entry in many.journal()[-2:]] == [
        "长沙市律师行业党委组织员",
        "长沙市律师行业党委副书记",
    ]


def test_urging_from_above_is_done_in_a_post_above(many: World) -> None:
    alias, task = "committee_organizer", many.task("talk").id
    titles = [i.title for i in pages.identities_to_urge(many.app, many.actor(alias), task)]
    assert "长沙市岳麓区律师行业党委（示例）委员" in titles
    with pytest.raises(Invalid):
        urge_task(many.app, many.actor(alias).choosing(PLAIN), UrgeTask(task))
    urge_task(many.app, _as(many, alias, COUNTY, Post.COMMISSIONER), UrgeTask(task))
    assert many.journal()[-1].capacity == "长沙市岳麓区律师行业党委（示例）委员"


def test_the_subject_urges_and_starts_for_themselves(many: World) -> None:
    with many.app.database.write() as session:
        appoint(
            session,
            many.people["applicant"],
            body_id(many.app, MAIN),
            Post.ORGANIZER,
            many.today,
        )
    task = many.task("talk").id
    urge_task(many.app, many.actor("applicant"), UrgeTask(task))
    assert many.journal()[-1].capacity == "湘江示例所党支部群众"


def test_sending_a_case_to_be_read_is_done_in_any_of_ones_identities(many: World) -> None:
    with many.app.database.write() as session:
        appoint(
            session,
            many.people["secretary"],
            body_id(many.app, COUNTY),
            Post.COMMISSIONER,
            many.today,
        )
    found = pages.identities_on_the_case(many.app, many.actor("secretary"), many.case_id)
    assert found[0].title == "湘江示例所党支部书记"
    command = Circulate(many.case_id, CirculationKind.COPY, (many.people["organizer"],))
    circulate(many.app, _as(many, "secretary", COUNTY, Post.COMMISSIONER), command)
    entry = many.journal()[-1]
    assert (entry.kind, entry.capacity) == (
        EntryKind.CIRCULATION_SENT,
        "长沙市岳麓区律师行业党委（示例）委员",
    )


def test_a_case_is_started_in_a_post_that_may_start_it(world: World) -> None:
    deploy_folder(world.app, ROOT / "tests" / "fixtures" / "procedures" / "probe")
    with world.app.database.write() as session:
        appoint(
            session,
            world.people["secretary"],
            body_id(world.app, MAIN),
            Post.ORGANIZER,
            world.today,
        )
        appoint(
            session,
            world.people["secretary"],
            body_id(world.app, MAIN),
            Post.ORGANIZATION_COMMISSIONER,
            world.today,
        )
    form = pages.start_form(world.app, world.actor("secretary"), "probe")
    assert [identity.title for identity in form.identities] == [
        "湘江示例所党支部书记",
        "湘江示例所党支部组织委员",
    ]
    command = StartCase("probe", None, {"acted_on": world.today, "remind_after": "PT99999S"})
    with pytest.raises(Invalid):
        start_case(world.app, _as(world, "secretary", MAIN, Post.ORGANIZER), command)
    start_case(world.app, _as(world, "secretary", MAIN, Post.ORGANIZATION_COMMISSIONER), command)
    with world.app.database.read() as session:
        world.case_id = session.scalars(select(ProcessInstance.id)).one()
    assert world.journal()[0].capacity == "湘江示例所党支部组织委员"
