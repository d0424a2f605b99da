"""Signed advice: the control side takes what the signer signed for it, once and in its time, and nothing else."""

from __future__ import annotations

import base64
import json
import pickle
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from joserfc import jws
from joserfc.jwk import OctKey, OKPKey

from wattloom.app.access.advice import Advice, AdviceRefused, Reason, Received, Signer, checked, new_key
from wattloom.domain.errors import InputError
from wattloom.domain.live import SiteCommand

NOW = datetime(2026, 11, 1, 8, 0, tzinfo=UTC)
PRIVATE = new_key()
SIGNER = Signer(PRIVATE)
COMMAND = SiteCommand(
    id="run-7-12-0", tick=12, site="ulanqab", at_s=NOW.timestamp(), served_it_mw=(40.0, 12.5),
    moved_out_it_mw=(1.5, 0.0), moved_in_it_mw=0.0, idle_it_mw=3.0, charge_mw=5.0, discharge_mw=0.0,
)  # fmt: skip
ADVICE = Advice(
    command=COMMAND, issued_at=NOW, valid_from=NOW, valid_to=NOW + timedelta(minutes=5), by="operator", via="person"
)


def taken(text: str, *, now: datetime = NOW, received: Received | None = None, site: str = "ulanqab") -> Advice:
    """What the control side of a site makes of a text."""
    return checked(text, keys=(SIGNER.public,), site=site, now=now, received=received or Received())[0]


def refused(text: str, **known: Any) -> Reason:
    """Why the control side leaves a text aside."""
    with pytest.raises(AdviceRefused) as caught:
        taken(text, **known)
    return caught.value.reason


def signed(payload: Mapping[str, Any] | str, *, header: Mapping[str, Any] | None = None) -> str:
    """Anything, signed with the right key."""
    told = {"alg": "Ed25519", "typ": "wattloom-advice+jws", "kid": SIGNER.key_id, **(header or {})}
    body = payload if isinstance(payload, str) else json.dumps(payload)
    return jws.serialize_compact(told, body, OKPKey.import_key(dict(PRIVATE)), algorithms=["Ed25519"])


def payload() -> dict[str, Any]:
    """What good advice says, as JSON."""
    body: dict[str, Any] = json.loads(_decoded(SIGNER.signed(ADVICE).split(".")[1]))
    return body


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def _encoded(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).rstrip(b"=").decode("ascii")


def test_what_was_signed_arrives_as_it_was() -> None:
    assert taken(SIGNER.signed(ADVICE)) == ADVICE


def test_a_stranger_checks_the_signature_with_nothing_of_ours() -> None:
    head, body, signature = SIGNER.signed(ADVICE).split(".")
    public = Ed25519PublicKey.from_public_bytes(_decoded(SIGNER.public["x"]))

    public.verify(_decoded(signature), f"{head}.{body}".encode())  # raises where it is not good

    assert json.loads(_decoded(body))["command"]["served_it_mw"] == [40.0, 12.5]


def test_the_same_advice_is_taken_once() -> None:
    text = SIGNER.signed(ADVICE)
    _, received = checked(text, keys=(SIGNER.public,), site="ulanqab", now=NOW, received=Received())

    assert refused(text, received=received) is Reason.REPLAYED


def test_ids_are_forgotten_when_their_advice_would_be_refused_anyway() -> None:
    later = replace(
        ADVICE,
        command=replace(COMMAND, id="b"),
        valid_from=NOW + timedelta(minutes=6),
        valid_to=NOW + timedelta(minutes=9),
    )
    _, received = checked(SIGNER.signed(ADVICE), keys=(SIGNER.public,), site="ulanqab", now=NOW, received=Received())

    _, received = checked(
        SIGNER.signed(later), keys=(SIGNER.public,), site="ulanqab", now=NOW + timedelta(minutes=6), received=received
    )

    assert set(received.until) == {"b"}
    assert refused(SIGNER.signed(ADVICE), now=NOW + timedelta(minutes=6), received=received) is Reason.EXPIRED


