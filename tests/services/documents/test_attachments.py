"""Attachments: who may add and open them, and what a form may name."""

from __future__ import annotations

import json
from collections.abc import Callable
from io import BytesIO

import pytest

from engine.forms import Form, parse_form
from engine.model import InstanceStatus
from services.audit.models import EntryKind, JournalEntry
from services.audit.verify import verify
from services.bootstrap import Application
from services.cases.views import AttachmentView
from services.documents.commands import attach, store_attachment
from services.documents.limits import MEBIBYTE
from services.documents.models import Attachment
from services.documents.queries import attachments_of, open_attachment
from services.errors import Invalid, NotFound
from services.identity.actor import Actor
from services.processes.models import ProcessInstance

As = Callable[[str], Actor]
PDF = b"%PDF-1.7\n"


def store(
    app: Application, actor: Actor, case: int | None, content: bytes = PDF, task: str | None = None
) -> AttachmentView:
    return store_attachment(app, actor, case, task, "申请书.pdf", BytesIO(content))


def stored(app: Application) -> int:
    with app.database.read() as session:
        return session.query(Attachment).count()


@pytest.fixture(scope="module")
def form() -> Form:
    """A form with one field for files."""
    document = {
        "schemaVersion": 19,
        "type": "default",
        "components": [
            {"id": "on", "key": "acted_on", "type": "datetime", "subtype": "date", "label": "日期"},
            {"id": "p", "key": "papers", "type": "filepicker", "label": "材料", "multiple": True},
        ],
    }
    return parse_form(json.dumps(document).encode(), "forms/papers.form", "acted_on")


def test_a_file_of_a_case_opens_for_those_who_see_the_case(
    app: Application, as_: As, case: int
) -> None:
    view = store(app, as_("applicant"), case)
    for alias in ("applicant", "organizer", "committee_organizer"):
        found, media_type, path = open_attachment(app, as_(alias), view.id)
        assert found == view
        assert media_type == "application/pdf"
        assert path.read_bytes() == PDF
    for alias in ("member_7", "new_branch_secretary", "contact_1"):
        with pytest.raises(NotFound):
            open_attachment(app, as_(alias), view.id)


def test_adding_a_file_is_journaled(app: Application, as_: As, case: int) -> None:
    store(app, as_("applicant"), case)
    with app.database.read() as session:
        entries = session.query(JournalEntry).all()
        assert [entry.kind for entry in entries] == [EntryKind.ATTACHMENT_ADDED]
        assert list(verify(session)) == []


def test_strangers_add_nothing(app: Application, as_: As, case: int) -> None:
    with pytest.raises(NotFound):
        store(app, as_("new_branch_secretary"), case)
    assert stored(app) == 0


def test_an_ended_case_takes_no_more_files(app: Application, as_: As, case: int) -> None:
    with app.database.write() as session:
        session.get_one(ProcessInstance, case).status = InstanceStatus.COMPLETED
    with pytest.raises(Invalid):
        store(app, as_("applicant"), case)
    assert stored(app) == 0


def test_the_task_must_be_one_of_the_case(app: Application, as_: As, case: int) -> None:
    with pytest.raises(NotFound):
        store(app, as_("applicant"), case, task="00000000-0000-0000-0000-000000000000")
    assert stored(app) == 0


@pytest.mark.parametrize("size", [0, 20 * MEBIBYTE + 1])
def test_size_limits(app: Application, as_: As, case: int, size: int) -> None:
    content = (PDF * (size // len(PDF) + 1))[:size]
    with pytest.raises(Invalid) as caught:
        store(app, as_("applicant"), case, content)
    assert set(caught.value.errors) == {"file"}
    assert stored(app) == 0


def test_before_a_case_exists_only_the_uploader_opens_the_file(app: Application, as_: As) -> None:
    view = store(app, as_("applicant"), None)
    assert open_attachment(app, as_("applicant"), view.id)[0] == view
    with pytest.raises(NotFound):
        open_attachment(app, as_("secretary"), view.id)


def test_an_unknown_file(app: Application, as_: As) -> None:
    with pytest.raises(NotFound):
        open_attachment(app, as_("secretary"), 10**6)


def test_starting_a_case_ties_the_files_of_its_form(
    app: Application, as_: As, case: int, form: Form
) -> None:
    loose = store(app, as_("applicant"), None)
    own = store(app, as_("organizer"), case)
    with app.database.write() as session:
        attach(session, {"papers": [str(loose.id), str(own.id)]}, form, case, None, 100)
    with app.database.read() as session:
        assert [view.id for view in attachments_of(session, case)] == [loose.id, own.id]
    assert open_attachment(app, as_("secretary"), loose.id)[0] == loose


def test_files_of_a_form_count_towards_what_a_case_holds(
    app: Application, as_: As, case: int, form: Form
) -> None:
    loose = store(app, as_("applicant"), None)
    papers = {"papers": [str(loose.id)]}
    with app.database.write() as session, pytest.raises(Invalid) as caught:
        attach(session, papers, form, case, None, 0)
    assert ["file"] == list(caught.value.errors)


@pytest.mark.parametrize("token", ["somebody_elses", "1000000", "x", "１", "-1"])
def test_a_form_cannot_name_files_from_elsewhere(
    app: Application, as_: As, case: int, form: Form, token: str
) -> None:
    loose = store(app, as_("new_branch_secretary"), None)
    value = str(loose.id) if token == "somebody_elses" else token
    with app.database.write() as session, pytest.raises(Invalid) as caught:
        attach(session, {"papers": [value]}, form, case, None, 100)
    assert caught.value.errors == {"papers": "所选附件不属于本办件，请重新上传。"}
    with app.database.read() as session:
        assert attachments_of(session, case) == ()
