"""People are found by keys in an index; before, by reading name and pinyin of everybody."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

Key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
BATCH = 5000
KEY_LENGTH = 64
PINYIN_LENGTH = 200

PERSON = sa.table(
    "person", sa.column("id", Key), sa.column("name", sa.String), sa.column("pinyin", sa.String)
)
SEARCH_KEY = sa.table("person_search_key", sa.column("key", sa.String), sa.column("person_id", Key))


def upgrade() -> None:
    op.create_table(
        "person_search_key",
        sa.Column(
            "key",
            sa.String(length=KEY_LENGTH).with_variant(
                sa.String(length=KEY_LENGTH, collation="C"), "postgresql"
            ),
            nullable=False,
        ),
        sa.Column("person_id", Key, nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name="fk_person_search_key_person_id_person"
        ),
        sa.PrimaryKeyConstraint("key", "person_id", name="pk_person_search_key"),
        sqlite_with_rowid=False,
    )
    for people in _people():
        keys = [
            {"key": key, "person_id": person.id}
            for person in people
            for key in _keys(person.name, person.pinyin)
        ]
        if keys:
            op.get_bind().execute(sa.insert(SEARCH_KEY), keys)
    op.drop_column("person", "pinyin")


def downgrade() -> None:
    op.add_column(
        "person",
        sa.Column("pinyin", sa.String(PINYIN_LENGTH), nullable=False, server_default=""),
    )
    for people in _people():
        tokens: dict[int, str] = defaultdict(str)
        names = {person.id: _plain(person.name) for person in people}
        for key, person_id in op.get_bind().execute(
            sa.select(SEARCH_KEY.c.key, SEARCH_KEY.c.person_id)
            .where(SEARCH_KEY.c.person_id.between(people[0].id, people[-1].id))
            .order_by(SEARCH_KEY.c.person_id, SEARCH_KEY.c.key)
        ):
            longer = f"{tokens[person_id]} {key}"
            if key not in names[person_id] and len(longer) <= PINYIN_LENGTH:
                tokens[person_id] = longer
        rows = [{"which": person, "tokens": text} for person, text in tokens.items()]
        if rows:
            op.get_bind().execute(
                sa.update(PERSON)
                .where(PERSON.c.id == sa.bindparam("which"))
                .values(pinyin=sa.bindparam("tokens")),
                rows,
            )
    op.drop_table("person_search_key")


def _people() -> Iterator[list[sa.Row[tuple[int, str, str]]]]:
    """Yield everybody, some thousands at a time."""
    last = 0
    query = sa.select(PERSON).order_by(PERSON.c.id).limit(BATCH)
    while people := list(op.get_bind().execute(query.where(PERSON.c.id > last))):
        yield people
        last = people[-1].id


def _keys(name: str, pinyin: str) -> set[str]:
    """Return every end of the name, and what was typed for it so far."""
    plain = _plain(name)
    ends = (plain[start:] for start in range(len(plain)))
    return {key[:KEY_LENGTH] for key in (*ends, *pinyin.split())}


def _plain(text: str) -> str:
    return "".join(text.lower().split()).replace("ü", "v")