@pytest.mark.parametrize(
    ("minutes", "reason"), [(-1, Reason.NOT_YET), (5, Reason.EXPIRED), (600, Reason.EXPIRED)], ids=str
)
def test_advice_counts_only_in_its_time(minutes: int, reason: Reason) -> None:
    assert refused(SIGNER.signed(ADVICE), now=NOW + timedelta(minutes=minutes)) is reason


def test_advice_of_another_site_is_left_aside() -> None:
    assert refused(SIGNER.signed(ADVICE), site="zhongwei") is Reason.OTHER_SITE


def test_advice_for_more_than_an_hour_is_left_aside() -> None:
    long = replace(ADVICE, valid_to=NOW + timedelta(minutes=61))

    assert refused(SIGNER.signed(long)) is Reason.TOO_LONG


def test_a_set_point_changed_on_the_way_is_found_out() -> None:
    head, body, signature = SIGNER.signed(ADVICE).split(".")
    changed = _encoded(_decoded(body).replace(b"12.5", b"92.5"))

    assert refused(f"{head}.{changed}.{signature}") is Reason.FORGED


def test_a_key_that_was_not_given_beforehand_is_not_believed() -> None:
    assert refused(Signer(new_key()).signed(ADVICE)) is Reason.UNKNOWN_KEY


def test_a_stranger_who_names_our_key_is_found_out() -> None:
    header = {"alg": "Ed25519", "typ": "wattloom-advice+jws", "kid": SIGNER.key_id}
    own = OKPKey.import_key(dict(new_key()))

    assert refused(jws.serialize_compact(header, json.dumps(payload()), own, algorithms=["Ed25519"])) is Reason.FORGED


def test_advice_that_nobody_signed_is_refused() -> None:
    head = _encoded(json.dumps({"alg": "none", "typ": "wattloom-advice+jws", "kid": SIGNER.key_id}).encode())

    assert refused(f"{head}.{_encoded(json.dumps(payload()).encode())}.") is Reason.FORGED


def test_the_public_key_used_as_a_secret_is_refused() -> None:
    header = {"alg": "HS256", "typ": "wattloom-advice+jws", "kid": SIGNER.key_id}
    secret = OctKey.import_key(_decoded(SIGNER.public["x"]))

    assert refused(jws.serialize_compact(header, json.dumps(payload()), secret)) is Reason.FORGED


def test_another_text_of_the_same_signer_is_no_advice() -> None:
    assert refused(signed(payload(), header={"typ": "JWT"})) is Reason.FORGED


@pytest.mark.parametrize(
    "text", ["", "a.b.c", "…", "{}", "a." * 40_000, "eyJhbGciOiJFZDI1NTE5In0"], ids=lambda t: t[:4]
)
def test_what_is_no_signature_is_refused_without_an_accident(text: str) -> None:
    assert refused(text) in {Reason.MALFORMED, Reason.FORGED}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("charge_mw", -5.0), ("charge_mw", float("nan")), ("charge_mw", "5"), ("charge_mw", True), ("id", ""),
        ("tick", "12"), ("served_it_mw", 3), ("unknown", 1),
    ],
    ids=str,
)  # fmt: skip
def test_signed_nonsense_is_left_aside_too(key: str, value: object) -> None:
    body = payload()
    body["command"][key] = value

    assert refused(signed(body)) is Reason.MALFORMED


@pytest.mark.parametrize("key", ["valid_to", "by", "command"])
def test_signed_advice_with_a_part_missing_is_left_aside(key: str) -> None:
    body = payload()
    del body[key]

    assert refused(signed(body)) is Reason.MALFORMED


def test_nobody_approved_means_no_advice() -> None:
    with pytest.raises(InputError, match="a person or a policy"):
        replace(ADVICE, by="")


def test_a_refusal_travels_between_processes_with_its_reason() -> None:
    with pytest.raises(AdviceRefused) as caught:
        taken(SIGNER.signed(ADVICE), site="zhongwei")

    assert pickle.loads(pickle.dumps(caught.value)).reason is Reason.OTHER_SITE  # noqa: S301 - our own
