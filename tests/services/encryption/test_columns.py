from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import insert, select, text, update

from services.bootstrap import Application, create_application
from services.encryption.columns import EncryptedText, SearchDigest, is_one_of
from services.encryption.keyring import Undecipherable
from services.migrations.schema import target_metadata
from services.people.models import Person
from services.settings import Settings

NUMBER = "11010119900307002X"


@pytest.fixture
def person_id(app: Application) -> int:
    """Somebody with identity number and phone."""
    with app.database.write() as session:
        person = session.scalars(select(Person).limit(1)).one()
        person.identity_number = NUMBER
        person.phone = "13800000000"
        return person.id


def _raw(app: Application, column: str, person_id: int) -> str | None:
    with app.database.read() as session:
        value: str | None = session.scalar(
            text(f"SELECT {column} FROM person WHERE id = {person_id}")
        )
    return value


def test_the_database_never_sees_the_text(app: Application, person_id: int) -> None:
    with app.database.read() as session:
        assert NUMBER == session.get_one(Person, person_id).identity_number
    assert (_raw(app, "identity_number", person_id) or "").startswith("sm4$")
    assert NUMBER.encode() not in b"".join(
        path.read_bytes() for path in Path(app.settings.data_dir).glob("dangwu.db*")
    )


def test_a_person_is_found_by_number(app: Application, person_id: int) -> None:
    with app.database.read() as session:
        for wanted, found in ((["x", NUMBER], [person_id]), (["x"], []), ([], [])):
            hit = is_one_of(session, Person.identity_number_hmac, wanted)
            assert found == session.scalars(select(Person.id).where(hit)).all()


def test_what_is_taken_away_is_not_found(app: Application, person_id: int) -> None:
    with app.database.write() as session:
        session.get_one(Person, person_id).phone = None
    assert _raw(app, "phone_hmac", person_id) is None
    assert _raw(app, "identity_number_hmac", person_id) is not None


def test_rows_inserted_in_bulk_are_found(app: Application, person_id: int) -> None:
    with app.database.write() as session:
        known = session.get_one(Person, person_id)
        session.execute(
            insert(Person),
            [
                {
                    "name": "示例",
                    "sex": "男",
                    "born_on": known.born_on,
                    "organization_id": known.organization_id,
                    "status": known.status,
                    "phone": phone,
                }
                for phone in ("13900000001", "13900000002", None)
            ],
        )
        hit = is_one_of(session, Person.phone_hmac, ["13900000001", "13900000002"])
        assert 2 == len(session.scalars(select(Person.id).where(hit)).all())


def test_two_applications_with_keys_of_their_own(
    app: Application, person_id: int, tmp_path: Path
) -> None:
    other = create_application(
        Settings(data_dir=str(tmp_path / "other"), database_url=app.settings.database, demo="1")
    )
    with other.database.read() as session, pytest.raises(Undecipherable):
        session.get(Person, person_id)
    other.database.dispose()
    with app.database.read() as session:
        assert NUMBER == session.get_one(Person, person_id).identity_number


def test_a_ciphertext_moved_to_another_column_is_noticed(app: Application, person_id: int) -> None:
    with app.database.write() as session:
        session.execute(
            update(Person).where(Person.id == person_id).values(address=text("identity_number"))
        )
    with app.database.read() as session, pytest.raises(Undecipherable):
        session.get(Person, person_id)


def test_the_context_of_every_encrypted_column_is_its_own_name() -> None:
    columns = [column for table in target_metadata().tables.values() for column in table.columns]
    encrypted = [c for c in columns if isinstance(c.type, EncryptedText)]
    assert [str(c) for c in encrypted] == [
        c.type.context for c in encrypted if isinstance(c.type, EncryptedText)
    ]
    for column in columns:
        if isinstance(column.type, SearchDigest):
            context = column.type.context
            if context in map(str, encrypted):
                assert str(column) == f"{context}_hmac"
            else:  # digests that stand for themselves and are compared within their table
                assert context.startswith(f"{column.table}.")
