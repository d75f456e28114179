"""Finding people by name and pinyin among hundreds of thousands: keys looked up in an index.

The keys of a person are every end of the name and every way to type it; a search is a range of
keys.  So a part of the name and the beginning of its pinyin are found without reading every row,
on every database alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from services.db import insert_many
from services.people.models import KEY_LENGTH, Person, SearchKey
from services.people.pinyin import readings

_LAST = "\U0010ffff"
"""Comes after every character that can follow in a key."""


def keys_of(name: str) -> tuple[str, ...]:
    """Return what a person of this name is found by."""
    plain = _plain(name)
    keys = (*(plain[start:] for start in range(len(plain))), *map(_plain, readings(name)))
    return tuple({key[:KEY_LENGTH]: None for key in keys if key})


def enter_keys(session: Session, names: Mapping[int, str]) -> None:
    """Write the keys of new people, given as names by id, in the transaction that enters them."""
    rows = [{"key": key, "person_id": person} for key, person in sorted(_keys(names.items()))]
    insert_many(session, SearchKey, rows)


def matches(text: str) -> ColumnElement[bool]:
    """SQL: the `Person` of the enclosing query is meant by a part of the name or by pinyin."""
    plain = _plain(text)[:KEY_LENGTH]
    return Person.id.in_(
        select(SearchKey.person_id).where(SearchKey.key.between(plain, plain + _LAST))
    )


def _keys(names: Iterable[tuple[int, str]]) -> Iterable[tuple[str, int]]:
    return ((key, person) for person, name in names for key in keys_of(name))


def _plain(text: str) -> str:
    """Return a text as keys are written: small letters, no spaces, `v` for `ü`."""
    return "".join(text.lower().split()).replace("ü", "v")
