"""What the data stores of a procedure hold for one case, while a command runs on it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from engine.model import Advance, EventType, Value
from engine.procedure import DataStoreRule, StoreKey, StoreScope
from engine.values import dump_values, load_values
from services.data_stores.errors import StoreChanged
from services.data_stores.models import StoreEntry
from services.organizations.models import Organization
from services.processes.models import ProcessInstance

_VALUE = "value"


def value_of(entry: StoreEntry) -> Value:
    """Return what an entry says."""
    return load_values(entry.value)[_VALUE]


class Stores(Mapping[str, Value]):
    """The contents by id of the data store; the database is asked for what is read, once.

    Writers of one entry do not wait for each other: each writes the version after the one it has
    read, and whoever comes second is refused.
    """

    def __init__(
        self, session: Session, rules: Mapping[str, DataStoreRule], instance: ProcessInstance
    ) -> None:
        self._session = session
        self._rules = rules
        self._instance = instance
        self._found: dict[str, StoreEntry | None] = {}
        self._written: dict[str, tuple[Value, str]] = {}

    def __getitem__(self, store: str) -> Value:
        """Return what a store holds, None before anything was written."""
        if store in self._written:
            return self._written[store][0]
        entry = self._newest(store)
        return value_of(entry) if entry is not None else None

    def __iter__(self) -> Iterator[str]:
        """Yield the ids of the stores."""
        return iter(self._rules)

    def __len__(self) -> int:
        """Return the number of stores."""
        return len(self._rules)

    def write(self, advance: Advance) -> None:
        """Take over what a command of the engine has written, to be kept at the end."""
        for event in advance.events:
            if event.type is EventType.DATA_STORED:
                store = str(event.data["store"])
                self.put(store, advance.stored[store], event.element_id or "")

    def put(self, store: str, value: Value, element_id: str) -> None:
        """Let an element write a store."""
        self._written[store] = (value, element_id)

    def keep(self, now: datetime) -> bool:
        """Keep what was written as new versions; tell whether there was anything.

        The journal of the case must tell of it already.  Raises `StoreChanged` when another case
        has written an entry since it was read.
        """
        for store in sorted(self._written):
            value, element_id = self._written[store]
            rule, before = self._rules[store], self._newest(store)
            row = {
                "register": rule.register,
                "title": rule.title,
                "organization_id": self._organization_id(rule),
                "key": self._key(rule),
                "version": before.version + 1 if before is not None else 1,
                "value": dump_values({_VALUE: value}),
                "instance_id": self._instance.id,
                "element_id": element_id,
                "journal_sequence": self._instance.journal_length,
                "written_at": now,
            }
            try:
                self._session.execute(insert(StoreEntry), [row])
            except IntegrityError as error:
                raise StoreChanged from error
        wrote = bool(self._written)
        self._written.clear()
        self._found.clear()
        return wrote

    def _newest(self, store: str) -> StoreEntry | None:
        if store not in self._found:
            rule = self._rules[store]
            self._found[store] = self._session.scalars(
                select(StoreEntry)
                .where(
                    StoreEntry.register == rule.register,
                    StoreEntry.organization_id == self._organization_id(rule),
                    StoreEntry.key == self._key(rule),
                )
                .order_by(StoreEntry.version.desc())
                .limit(1)
            ).first()
        return self._found[store]

    def _organization_id(self, rule: DataStoreRule) -> int:
        own = self._session.get_one(Organization, self._instance.organization_id)
        return own.id if rule.scope is StoreScope.OWN else int(own.path.split("/")[1])

    def _key(self, rule: DataStoreRule) -> str:
        return str(self._instance.subject_id) if rule.key is StoreKey.SUBJECT else ""
