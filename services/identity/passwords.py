"""Password hashes (argon2id) and what a password must be like."""

from __future__ import annotations

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from services.errors import Invalid

MIN_LENGTH = 10
MAX_LENGTH = 128

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
    if reason:
        raise Invalid(errors={field: reason})


@cache
def _decoy() -> str:
    return _hasher.hash("nobody")
