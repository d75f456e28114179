from __future__ import annotations

import pytest

from services.encryption.keyring import Keyring, Undecipherable, new_key
from services.settings import SettingError

OLD = "old:" + "11" * 32
NEW = "new:" + "22" * 32
PHONE = "person.phone"


def test_what_goes_in_comes_out() -> None:
    ring = Keyring.parse(OLD)
    sealed = ring.encrypt(PHONE, "13800000000")
    assert "13800000000" == ring.decrypt(PHONE, sealed)
    assert sealed.startswith("sm4$old$")
    assert "13800000000" not in sealed


def test_equal_texts_look_different() -> None:
    ring = Keyring.parse(OLD)
    assert ring.encrypt(PHONE, "同") != ring.encrypt(PHONE, "同")


def test_the_empty_text_is_a_text() -> None:
    ring = Keyring.parse(OLD)
    assert "" == ring.decrypt(PHONE, ring.encrypt(PHONE, ""))


def test_another_context_does_not_decrypt() -> None:
    ring = Keyring.parse(OLD)
    with pytest.raises(Undecipherable):
        ring.decrypt("person.address", ring.encrypt(PHONE, "13800000000"))


def test_every_altered_character_is_noticed() -> None:
    ring = Keyring.parse(OLD)
    sealed = ring.encrypt(PHONE, "13800000000")
    for place, character in enumerate(sealed):
        forged = sealed[:place] + ("B" if character == "A" else "A") + sealed[place + 1 :]
        with pytest.raises(Undecipherable):
            ring.decrypt(PHONE, forged)


@pytest.mark.parametrize("text", ["", "13800000000", "sm4$old", "sm4$old$", "sm4$old$AAAA"])
def test_what_is_no_ciphertext_is_refused(text: str) -> None:
    with pytest.raises(Undecipherable):
        Keyring.parse(OLD).decrypt(PHONE, text)


def test_a_new_key_reads_what_the_old_one_wrote() -> None:
    sealed = Keyring.parse(OLD).encrypt(PHONE, "13800000000")
    both = Keyring.parse(f"{OLD}\n{NEW}\n")
    assert "13800000000" == both.decrypt(PHONE, sealed)
    assert both.encrypt(PHONE, "x").startswith("sm4$new$")
    with pytest.raises(Undecipherable, match="old"):
        Keyring.parse(NEW).decrypt(PHONE, sealed)


def test_digests_depend_on_key_and_context_and_are_the_same_each_time() -> None:
    old, both = Keyring.parse(OLD), Keyring.parse(f"{OLD},{NEW}")
    made = old.digest(PHONE, "13800000000")
    assert made == old.digest(PHONE, "13800000000")
    assert made != old.digest("person.identity_number", "13800000000")
    assert (made, both.digest(PHONE, "13800000000")) == both.digests(PHONE, "13800000000")


def test_the_key_of_digests_is_not_the_key_of_ciphertexts() -> None:
    ring = Keyring.parse(OLD)
    key = ring._current
    assert len({key.secret[:16], key.encryption, key.search[:16]}) == 3
    assert OLD not in repr(key)
    assert key.secret.hex() not in repr(key)


def test_a_fresh_key_can_be_read() -> None:
    ring = Keyring.parse(f"{new_key()} {new_key()}")
    assert "x" == ring.decrypt(PHONE, ring.encrypt(PHONE, "x"))


@pytest.mark.parametrize(
    "text", ["", " \n", "11" * 32, "a:11", f"{OLD} {OLD}", f"{OLD} new:xx", "A:" + "11" * 32]
)
def test_unusable_keys_are_refused_without_repeating_them(text: str) -> None:
    with pytest.raises(SettingError) as refused:
        Keyring.parse(text)
    assert "1111" not in str(refused.value)
