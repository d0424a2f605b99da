"""What does somebody show to be let in, and what of it is kept? Passwords by Argon2id, all else by SHA-256.

A token, the value of a cookie and the code of a link are 256 random bits: their plain hash gives nothing away. A
password is what a person can remember, so its hash must be slow and large (RFC 9106).
"""

from __future__ import annotations

import hashlib
import secrets
from threading import BoundedSemaphore

from argon2 import PasswordHasher, Type
from argon2.exceptions import Argon2Error, InvalidHashError

from wattloom.domain.errors import InputError

TOKEN_PREFIX = "wl_"  # noqa: S105 - so that people, and scanners of repositories, know one when they see it
RANDOM_BYTES = 32
PASSWORD_CHARACTERS_MIN = 12
"""NIST SP 800-63B-4 asks for 15 where a password stands alone and 8 beside something else; 12 is assumed."""
PASSWORD_CHARACTERS_MAX = 256
"""NIST SP 800-63B-4 asks that at least 64 be taken; more than this is no password."""
AT_ONCE = 2
"""Passwords hashed at the same time: 64 MiB each, so that many sign-ins together cannot fill the memory."""


def new_secret(prefix: str = "") -> str:
    """A fresh secret of 256 random bits."""
    return f"{prefix}{secrets.token_urlsafe(RANDOM_BYTES)}"


def hashed(secret: str) -> str:
    """What is kept of a secret, as 64 hexadecimal digits."""
    return hashlib.sha256(secret.encode("utf-8")).hexdigest()


class Passwords:
    """Hashes passwords and checks them; the settings of RFC 9106's second choice: 64 MiB, 3 passes, 4 lanes."""

    def __init__(self, *, memory_kib: int = 65_536, passes: int = 3, lanes: int = 4) -> None:
        """Settings stand in each hash, so that raising them leaves old ones readable."""
        self._hasher = PasswordHasher(time_cost=passes, memory_cost=memory_kib, parallelism=lanes, type=Type.ID)
        self._turn = BoundedSemaphore(AT_ONCE)
        self._nobody = ""

    def hash(self, password: str, *, name: str) -> str:
        """The hash to keep; `InputError` where the password is too short, too long or the name itself."""
        found = _wrong_with(password, name)
        if found:
            expected = f"{PASSWORD_CHARACTERS_MIN} to {PASSWORD_CHARACTERS_MAX} characters, without the name"
            remedy = "choose another; a sentence is easy to remember"
            raise InputError.one("password", found=found, expected=expected, remedy=remedy)
        with self._turn:
            return self._hasher.hash(password)

    def fits(self, password: str, kept: str | None) -> bool:
        """Whether a password is the one of a hash; as slow for nobody's, so that the clock gives no name away."""
        password = password if len(password) <= PASSWORD_CHARACTERS_MAX else ""
        with self._turn:
            try:
                return self._hasher.verify(kept or self._of_nobody(), password) and kept is not None
            except (Argon2Error, InvalidHashError):
                return False

    def _of_nobody(self) -> str:
        """A hash that nobody's password fits."""
        self._nobody = self._nobody or self._hasher.hash(new_secret())
        return self._nobody

    def outdated(self, kept: str) -> bool:
        """Whether a hash was made with weaker settings than today's."""
        return self._hasher.check_needs_rehash(kept)


def _wrong_with(password: str, name: str) -> str:
    """What speaks against a password, without repeating it."""
    if not PASSWORD_CHARACTERS_MIN <= len(password) <= PASSWORD_CHARACTERS_MAX:
        return f"{len(password)} characters"
    if len(set(password)) < 5:  # noqa: PLR2004 - as many different characters as a word has
        return "almost the same character throughout"
    return "the name in it" if name and name.lower() in password.lower() else ""
