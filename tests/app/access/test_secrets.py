"""What is kept of a secret: nothing that lets anybody in."""

from __future__ import annotations

import pytest
from argon2 import extract_parameters
from argon2.low_level import Type, verify_secret

from wattloom.app.access.secrets import Passwords, hashed, new_secret
from wattloom.domain.errors import InputError

QUICK = Passwords(memory_kib=64, passes=1, lanes=1)
PASSWORD = "a horse walks by the river"  # noqa: S105 - of a test


def test_a_password_is_kept_as_argon2id_with_the_settings_of_rfc_9106() -> None:
    kept = extract_parameters(Passwords().hash(PASSWORD, name="wu"))

    assert (kept.type, kept.memory_cost, kept.time_cost, kept.parallelism) == (Type.ID, 65_536, 3, 4)


def test_the_reference_library_agrees_that_it_fits() -> None:
    kept = QUICK.hash(PASSWORD, name="wu")

    assert verify_secret(kept.encode(), PASSWORD.encode(), Type.ID)
    assert (QUICK.fits(PASSWORD, kept), QUICK.fits("another sentence", kept)) == (True, False)


def test_no_password_fits_an_account_that_is_not_there() -> None:
    assert not QUICK.fits(PASSWORD, None)
    assert not QUICK.fits("", None)


def test_the_same_password_is_kept_differently_each_time() -> None:
    assert QUICK.hash(PASSWORD, name="wu") != QUICK.hash(PASSWORD, name="wu")


@pytest.mark.parametrize("wrong", ["short", "x" * 300, "a" * 20, "wuwu-and-the-wu"], ids=["short", "long", "a", "name"])
def test_a_poor_password_is_refused_without_being_repeated(wrong: str) -> None:
    with pytest.raises(InputError) as caught:
        QUICK.hash(wrong, name="wu-and")

    assert wrong not in str(caught.value)


def test_a_hash_of_weaker_settings_is_known_as_such() -> None:
    kept = QUICK.hash(PASSWORD, name="wu")

    assert Passwords(memory_kib=128, passes=1, lanes=1).outdated(kept)
    assert not QUICK.outdated(kept)


def test_a_secret_has_256_bits_and_is_kept_as_its_hash() -> None:
    secrets = {new_secret("wl_") for _ in range(100)}

    assert len(secrets) == 100
    assert {len(secret) for secret in secrets} == {3 + 43}
    assert hashed("abc").startswith("ba7816bf8f01cfea")  # FIPS 180-4, example of SHA-256
