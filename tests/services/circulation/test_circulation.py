from __future__ import annotations

from datetime import timedelta

import pytest

from services.audit.models import EntryKind
from services.cases import pages
from services.circulation.models import CirculationKind
from services.circulation.queries import circulation, listing, people_to_send, unread_count
from services.circulation.read import mark_read
from services.circulation.send import Circulate, circulate
from services.circulation.urge import urge_readers
from services.errors import Conflict, Forbidden, Invalid, NotFound
from services.people.commands import appoint
from services.people.models import Person, Post
from tests.services.tasks.acting import entry_of, kinds, notices, task_id
from tests.world import World

COPY, OPINION = CirculationKind.COPY, CirculationKind.OPINION


def send(
    world: World, by: str, *to: str, kind: CirculationKind = COPY, words: str = "请阅。"
) -> None:
    people = tuple(world.people[alias] for alias in to)
    circulate(
        world.app, world.actor(by), Circulate(world.case_id, kind, people, words, task_id(world))
    )


def received(world: World, alias: str) -> int:
    (item,) = listing(world.app, world.actor(alias), is_read=False).items
    return item.id


def sees(world: World, alias: str) -> bool:
    try:
        pages.case(world.app, world.actor(alias), world.case_id)
    except NotFound:
        return False
    return True


def test_a_copy_lies_with_the_reader_until_it_is_read(world: World) -> None:
    world.start()
    send(world, "secretary", "contact_1", "organizer")
    reader = world.actor("contact_1")
    (item,) = listing(world.app, reader, is_read=False).items
    assert (item.title, item.step_name, item.kind_name, item.sender, item.words) == (
        "李一鸣·发展党员",
        "派人谈话",
        "抄送",
        "陈启明",
        "请阅。",
    )
    assert unread_count(world.app, reader) == 1
    world.clock.advance(timedelta(hours=3))
    assert mark_read(world.app, reader, item.id) == world.case_id
    assert unread_count(world.app, reader) == 0
    (read,) = listing(world.app, reader, is_read=True).items
    assert read.read_at == world.clock.now()
    sent = pages.case(world.app, world.actor("secretary"), world.case_id).circulations
    assert [(c.reader, c.read_at is not None) for c in sent] == [
        ("黄立群", True),
        ("刘思齐", False),
    ]
    assert pages.case(world.app, world.actor("organizer"), world.case_id).circulations == ()


def test_it_gives_the_right_to_see_the_case_and_nothing_else(world: World) -> None:
    world.start()
    assert not sees(world, "contact_1")
    send(world, "secretary", "contact_1")
    assert sees(world, "contact_1")
    view = pages.task(world.app, world.actor("contact_1"), task_id(world))
    assert not view.may_complete
    assert not view.operations.may_circulate
    with pytest.raises(Forbidden):
        send(world, "contact_1", "contact_2")


def test_reading_is_not_journaled_and_sending_is(world: World) -> None:
    world.start()
    send(world, "secretary", "contact_1")
    mark_read(world.app, world.actor("contact_1"), received(world, "contact_1"))
    assert kinds(world) == [EntryKind.CASE_STARTED, EntryKind.CIRCULATION_SENT]
    view = pages.case(world.app, world.actor("secretary"), world.case_id)
    assert view.journal[-1].text == "派人谈话；抄送黄立群；请阅。"
    assert notices(world, "contact_1") == [f"抄送：{view.header.number}"]


def test_an_opinion_asked_for_is_kept_apart_from_the_form(world: World) -> None:
    world.start()
    send(world, "secretary", "contact_1", kind=OPINION)
    reader, number = world.actor("contact_1"), received(world, "contact_1")
    with pytest.raises(Invalid) as empty:
        mark_read(world.app, reader, number, " ")
    assert list(empty.value.errors) == ["opinion"]
    mark_read(world.app, reader, number, "建议先谈话。")
    entry, data = entry_of(world, EntryKind.CIRCULATION_ANSWERED)
    assert (entry.actor_id, data["opinion"]) == (world.people["contact_1"], "建议先谈话。")
    view = pages.case(world.app, world.actor("secretary"), world.case_id)
    assert view.circulations[0].opinion == "建议先谈话。"
    assert [item.kind for item in view.history] == ["发起"]
    assert view.journal[-1].text == "答复陈启明的传阅；建议先谈话。"
    assert len(notices(world, "secretary")) == 1


