"""How does advice pass to the control zone without anybody there having to trust the way it came?

The server signs set-points for one site, with the time in which they may be applied and who approved them. The control
side fetches the text by whatever one-way means it has, checks it against keys that it was given beforehand, and decides
by its own policy. Nothing is believed before the signature is: neither the site, nor the times, nor the key it names.

The text is a JSON Web Signature in compact form (RFC 7515) with Ed25519 (RFC 8037, named as RFC 9864 asks):
readable and checkable in any language.

    signer = Signer(new_key())
    text = signer.signed(Advice(command=…, issued_at=…, valid_from=…, valid_to=…, by="…", via="person"))
    advice, received = checked(text, keys=(signer.public,), site="…", now=…, received=Received())
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from math import isfinite
from typing import Any, Literal, NoReturn, get_args

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from wattloom.domain.errors import InputError, Problem
from wattloom.domain.live import SiteCommand, shown

ALGORITHM = "Ed25519"
"""The only one that is read: a text that names another, or none, is refused before its key is looked for."""
TYPE = "wattloom-advice+jws"
"""So that nothing else signed with the same key reads as advice (RFC 8725, 3.11)."""
TEXT_CHARACTERS_MAX = 64_000
FOUND_CHARACTERS_MAX = 200
VALID_MAX = timedelta(hours=1)
"""Advice that stays valid longer is refused: whoever keeps a copy back may use it only so long. Assumed; a setting."""
CLOCKS_APART_MAX = timedelta(seconds=5)
"""By how much the server's clock may run ahead of the control side's. Assumed; a setting."""
Via = Literal["person", "policy"]
Jwk = Mapping[str, Any]
"""A JSON Web Key (RFC 7517)."""


class Reason(StrEnum):
    """Why advice was not taken."""

    MALFORMED = "malformed"
    UNKNOWN_KEY = "unknown key"
    FORGED = "forged"
    OTHER_SITE = "other site"
    TOO_LONG = "valid too long"
    NOT_YET = "not yet valid"
    EXPIRED = "expired"
    REPLAYED = "replayed"


class AdviceRefused(InputError):
    """Advice that the control side leaves aside; `reason` for its record, the problem for a person."""

    def __init__(self, problems: Sequence[Problem], reason: Reason = Reason.MALFORMED) -> None:
        """Keep the reason beside the problem."""
        super().__init__(tuple(problems))
        self.reason = reason

    def __reduce__(self) -> tuple[type[AdviceRefused], tuple[tuple[Problem, ...], Reason]]:  # type: ignore[override]
        """Travel between processes with the reason."""
        return type(self), (self.problems, self.reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """Set-points for one site that somebody, or a policy, approved."""

    command: SiteCommand
    """What to set; its id is the advice's, its site the only one that may apply it."""
    issued_at: datetime
    valid_from: datetime
    """Not to be applied before."""
    valid_to: datetime
    """Nor from this instant on."""
    by: str
    """Name of the person or the policy that approved it."""
    via: Via

    def __post_init__(self) -> None:
        """Refuse times without a zone, a window that is empty, advice that nobody approved."""
        where = f"advice {shown(self.command.id)}"
        for name in ("issued_at", "valid_from", "valid_to"):
            if getattr(self, name).tzinfo is None:
                raise InputError.one(f"{where}, {name}", found="a time without a zone", expected="an instant",
                                     remedy="give it its offset from UTC")  # fmt: skip
        if self.valid_from >= self.valid_to:
            raise InputError.one(f"{where}, valid_to", found=self.valid_to.isoformat(), expected="after valid_from",
                                 remedy="give a time in which it may be applied")  # fmt: skip
        if not self.by or self.via not in get_args(Via):
            raise InputError.one(f"{where}, by and via", found=f"{self.by!r} via {self.via!r}",
                                 expected="a person or a policy, by name", remedy="approve it first")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Received:
    """What the control side took before: kept by it across restarts."""

    until: Mapping[str, datetime] = field(default_factory=dict)
    """Ids with the end of their validity, after which they would be refused anyway and are forgotten."""

    def with_one(self, advice: Advice, now: datetime) -> Received:
        """Also this one, less those that ended."""
        kept = {name: end for name, end in self.until.items() if end > now}
        return Received({**kept, advice.command.id: advice.valid_to})


def new_key() -> Jwk:
    """A fresh private key as a JSON Web Key; to be kept where only the signer reads."""
    return OKPKey.generate_key("Ed25519", private=True).as_dict(private=True)


class Signer:
    """The one who signs, in the management zone."""

    def __init__(self, private: Jwk) -> None:
        """Take the private key, a JSON Web Key of type OKP on Ed25519; the key is told by its thumbprint (RFC 7638)."""
        self._key = OKPKey.import_key(dict(private))
        if not self._key.is_private or self._key.as_dict(private=False).get("crv") != "Ed25519":
            raise InputError.one("signing key", found="no private Ed25519 key", expected="one as a JSON Web Key",
                                 remedy="make one with app.access.advice.new_key")  # fmt: skip
        self.key_id = self._key.thumbprint()

    @property
    def public(self) -> Jwk:
        """What the control side is given, once, by hand."""
        return _public(self._key)

    def signed(self, advice: Advice) -> str:
        """The text to lay where the control side fetches it."""
        header = {"alg": ALGORITHM, "typ": TYPE, "kid": self.key_id}
        body = json.dumps(_plain(advice), sort_keys=True, separators=(",", ":"), allow_nan=False)
        return jws.serialize_compact(header, body, self._key, algorithms=[ALGORITHM])


