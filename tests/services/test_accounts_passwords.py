import unicodedata

import argon2
import pytest

from mailcap.domain.errors import InvalidValue
from mailcap.services import passwords
from mailcap.services.keys import new_key
from mailcap.services.passwords import check_password, hash_password, verify_password


def test_a_password_fits_its_hash_and_no_other_does():
    hashed = hash_password("correct horse")
    assert verify_password("correct horse", hashed)
    assert not verify_password("correct horsf", hashed)
    assert not verify_password("", hashed)


def test_hashes_are_argon2id_and_salted():
    one, other = hash_password("same"), hash_password("same")
    assert one.startswith("$argon2id$")
    assert one != other


def test_nobodys_password_costs_as_much_as_anybodys():
    ours = argon2.extract_parameters(hash_password("x"))
    assert argon2.extract_parameters(passwords._NOBODYS_HASH) == ours
    assert ours.memory_cost * 1024 <= 20 * 2**20  # bytes for each login being checked


def test_nobodys_hash_really_goes_through_argon2(monkeypatch):
    seen = []

    class Watched(argon2.PasswordHasher):
        def verify(self, hash, password):  # noqa: A002
            seen.append(hash)
            return super().verify(hash, password)

    monkeypatch.setattr(passwords, "_hasher", Watched)
    assert not verify_password("no password fits it", None)
    assert seen == [passwords._NOBODYS_HASH]


@pytest.mark.parametrize("stored", ["", "plain", "$argon2id$broken", "$1$md5$x"])
def test_a_hash_that_is_none_fits_no_password(stored):
    assert not verify_password("plain", stored)


def test_composed_and_decomposed_characters_are_one_password():
    hashed = hash_password(unicodedata.normalize("NFD", "pässwörd"))
    assert verify_password(unicodedata.normalize("NFC", "pässwörd"), hashed)


def test_odd_texts_are_verified_without_an_error():
    hashed = hash_password("x")
    for odd in ("\udc80", "\x00", "x" * 100_000):
        assert not verify_password(odd, hashed)


@pytest.mark.parametrize("password", ["x", "hunter2", " spaces ", "пароль", "x" * 1024])
def test_most_texts_may_be_passwords(password):
    assert check_password(password) == password


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("", "empty"),
        ("x" * 1025, "1024 octets"),
        ("ж" * 513, "1024 octets"),
        ("a\x00b", "control"),
        ("line\r\n", "control"),
        ("tab\t", "control"),
        ("\udc80", "control"),
        pytest.param(new_key(), "API key", id="key"),
    ],
)
def test_what_no_protocol_could_carry_is_refused(password, why):
    with pytest.raises(InvalidValue, match=why):
        check_password(password)


def test_a_refusal_does_not_repeat_the_password():
    with pytest.raises(InvalidValue) as refusal:
        check_password("secret\x00secret")
    assert "secret" not in str(refusal.value)
