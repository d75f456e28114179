"""Password hashes (argon2id) and what a password must be like."""

from __future__ import annotations

import secrets
import string
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from services.errors import Invalid

MIN_LENGTH = 10
MAX_LENGTH = 128
KINDS_OF_CHARACTERS = 3
PASSPHRASE_LENGTH = 20
"""From this length on a password need not mix kinds of characters."""
ONE_TIME_LENGTH = 16
ONE_TIME_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789"
"""Without the letters and figures that look alike in print."""
RULES = (
    f"至少{MIN_LENGTH}个字符，包含大写字母、小写字母、数字、其他字符中的至少{KINDS_OF_CHARACTERS}类；"
    f"或者不少于{PASSPHRASE_LENGTH}个字符。不得包含登录名。"
)
"""What is shown beside the field of a new password."""
SAMPLE_PASSWORD = "shili-2026"  # noqa: S105 - public on purpose; opens in the demo only

_hasher = PasswordHasher()


def hash_password(password: str) -> str:
    """Return the hash to be stored."""
    return _hasher.hash(password)


def verify_password(password_hash: str | None, password: str) -> bool:
    """Tell whether the password fits.

    Without a hash (unknown login) the same work is done and the answer is no, so that the time
    taken does not tell which logins exist.
    """
    try:
        _hasher.verify(password_hash or _decoy(), password[:MAX_LENGTH])
    except (VerificationError, InvalidHashError):
        return False
    return password_hash is not None


def is_outdated(password_hash: str) -> bool:
    """Tell whether the hash was made with weaker parameters than today's."""
    return _hasher.check_needs_rehash(password_hash)


def require_good_password(password: str, login: str, field: str = "password") -> None:
    """Raise `Invalid` with the reason under `field` for a password that may not be set."""
    reason = ""
    if len(password) < MIN_LENGTH:
        reason = f"密码至少{MIN_LENGTH}个字符。"
    elif len(password) > MAX_LENGTH:
        reason = f"密码最多{MAX_LENGTH}个字符。"
    elif login and login.lower() in password.lower():
        reason = "密码中不能包含登录名。"
    elif len(set(password)) < MIN_LENGTH // 2:
        reason = "密码过于简单，请使用更多不同的字符。"
    elif password == SAMPLE_PASSWORD:
        reason = "这是公开的示例密码，不能使用。"
    elif len(password) < PASSPHRASE_LENGTH and _kinds(password) < KINDS_OF_CHARACTERS:
        reason = (
            f"密码应包含大写字母、小写字母、数字、其他字符中的至少{KINDS_OF_CHARACTERS}类，"
            f"或者不少于{PASSPHRASE_LENGTH}个字符。"
        )
    if reason:
        raise Invalid(errors={field: reason})


def one_time_password() -> str:
    """Return a password to be handed over and changed at once; about 90 bits."""
    while True:
        password = "".join(secrets.choice(ONE_TIME_ALPHABET) for _ in range(ONE_TIME_LENGTH))
        if _kinds(password) >= KINDS_OF_CHARACTERS:
            return password


def _kinds(password: str) -> int:
    """Count the kinds of characters: capitals, small letters, figures, everything else."""
    named = (string.ascii_uppercase, string.ascii_lowercase, string.digits)
    characters = set(password)
    others = characters.difference(*named)
    return sum(not characters.isdisjoint(kind) for kind in named) + bool(others)


@cache
def _decoy() -> str:
    return _hasher.hash("nobody")