def checked(
    text: str,
    *,
    keys: Sequence[Jwk],
    site: str,
    now: datetime,
    received: Received,
    valid_max: timedelta = VALID_MAX,
) -> tuple[Advice, Received]:
    """The advice in a text, and what to keep before it is applied.

    Raises:
        AdviceRefused: it is forged, for another site, not of this time, or was taken before; `reason` says which.
    """
    advice = _advice_of(_payload(text, keys))
    name = advice.command.id
    if advice.command.site != site:
        _refuse(Reason.OTHER_SITE, name, found=f"set-points for {shown(advice.command.site)}", expected=site)
    if advice.valid_to - advice.issued_at > valid_max or advice.valid_to - advice.valid_from > valid_max:
        _refuse(Reason.TOO_LONG, name, found=f"valid to {advice.valid_to.isoformat()}", expected=f"at most {valid_max}")
    if advice.issued_at > now + CLOCKS_APART_MAX or advice.valid_from > now:
        _refuse(Reason.NOT_YET, name, found=f"valid from {advice.valid_from.isoformat()}", expected=now.isoformat())
    if advice.valid_to <= now:
        _refuse(Reason.EXPIRED, name, found=f"valid to {advice.valid_to.isoformat()}", expected=now.isoformat())
    if name in received.until:
        _refuse(Reason.REPLAYED, name, found="an id that was taken before", expected="each advice once")
    return advice, received.with_one(advice, now)


def _payload(text: str, keys: Sequence[Jwk]) -> bytes:
    """What was signed, after its signature was found good under a key that we hold."""
    if len(text) > TEXT_CHARACTERS_MAX:
        _refuse(Reason.MALFORMED, "?", found=f"{len(text)} characters", expected=f"at most {TEXT_CHARACTERS_MAX}")
    known = {key.thumbprint(): key for key in (OKPKey.import_key(dict(one)) for one in keys)}
    try:
        header = jws.extract_compact(text.encode("ascii")).headers()
    except (JoseError, ValueError, KeyError, TypeError):
        _refuse(Reason.MALFORMED, "?", found=shown(text), expected="a JSON Web Signature in compact form")
    if header.get("alg") != ALGORITHM or header.get("typ") != TYPE:
        found = f"alg {shown(header.get('alg'))}, typ {shown(header.get('typ'))}"
        _refuse(Reason.FORGED, "?", found=found, expected=f"alg {ALGORITHM}, typ {TYPE}")
    key = known.get(str(header.get("kid")))
    if key is None:
        _refuse(Reason.UNKNOWN_KEY, "?", found=f"key {shown(header.get('kid'))}", expected="a key given beforehand")
    try:
        return bytes(jws.deserialize_compact(text, key, algorithms=[ALGORITHM]).payload)
    except (JoseError, ValueError):
        _refuse(Reason.FORGED, "?", found="a signature that the key does not give", expected="the signer's own")


def _advice_of(payload: bytes) -> Advice:
    """Advice out of what was signed."""
    try:
        told = json.loads(payload)
        told["command"] = _command_of(told["command"])
        for name in ("issued_at", "valid_from", "valid_to"):
            told[name] = datetime.fromisoformat(told[name])
        return Advice(**told)
    except (ValueError, KeyError, TypeError, AttributeError, InputError) as error:
        found = f"a text that reads as {type(error).__name__} {error}"[:FOUND_CHARACTERS_MAX]
        _refuse(Reason.MALFORMED, "?", found=found, expected="advice as this release writes it")


def _command_of(told: dict[str, Any]) -> SiteCommand:
    """Set-points out of what was signed; `ValueError` where they are none."""
    for name in ("served_it_mw", "moved_out_it_mw"):
        told[name] = tuple(told[name])
    command = SiteCommand(**told)
    if not _sound(command):
        raise ValueError("set-points that are no names, or no powers of at least 0 MW")
    return command


def _sound(command: SiteCommand) -> bool:
    """Whether names are names and every power is a finite number that is not negative."""
    powers = (
        *command.served_it_mw, *command.moved_out_it_mw, command.moved_in_it_mw, command.idle_it_mw,
        command.charge_mw, command.discharge_mw,
    )  # fmt: skip
    named = isinstance(command.id, str) and isinstance(command.site, str) and isinstance(command.tick, int)
    return named and bool(command.id) and all(type(mw) in {int, float} and isfinite(mw) and mw >= 0 for mw in powers)


def _plain(advice: Advice) -> dict[str, Any]:
    """Advice as JSON knows it."""
    times = {name: getattr(advice, name).isoformat() for name in ("issued_at", "valid_from", "valid_to")}
    return {"command": asdict(advice.command), **times, "by": advice.by, "via": advice.via}


def _public(key: OKPKey) -> Jwk:
    """The public half, with its name."""
    return {**key.as_dict(private=False), "kid": key.thumbprint()}


def _refuse(reason: Reason, name: str, *, found: str, expected: str) -> NoReturn:
    """End with four parts."""
    remedy = _REMEDIES[reason]
    raise AdviceRefused([Problem(where=f"advice {shown(name)}", found=found, expected=expected, remedy=remedy)], reason)


_REMEDIES: Mapping[Reason, str] = {
    Reason.MALFORMED: "leave it aside; see that server and control side are of one release",
    Reason.UNKNOWN_KEY: "leave it aside; bring the signer's public key to the control side by hand if it is new",
    Reason.FORGED: "leave it aside and tell whoever answers for security",
    Reason.OTHER_SITE: "fetch the advice of this site",
    Reason.TOO_LONG: "issue it for a shorter time",
    Reason.NOT_YET: "fetch it again when it is valid; compare the clocks",
    Reason.EXPIRED: "wait for the next; the site keeps to its own fall-back",
    Reason.REPLAYED: "nothing: it was applied when it first came",
}
