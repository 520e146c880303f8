import hashlib
import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcap.domain.errors import InvalidValue
from mailcap.services.keys import check_given_key, digest, is_generated, new_key


def test_a_key_has_the_form_that_mailsacs_clients_know_and_256_bits():
    key = new_key()
    assert re.fullmatch(r"k_[A-Za-z0-9]+", key)
    assert (len(key) - 2) * math.log2(62) >= 256


def test_no_two_keys_are_alike_and_all_characters_occur():
    keys = [new_key() for _ in range(500)]
    assert len(set(keys)) == len(keys)
    assert len(set("".join(key[2:] for key in keys))) == 62


def test_a_new_key_passes_for_one_also_as_a_given_key():
    key = new_key()
    assert is_generated(key)
    assert check_given_key(key) == key


@pytest.mark.parametrize(
    "change",
    [
        lambda key: key[:-1],
        lambda key: key + "A",
        lambda key: key.replace("k_", "x_"),
        lambda key: key[2:],
        lambda key: key[:-1] + "-",
        lambda key: key + "\n",
    ],
)
def test_what_only_resembles_a_key_is_none(change):
    assert not is_generated(change(new_key()))


@pytest.mark.parametrize("key", ["0123456789abcdef", "-" * 16, "My_own-key_for_the_CI", "x" * 256])
def test_a_given_key_may_be_anything_long_enough_that_shells_leave_alone(key):
    assert check_given_key(key) == key


@pytest.mark.parametrize(
    "key",
    [
        "",
        "short",
        "x" * 15,
        "x" * 257,
        "with space in the middle",
        '"; rm -rf / #aaaaaaaaaaaa',
        "$(reboot)aaaaaaaaaaaa",
        "`id`aaaaaaaaaaaaaaaaaa",
        "new\nline-aaaaaaaaaaaaa",
        "trailing-newline-aa\n",
        "ключключключключ",
    ],
)
def test_a_given_key_that_is_short_or_unsafe_to_source_is_refused(key):
    with pytest.raises(InvalidValue, match="16 to 256"):
        check_given_key(key)


def test_the_digest_is_sha_256():
    assert digest("k_abc") == hashlib.sha256(b"k_abc").digest()


@given(st.text(st.characters()), st.text(st.characters()))
def test_any_text_has_a_digest_of_its_own(one, other):
    assert (digest(one) == digest(other)) == (one == other)


def test_even_half_a_surrogate_has_a_digest():
    assert digest("\udc80") != digest("?")
