"""Column types that encrypt, and columns that can be searched by equality only.

A column type knows nothing of the application, only the dialect, and each engine has a dialect of
its own.  So the keyring is bound to the engine's dialect, and several applications with different
keys live side by side in one process.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import ColumnElement, LargeBinary, String, Text, TypeDecorator, type_coerce
from sqlalchemy.engine import Dialect, Engine
from sqlalchemy.orm import InstrumentedAttribute, Session

from services.encryption.keyring import Keyring, is_encrypted, is_sealed

DIGEST_LENGTH = 81
"""A key name of up to 16 characters, `$`, 64 hexadecimal digits."""

_KEYRINGS: WeakKeyDictionary[Dialect, Keyring] = WeakKeyDictionary()


def bind_keyring(engine: Engine, keyring: Keyring) -> None:
    """Let the encrypted columns of everything that runs on an engine use a keyring."""
    _KEYRINGS[engine.dialect] = keyring


def keyring_of(session: Session) -> Keyring:
    """Return the keyring of the database a session works on."""
    return _KEYRINGS[session.get_bind().dialect]


class EncryptedText(TypeDecorator[str]):
    """Text in code, SM4-GCM ciphertext in the database.

    `context` is `table.column` and authenticated with each value, so that a ciphertext does not
    decrypt in another column.  The row is not: its key is unknown when it is inserted.
    """

    impl = Text
    cache_ok = True

    def __init__(self, context: str) -> None:
        super().__init__()
        self.context = context

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Encrypt under the current key."""
        return None if value is None else _KEYRINGS[dialect].encrypt(self.context, value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> str | None:
        """Decrypt; raises `Undecipherable`."""
        return None if value is None else _KEYRINGS[dialect].decrypt(self.context, value)


class EncryptedWords(EncryptedText):
    """Free words in code, ciphertext in the database; none at all are kept as they are.

    What was written before the column was encrypted is read as it stands, until written again.
    """

    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Encrypt under the current key."""
        return super().process_bind_param(value, dialect) if value else value

    def process_result_value(self, value: Any | None, dialect: Dialect) -> str | None:
        """Decrypt; raises `Undecipherable`."""
        if value is None or not is_encrypted(value):
            return value
        return super().process_result_value(value, dialect)


class EncryptedBytes(TypeDecorator[bytes]):
    """Bytes in code, SM4-GCM ciphertext in the database; `context` is `table.column`.

    What was written before the column was encrypted is read as it stands, until written again.
    """

    impl = LargeBinary
    cache_ok = True

    def __init__(self, context: str) -> None:
        super().__init__()
        self.context = context

    def process_bind_param(self, value: bytes | None, dialect: Dialect) -> bytes | None:
        """Seal under the current key."""
        return None if value is None else _KEYRINGS[dialect].seal(self.context, value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> bytes | None:
        """Open; raises `Undecipherable`."""
        if value is None:
            return None
        content = bytes(value)
        return _KEYRINGS[dialect].open(self.context, content) if is_sealed(content) else content


class SearchDigest(TypeDecorator[str]):
    """The keyed digest of an encrypted column, for equality search and an index.

    Plaintext goes in and its HMAC-SM3 is stored, so that no caller handles the key; search with
    `is_one_of`.  `context` is that of the encrypted column.
    """

    impl = String(DIGEST_LENGTH)
    cache_ok = True

    def __init__(self, context: str) -> None:
        super().__init__()
        self.context = context

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Replace the plaintext by its digest."""
        return None if value is None else _KEYRINGS[dialect].digest(self.context, value)


def is_one_of(
    session: Session, column: InstrumentedAttribute[str | None], plaintexts: Iterable[str]
) -> ColumnElement[bool]:
    """SQL: a `SearchDigest` column belongs to one of the plaintexts, under whichever key."""
    assert isinstance(column.type, SearchDigest)  # noqa: S101 - a slip of the programmer
    keyring = keyring_of(session)
    wanted = [d for text in plaintexts for d in keyring.digests(column.type.context, text)]
    return type_coerce(column, String).in_(wanted)
