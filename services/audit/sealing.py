"""What the entries of a case's journal say, encrypted under a key of the case's own.

An entry can never be written again, so it cannot follow when the data keys are rotated: the key of
the case is what is encrypted under them, in its row.  The hash covers what is stored, so that the
chain is verified without any key, and still holds when a case's key has been destroyed.
"""

from __future__ import annotations

import secrets
from functools import lru_cache

from services.encryption.keyring import KEY_BYTES, DataKey, Keyring, Undecipherable, is_sealed
from services.processes.models import ProcessInstance

_NAME = "case"
_CONTEXT = "journal_entry.data"


def seal(instance: ProcessInstance, content: bytes) -> bytes:
    """Encrypt what an entry says; the first entry makes the key of a case the caller has locked."""
    if instance.journal_key is None:
        instance.journal_key = secrets.token_hex(KEY_BYTES)
    return _keyring(instance.journal_key).seal(_CONTEXT, content)


def open_sealed(instance: ProcessInstance, stored: bytes) -> bytes:
    """Return what an entry says; raises `Undecipherable`.

    Entries older than the encryption are read as they stand.
    """
    if not is_sealed(stored):
        return stored
    if instance.journal_key is None:
        raise Undecipherable
    return _keyring(instance.journal_key).open(_CONTEXT, stored)


@lru_cache(maxsize=1024)
def _keyring(secret: str) -> Keyring:
    return Keyring({_NAME: DataKey(_NAME, bytes.fromhex(secret))})
