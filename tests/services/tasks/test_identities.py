"""In which identity a task is done: what fits, what is preselected, what the journal says."""

from __future__ import annotations

import pytest

from services.bootstrap import Application
from services.cases import pages
from services.errors import Invalid
from services.identity.actor import PLAIN
from services.identity.queries import load_actor
from services.people.commands import appoint
from services.people.models import Post
from services.tasks.commands import claim
from tests.services.cases.statements import counted
from tests.services.organizations.register import COUNTY, MAIN, body_id
from tests.world import World


def _key(app: Application, code: str, post: Post) -> str:
    return f"{body_id(app, code)}:{post}"


@pytest.fixture
def two_posts(world: World) -> World:
    """The secretary of the main branch, who may hold the talk, is its organizer as well."""
    today = world.today
    with world.app.database.write() as session:
        secretary = world.people["secretary"]
        appoint(session, secretary, body_id(world.app, COUNTY), Post.COMMISSIONER, today)
        appoint(session, secretary, body_id(world.app, MAIN), Post.ORGANIZER, today)
    return world.start()


def test_only_the_posts_that_make_one_a_candidate_fit(two_posts: World) -> None:
    page = pages.task(two_posts.app, two_posts.actor("secretary"), two_posts.rows()[0].id)
    titles = [identity.title for identity in page.identities]
    assert titles[0] == "湘江示例所党支部书记"
    assert "长沙市岳麓区律师行业党委（示例）委员" not in titles
    assert "湘江示例所党支部党员" not in titles


def test_the_sensible_identity_is_taken_and_journaled(two_posts: World) -> None:
    claim(two_posts.app, two_posts.actor("secretary"), two_posts.rows()[0].id)
    assert two_posts.journal()[-1].capacity == "湘江示例所党支部书记"


@pytest.mark.parametrize("post", [Post.COMMISSIONER, None])
def test_an_identity_that_does_not_fit_is_refused(two_posts: World, post: Post | None) -> None:
    key = _key(two_posts.app, COUNTY, post) if post else PLAIN
    with pytest.raises(Invalid) as caught:
        claim(two_posts.app, two_posts.actor("secretary").choosing(key), two_posts.rows()[0].id)
    assert set(caught.value.errors) == {"identity"}
    assert len(two_posts.journal()) == 1


def test_who_is_named_in_person_may_choose_and_starts_with_the_own_branch(world: World) -> None:
    world.until("assess_activist")
    contact = world.people["contact_1"]
    with world.app.database.write() as session:
        appoint(session, contact, body_id(world.app, COUNTY), Post.COMMISSIONER, world.today)
    task = world.rows()[0]
    page = pages.task(world.app, load_actor(world.app, contact), task.id)
    assert [identity.key for identity in page.identities] == [
        PLAIN,
        _key(world.app, COUNTY, Post.COMMISSIONER),
    ]
    chosen = load_actor(world.app, contact).choosing(page.identities[1].key)
    claim(world.app, chosen, task.id)
    assert world.journal()[-1].capacity == page.identities[1].title


def test_the_person_concerned_acts_in_no_post(world: World) -> None:
    world.start()
    assert world.journal()[0].capacity == "湘江示例所党支部群众"


def test_an_actor_is_loaded_with_one_statement(app: Application, world: World) -> None:
    with counted(app) as statements:
        load_actor(app, world.people["secretary"])
    assert 1 == len(statements)
