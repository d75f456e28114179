"""Notices: sent once to each, read by their receiver only."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from services.bootstrap import Application
from services.errors import NotFound
from services.identity.actor import Actor
from services.notifications.commands import mark_all_read, mark_read, notify
from services.notifications.queries import PAGE_SIZE, listing, unread

As = Callable[[str], Actor]


def send(app: Application, *people: int, subject: str = "您有新的待办", count: int = 1) -> None:
    with app.database.write() as session:
        for number in range(count):
            notify(session, people, None, subject, "", app.clock.now() + timedelta(minutes=number))


def test_each_person_gets_one_notice(app: Application, as_: As) -> None:
    secretary, organizer = as_("secretary"), as_("organizer")
    send(app, secretary.person_id, organizer.person_id, secretary.person_id)
    assert [unread(app, a) for a in (secretary, organizer, as_("applicant"))] == [1, 1, 0]


def test_reading_a_notice_counts_it_out(app: Application, as_: As) -> None:
    secretary = as_("secretary")
    send(app, secretary.person_id, count=2)
    newest, oldest = listing(app, secretary, 1).items
    assert newest.created_at > oldest.created_at
    mark_read(app, secretary, oldest.id)
    mark_read(app, secretary, oldest.id)
    assert unread(app, secretary) == 1
    assert [item.is_read for item in listing(app, secretary, 1).items] == [False, True]


def test_nobody_reads_for_somebody_else(app: Application, as_: As) -> None:
    secretary, organizer = as_("secretary"), as_("organizer")
    send(app, secretary.person_id)
    notice = listing(app, secretary, 1).items[0]
    assert listing(app, organizer, 1).items == ()
    with pytest.raises(NotFound):
        mark_read(app, organizer, notice.id)
    mark_all_read(app, organizer)
    assert unread(app, secretary) == 1


def test_all_can_be_marked_as_read(app: Application, as_: As) -> None:
    secretary = as_("secretary")
    send(app, secretary.person_id, count=3)
    mark_all_read(app, secretary)
    assert unread(app, secretary) == 0


@pytest.mark.parametrize(("page", "found"), [(1, PAGE_SIZE), (2, 1), (3, 0), (0, PAGE_SIZE)])
def test_pages(app: Application, as_: As, page: int, found: int) -> None:
    secretary = as_("secretary")
    send(app, secretary.person_id, count=PAGE_SIZE + 1)
    listed = listing(app, secretary, page)
    assert len(listed.items) == found
    assert listed.total == PAGE_SIZE + 1


def test_a_long_subject_is_cut_to_its_column(app: Application, as_: As) -> None:
    secretary = as_("secretary")
    send(app, secretary.person_id, subject="长" * 300)
    assert listing(app, secretary, 1).items[0].subject == "长" * 200