def test_it_is_read_once(world: World) -> None:
    world.start()
    send(world, "secretary", "contact_1")
    number = received(world, "contact_1")
    for alias in ("secretary", "contact_2"):
        with pytest.raises(NotFound):
            mark_read(world.app, world.actor(alias), number)
        with pytest.raises(NotFound):
            circulation(world.app, world.actor(alias), number)
    mark_read(world.app, world.actor("contact_1"), number)
    with pytest.raises(Conflict):
        mark_read(world.app, world.actor("contact_1"), number)


def test_the_unread_alone_are_reminded_once_a_day(world: World) -> None:
    world.start()
    send(world, "secretary", "contact_1", "organizer")
    mark_read(world.app, world.actor("contact_1"), received(world, "contact_1"))
    assert urge_readers(world.app, world.actor("secretary"), world.case_id) == 1
    assert len(notices(world, "contact_1")) == 1
    assert len(notices(world, "organizer")) == 2
    with pytest.raises(Conflict):
        urge_readers(world.app, world.actor("secretary"), world.case_id)
    world.clock.advance(timedelta(hours=24))
    assert urge_readers(world.app, world.actor("secretary"), world.case_id) == 1
    with pytest.raises(Conflict):
        urge_readers(world.app, world.actor("organizer"), world.case_id)


def test_who_may_send(world: World) -> None:
    """Who acts on the case; not its subject, nor who merely may see it."""
    world.start()
    for alias in ("applicant", "organizer", "committee_secretary"):
        with pytest.raises(Forbidden):
            send(world, alias, "discipline_commissioner")
        with pytest.raises(Forbidden):
            people_to_send(world.app, world.actor(alias), world.case_id, "")
    with pytest.raises(NotFound):
        send(world, "new_branch_secretary", "organizer")


def test_whom_it_may_be_sent_to(world: World) -> None:
    world.start()
    secretary = world.actor("secretary")
    beside = people_to_send(world.app, secretary, world.case_id, "")
    assert {c.name for c in beside} == {"周文静", "刘思齐", "何建平"}
    assert {c.title for c in beside} == {
        "湘江示例所党支部副书记",
        "湘江示例所党支部组织委员",
        "湘江示例所党支部纪检委员",
    }
    (found,) = people_to_send(world.app, secretary, world.case_id, "huangliqun")
    assert found.label == "黄立群（湘江示例所党支部）"
    for alias in ("applicant", "secretary", "new_branch_secretary"):
        assert people_to_send(world.app, secretary, world.case_id, world.actor(alias).name) == ()
        with pytest.raises(Invalid, match="不能选择"):
            send(world, "secretary", alias)


def test_holders_of_posts_in_every_body_of_ones_own(world: World) -> None:
    world.start()
    with world.app.database.write() as session:
        city = session.get_one(Person, world.people["committee_organizer"])
        body = world.actor("committee_organizer").posts[0].organization_id
        appoint(session, world.people["secretary"], body, Post.COMMISSIONER, world.today)
        assert city.name == "尹可心"
    people = people_to_send(world.app, world.actor("secretary"), world.case_id, "")
    assert {"尹可心", "谢正华", "何建平"} <= {c.name for c in people}


def test_nobody_gets_it_twice_unread(world: World) -> None:
    world.start()
    send(world, "secretary", "contact_1")
    with pytest.raises(Invalid, match="黄立群"):
        send(world, "secretary", "contact_1", "organizer")
    assert world.census()["circulation"] == 1
    mark_read(world.app, world.actor("contact_1"), received(world, "contact_1"))
    send(world, "secretary", "contact_1")
    with pytest.raises(Invalid, match="请选择接收人"):
        send(world, "secretary")
