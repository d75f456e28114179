from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from sqlalchemy import func, select

from services.bootstrap import Application
from services.idempotency.commands import Answer, KeyedRequest, KeyReused, carry_out
from services.idempotency.models import IdempotentRequest
from services.identity.actor import Actor
from services.notifications.commands import notify
from services.notifications.models import Notification

As = Callable[[str], Actor]
REQUEST = KeyedRequest("k1", "0" * 64)


def effect(app: Application, actor: Actor) -> Answer:
    """Something a crash could separate from its answer: a notice."""
    with app.database.write() as session:
        notify(session, (actor.person_id,), None, "示例", "", app.clock.now())
    return Answer(200, b"{}")


def effects(app: Application) -> int:
    with app.database.read() as session:
        return session.scalar(select(func.count()).select_from(Notification)) or 0


def test_effect_and_answer_live_and_die_together(app: Application, as_: As) -> None:
    actor = as_("secretary")

    def crashes(within: Application) -> Answer:
        effect(within, actor)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        carry_out(app, actor, REQUEST, crashes)
    assert effects(app) == 0
    first = carry_out(app, actor, REQUEST, lambda within: effect(within, actor))
    second = carry_out(app, actor, REQUEST, lambda within: effect(within, actor))
    assert effects(app) == 1
    assert (first.body, first.is_replayed, second.body, second.is_replayed) == (
        b"{}",
        False,
        b"{}",
        True,
    )


def test_another_request_under_the_same_key_does_nothing(app: Application, as_: As) -> None:
    actor = as_("secretary")
    carry_out(app, actor, REQUEST, lambda within: effect(within, actor))
    with pytest.raises(KeyReused):
        carry_out(app, actor, KeyedRequest("k1", "1" * 64), lambda within: effect(within, actor))
    assert effects(app) == 1


def test_of_several_at_once_one_is_done(app: Application, as_: As) -> None:
    actor = as_("secretary")
    answers: list[Answer] = []

    def send() -> None:
        answers.append(carry_out(app, actor, REQUEST, lambda within: effect(within, actor)))

    threads = [threading.Thread(target=send) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert effects(app) == 1
    assert sorted(answer.is_replayed for answer in answers) == [False, *[True] * 5]


def test_without_a_key_nothing_is_kept(app: Application, as_: As) -> None:
    actor = as_("secretary")
    for _ in range(2):
        carry_out(app, actor, None, lambda within: effect(within, actor))
    assert effects(app) == 2
    with app.database.read() as session:
        assert session.scalars(select(IdempotentRequest)).all() == []
