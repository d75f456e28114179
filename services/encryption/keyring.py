"""The data keys of an installation, and what is done with them.

A keyring holds named 256-bit keys; the last one is current, the others only read what they wrote.
From each key HKDF-SM3 derives two: one for SM4-GCM (GB/T 32907, GB/T 36624), one for HMAC-SM3
(GB/T 32905, GB/T 15852.2), so that neither use weakens the other.
"""

from __future__ import annotations

import base64
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from cryptography.hazmat.primitives.ciphers.modes import GCM
from cryptography.hazmat.primitives.hashes import SM3
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from services.errors import ServiceError
from services.settings import SettingError

SCHEME = "sm4"
KEY_BYTES = 32
SM4_KEY_BYTES = 16
NONCE_BYTES = 12
TAG_BYTES = 16
_SEALED = f"{SCHEME}$".encode()
_KEY = re.compile(r"([a-z0-9-]{1,16}):([0-9a-f]{64})")


class Undecipherable(ServiceError):  # noqa: N818 - the state is the name of the error
    """Stored text cannot be read: its key is not in the keyring, or it was altered or moved."""

    code = "undecipherable"
    message = "加密保存的内容无法读取。"
    remedy = "请系统管理员核对数据密钥是否齐全；密钥齐全的，数据可能被改动，请从备份核对。"


@dataclass(frozen=True, repr=False)
class DataKey:
    """A named master key."""

    name: str
    secret: bytes

    @cached_property
    def encryption(self) -> bytes:
        """The key for SM4-GCM."""
        return self._derive(b"dangwu data encryption", SM4_KEY_BYTES)

    @cached_property
    def search(self) -> bytes:
        """The key for HMAC-SM3."""
        return self._derive(b"dangwu equality search", KEY_BYTES)

    def _derive(self, use: bytes, length: int) -> bytes:
        return HKDF(SM3(), length, salt=None, info=use).derive(self.secret)


class Keyring:
    """Encrypts, decrypts and makes search digests; `context` says what a text is, e.g. a column.

    A ciphertext reads `sm4$KEY$BASE64`; key name and context are authenticated, so that a text
    copied into another column does not decrypt.
    """

    def __init__(self, keys: Mapping[str, DataKey]) -> None:
        self._keys = dict(keys)
        self._current = next(reversed(self._keys.values()))

    @classmethod
    def parse(cls, text: str) -> Keyring:
        """Read `NAME:64 hex digits`, separated by white space or commas, the current key last.

        Raises `SettingError`, which never repeats the key.
        """
        keys: dict[str, DataKey] = {}
        for word in text.replace(",", " ").split():
            match = _KEY.fullmatch(word)
            if match is None or match[1] in keys:
                raise SettingError(
                    f"数据密钥的第 {len(keys) + 1} 项格式有误，或者名称重复。",
                    "每项应为“名称:64 位十六进制数”，名称为小写字母、数字、连字符，至多 16 个。",
                )
            keys[match[1]] = DataKey(match[1], bytes.fromhex(match[2]))
        if not keys:
            raise SettingError("数据密钥为空。", "请核对 DANGWU_DATA_KEY 或者密钥文件的内容。")
        return cls(keys)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all keys, the current one last."""
        return tuple(self._keys)

    @property
    def current(self) -> str:
        """The name of the key everything is written under."""
        return self._current.name

    @property
    def prefix(self) -> str:
        """What every text encrypted under the current key begins with."""
        return self.prefix_of(self.current)

    @staticmethod
    def prefix_of(name: str) -> str:
        """Return what every text encrypted under the key of that name begins with."""
        return f"{SCHEME}${name}$"

    def encrypt(self, context: str, plaintext: str) -> str:
        """Encrypt under the current key with a random nonce."""
        return self.prefix + base64.b64encode(self._encrypted(context, plaintext.encode())).decode()

    def decrypt(self, context: str, ciphertext: str) -> str:
        """Return the plaintext; raises `Undecipherable`."""
        scheme, _, rest = ciphertext.partition("$")
        name, _, body = rest.partition("$")
        if scheme != SCHEME:
            raise Undecipherable
        try:
            return self._decrypted(name, context, base64.b64decode(body, validate=True)).decode()
        except ValueError as error:
            raise Undecipherable from error

    def seal(self, context: str, content: bytes) -> bytes:
        """Encrypt bytes as `encrypt` does text, without writing them in Base64."""
        return self.prefix.encode() + self._encrypted(context, content)

    def open(self, context: str, sealed: bytes) -> bytes:
        """Return what was sealed; raises `Undecipherable`."""
        name, separator, body = sealed.removeprefix(_SEALED).partition(b"$")
        if not is_sealed(sealed) or not separator:
            raise Undecipherable
        return self._decrypted(name.decode(errors="replace"), context, body)

    def _encrypted(self, context: str, content: bytes) -> bytes:
        nonce = secrets.token_bytes(NONCE_BYTES)
        encryptor = Cipher(SM4(self._current.encryption), GCM(nonce)).encryptor()
        encryptor.authenticate_additional_data(f"{self.prefix}{context}".encode())
        return nonce + encryptor.update(content) + encryptor.finalize() + encryptor.tag

    def _decrypted(self, name: str, context: str, body: bytes) -> bytes:
        key = self._keys.get(name)
        if key is None:
            raise Undecipherable(f"加密保存的内容无法读取：缺少名为“{name}”的数据密钥。")
        nonce, tag = body[:NONCE_BYTES], body[-TAG_BYTES:]
        try:
            decryptor = Cipher(SM4(key.encryption), GCM(nonce, tag)).decryptor()
            decryptor.authenticate_additional_data(f"{SCHEME}${name}${context}".encode())
            return decryptor.update(body[NONCE_BYTES:-TAG_BYTES]) + decryptor.finalize()
        except (InvalidTag, ValueError) as error:
            raise Undecipherable from error

    def digest(self, context: str, plaintext: str) -> str:
        """Return `KEY$HEX`: what equal texts of a context share, made with the current key."""
        return _digest(self._current, context, plaintext)

    def digests(self, context: str, plaintext: str) -> tuple[str, ...]:
        """Return the digest under every key, so that a search finds rows not rotated yet."""
        return tuple(_digest(key, context, plaintext) for key in self._keys.values())


def is_encrypted(text: str) -> bool:
    """Tell whether a text is what `Keyring.encrypt` returns."""
    return text.startswith(_SEALED.decode())


def is_sealed(content: bytes) -> bool:
    """Tell whether bytes are what `Keyring.seal` returns; JSON never begins like that."""
    return content.startswith(_SEALED)


def new_key() -> str:
    """Return a fresh key as `Keyring.parse` reads it, under a name that will not come twice."""
    return f"{secrets.token_hex(4)}:{secrets.token_hex(KEY_BYTES)}"


def _digest(key: DataKey, context: str, plaintext: str) -> str:
    hmac = HMAC(key.search, SM3())
    hmac.update(f"{context}\0{plaintext}".encode())
    return f"{key.name}${hmac.finalize().hex()}"
