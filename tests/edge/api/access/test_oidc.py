"""Sign-in by a provider that somebody else wrote (oidc-provider-mock, its own process), and tokens that were forged."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey
from tests.edge.api.access.conftest import ADDRESS, Guarded

from wattloom.app.access.deciding import Role
from wattloom.app.access.entering import NotLetIn
from wattloom.domain.errors import FeedError, InputError
from wattloom.edge.api.access.oidc import Provider
from wattloom.edge.api.access.settings import OidcSettings

PEOPLE = [
    {"sub": "1", "preferred_username": "li.na", "roles": ["grid-operators", "all-staff"], "org": "home"},
    {"sub": "2", "preferred_username": "someone", "roles": ["all-staff"], "org": "home"},
    {"sub": "3", "preferred_username": "far.away", "roles": "grid-operators", "org": "north"},
    {"sub": "4", "preferred_username": "Zoë; DROP", "roles": "grid-operators", "org": "home"},
    {"sub": "5", "preferred_username": "crooked", "roles": {"grid-operators": True}, "org": "home"},
    {"sub": "6", "preferred_username": "li.na", "roles": "grid-operators", "org": "home"},
    {"sub": "7", "preferred_username": "admin", "roles": "grid-operators", "org": "home"},
]
WAIT_S = 20.0
SECRET = "kept between the provider and us"  # noqa: S105 - of a test


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    """The provider's address while it runs."""
    port = free_port()
    people = [word for one in PEOPLE for word in ("--user-claims", json.dumps(one))]
    command = [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "-p", str(port), *people]
    running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        until = time.monotonic() + WAIT_S
        while True:
            try:
                httpx.get(f"{address}/jwks", timeout=1.0).raise_for_status()
                break
            except httpx.HTTPError:
                assert time.monotonic() < until, "the provider did not start"
                time.sleep(0.1)
        yield address
    finally:
        running.terminate()
        running.wait(10)


def told(issuer: str, **more: Any) -> OidcSettings:
    """Settings for it."""
    roles = {"grid-operators": (Role.VIEWER, Role.OPERATOR)}
    known: dict[str, Any] = {
        "issuer": issuer,
        "client_id": "wattloom",
        "client_secret": SECRET,
        "roles": roles,
        "tenant_claim": "org",
    }
    return OidcSettings(**{**known, "tenants": frozenset({"home", "north"}), **more})


@pytest.fixture
def provider(issuer: str) -> Provider:
    """What we make of it."""
    return Provider(told(issuer), ADDRESS, time.time)


def agreed(address: str, sub: str) -> dict[str, str]:
    """What the browser brings back after somebody agreed at the provider's page."""
    answer = httpx.post(address, data={"sub": sub}, timeout=10.0)
    assert answer.status_code == 302, answer.text
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["location"]).query).items()}


def issued(issuer: str, *, nonce: str = "n", client_id: str = "wattloom", host: str = "127.0.0.1") -> str:
    """An ID token that the provider itself signed, for anybody, under the name it is asked by."""
    base = issuer.replace("127.0.0.1", host)
    back = "http://127.0.0.1:1/back"
    query = f"response_type=code&client_id={client_id}&redirect_uri={back}&scope=openid profile&state=s&nonce={nonce}"
    code = agreed(f"{base}/oauth2/authorize?{query}", "1")["code"]
    asked = {"grant_type": "authorization_code", "code": code, "redirect_uri": back, "client_id": client_id}
    token: str = httpx.post(f"{base}/oauth2/token", data=asked, auth=(client_id, SECRET), timeout=10.0).json()[
        "id_token"
    ]
    return token


def parts(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims of a token, unverified."""
    head, claims = (json.loads(base64.urlsafe_b64decode(one + "==")) for one in token.split(".")[:2])
    return head, claims


def test_somebody_comes_in_through_the_provider(make: Callable[..., Guarded], issuer: str) -> None:
    room = make(oidc=told(issuer))
    client = room.client()

    sent = client.get("/sign-in/oidc")
    back = agreed(sent.headers["location"], "1")
    answer = client.get("/sign-in/oidc/back", params=back)
    me = client.get("/me.json").json()

    assert (sent.status_code, answer.status_code, answer.headers["location"]) == (303, 303, "/")
    assert "SameSite=lax" in sent.headers["set-cookie"]
    assert (me["name"], me["tenant"], me["roles"], me["via"]) == ("li.na", "home", ["operator", "viewer"], "oidc")
    assert client.post("/notes", json={}, headers={"X-Wattloom-CSRF": me["csrf"]}).status_code == 201
    assert ("li.na", "oidc") in [(one.get("who"), one.get("via")) for one in room.records()]


def test_nobody_comes_in_under_another_s_name_whatever_the_provider_calls_them(
    make: Callable[..., Guarded], issuer: str
) -> None:
    """`li.na` is another person's already, and `admin` an account's here; people choose such names at the provider."""
    room = make(oidc=told(issuer))

    def name(sub: str) -> str:
        client = room.client()
        client.get("/sign-in/oidc/back", params=agreed(client.get("/sign-in/oidc").headers["location"], sub))
        return str(client.get("/me.json").json()["name"])

    names = [name(sub) for sub in ("1", "6", "7", "1", "6")]

    own = {sub: hashlib.sha256(sub.encode()).hexdigest()[:32] for sub in ("6", "7")}
    assert names == ["li.na", own["6"], own["7"], "li.na", own["6"]]


def test_a_token_of_theirs_ends_where_their_sign_in_is_too_long_ago(make: Callable[..., Guarded], issuer: str) -> None:
    client = make(oidc=told(issuer)).client()
    client.get("/sign-in/oidc/back", params=agreed(client.get("/sign-in/oidc").headers["location"], "1"))
    headers = {"X-Wattloom-CSRF": client.get("/me.json").json()["csrf"]}
    asked = {"name": "report", "roles": ["viewer"], "scopes": ["read"], "days": 90}

    made = client.post("/tokens", json=asked, headers=headers).json()["token"]
    listed = client.get("/tokens.json").json()["items"][0]

    days = datetime.fromisoformat(made["ends_at"]) - datetime.fromisoformat(made["made_at"])
    assert 29.9 < days.total_seconds() / 86_400 <= 30.0
    assert listed == made


def test_over_https_the_cookie_of_the_way_back_can_be_planted_by_no_neighbour(
    make: Callable[..., Guarded], issuer: str
) -> None:
    sent = make(oidc=told(issuer), https=True).client().get("/sign-in/oidc").headers["set-cookie"]

    assert sent.startswith("__Host-wattloom-oidc=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=lax"} <= {part.strip() for part in sent.split(";")}
    assert "domain" not in sent.lower()


def test_a_provider_elsewhere_cannot_send_us_to_this_machine() -> None:
    provider = own_provider(RSAKey.generate_key(2048), token_endpoint="http://127.0.0.1:9/take")  # noqa: S106

    with pytest.raises(InputError, match="an https address"):
        provider._id_token("code", "verifier")


@pytest.mark.parametrize("sub", ["2", "5", "stranger"])
def test_who_has_no_role_here_does_not_come_in(make: Callable[..., Guarded], issuer: str, sub: str) -> None:
    room = make(oidc=told(issuer))
    client = room.client()

    answer = client.get("/sign-in/oidc/back", params=agreed(client.get("/sign-in/oidc").headers["location"], sub))

    assert answer.headers["location"] == "/sign-in#refused"
    assert client.get("/me.json").json() == {"signed_in": False}
    assert ("sign_in_oidc_back", "refused") in [(one["operation"], one["outcome"]) for one in room.records()]


def test_the_tenant_is_the_one_that_the_claim_names_where_it_is_allowed(issuer: str) -> None:
    both, home = Provider(told(issuer), ADDRESS, time.time), Provider(
        told(issuer, tenants=frozenset({"home"})), ADDRESS, time.time
    )  # fmt: skip
    found = []
    for one in (both, home):
        address, state = one.sent_to()
        try:
            found.append(one.came_back(state, state, agreed(address, "3")["code"]).principal.tenant)
        except NotLetIn:
            found.append("refused")

    assert found == ["north", "refused"]


def test_a_name_that_reads_two_ways_is_replaced(provider: Provider) -> None:
    address, state = provider.sent_to()

    name = provider.came_back(state, state, agreed(address, "4")["code"]).principal.name

    assert name == hashlib.sha256(b"4").hexdigest()[:32]


def test_the_code_is_asked_for_with_the_verifier_of_its_challenge(issuer: str) -> None:
    asked: list[httpx.Request] = []
    with httpx.Client(event_hooks={"request": [asked.append]}, timeout=10.0) as client:
        provider = Provider(told(issuer), ADDRESS, time.time, client)
        address, state = provider.sent_to()
        query = parse_qs(urlsplit(address).query)

        provider.came_back(state, state, agreed(address, "1")["code"])

    (form,) = [parse_qs(one.content.decode()) for one in asked if one.method == "POST"]
    challenge = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"][0].encode()).digest()).rstrip(b"=")
    assert (query["code_challenge"], query["code_challenge_method"]) == ([challenge.decode()], ["S256"])
    assert (query["response_type"], form["redirect_uri"]) == (["code"], [f"{ADDRESS}/sign-in/oidc/back"])
    assert len(query["nonce"][0]) >= 43


def test_a_browser_that_was_not_sent_cannot_come_back(provider: Provider) -> None:
    address, state = provider.sent_to()
    code = agreed(address, "1")["code"]

    for stolen in ((state, "", code), (state, "other", code), ("other", "other", code), (state, state, "")):
        with pytest.raises(NotLetIn):
            provider.came_back(*stolen)


def test_a_way_is_gone_once(provider: Provider) -> None:
    address, state = provider.sent_to()
    code = agreed(address, "1")["code"]
    provider.came_back(state, state, code)

    with pytest.raises(NotLetIn):
        provider.came_back(state, state, code)


def test_a_code_that_the_provider_does_not_know_lets_nobody_in(provider: Provider) -> None:
    _, state = provider.sent_to()

    with pytest.raises(NotLetIn):
        provider.came_back(state, state, "invented")


def test_a_good_token_is_believed_and_the_same_for_another_nonce_is_not(provider: Provider, issuer: str) -> None:
    token = issued(issuer, nonce="mine")

    assert provider.claims(token, "mine")["sub"] == "1"
    with pytest.raises(NotLetIn):
        provider.claims(token, "yours")


def test_a_token_for_another_program_is_not_for_us(provider: Provider, issuer: str) -> None:
    with pytest.raises(NotLetIn):
        provider.claims(issued(issuer, client_id="other"), "n")


def test_a_token_of_another_issuer_is_not_believed_though_the_key_is_the_same(provider: Provider, issuer: str) -> None:
    token = issued(issuer, host="localhost")

    assert parts(token)[1]["iss"] == issuer.replace("127.0.0.1", "localhost")
    with pytest.raises(NotLetIn):
        provider.claims(token, "n")


@pytest.mark.parametrize(("hours", "good"), [(0.9, True), (1.1, False), (-0.5, False)], ids=str)
def test_a_token_counts_only_in_its_time(issuer: str, hours: float, good: bool) -> None:  # noqa: FBT001
    provider = Provider(told(issuer), ADDRESS, lambda: time.time() + hours * 3_600)
    token = issued(issuer)

    if good:
        assert provider.claims(token, "n")["sub"] == "1"
    else:
        with pytest.raises(NotLetIn):
            provider.claims(token, "n")


def encoded(told: object) -> str:
    """A part of a token."""
    return base64.urlsafe_b64encode(json.dumps(told).encode()).rstrip(b"=").decode()


def by_secret(head: object, claims: object, secret: bytes) -> str:
    """A token signed with a secret, by hand: libraries refuse a public key as one."""
    told = f"{encoded(head)}.{encoded(claims)}"
    mark = hmac.digest(secret, told.encode(), "sha256")
    return f"{told}.{base64.urlsafe_b64encode(mark).rstrip(b'=').decode()}"


def test_tokens_that_were_forged_are_not_believed(provider: Provider, issuer: str) -> None:
    good = issued(issuer)
    head, claims = parts(good)
    (public,) = httpx.get(f"{issuer}/jwks", timeout=10.0).json()["keys"]
    own = RSAKey.generate_key(2048, {"kid": head.get("kid") or "k"})
    pem = RSAKey.import_key(public).as_pem(private=False)
    more = {**claims, "roles": ["grid-operators"], "sub": "9"}
    forged = {
        "alg none": f"{encoded({**head, 'alg': 'none'})}.{encoded(claims)}.",
        "alg None": f"{encoded({**head, 'alg': 'None'})}.{encoded(claims)}.",
        "no signature": f"{good.rpartition('.')[0]}.",
        "claims changed": ".".join((good.split(".")[0], encoded(more), good.split(".")[2])),
        "own key": jwt.encode({**head, "alg": "RS256"}, claims, own),
        "own key told in the header": jwt.encode(
            {**head, "alg": "RS256", "jwk": own.as_dict(private=False)}, claims, own
        ),
        "public key as a secret": by_secret({**head, "alg": "HS256"}, claims, pem),
        "empty": "", "one part": "x", "five parts": "a.b.c.d.e", "no JSON": "e30.eA.eA", "words": "ü.ü.ü",
    }  # fmt: skip
    believed = []
    for name, token in forged.items():
        try:
            provider.claims(token, "n")
        except NotLetIn:
            continue
        believed.append(name)

    assert provider.claims(good, "n")["sub"] == "1"
    assert believed == []


def test_a_token_for_several_must_say_that_it_was_meant_for_us(issuer: str) -> None:
    """The provider here signs for one only: a small one of our own, with its own key, says the rest."""
    key = RSAKey.generate_key(2048, {"kid": "k1", "use": "sig", "alg": "RS256"})
    base = {"iss": "https://id.example.org", "sub": "1", "nonce": "n", "iat": int(time.time()),
            "exp": int(time.time()) + 60}  # fmt: skip
    provider = own_provider(key)
    verdicts = {}
    for name, claims in {
        "alone": {"aud": "wattloom"},
        "in a list": {"aud": ["wattloom"]},
        "several, for us": {"aud": ["wattloom", "other"], "azp": "wattloom"},
        "several": {"aud": ["wattloom", "other"]},
        "several, for the other": {"aud": ["wattloom", "other"], "azp": "other"},
        "for the other": {"aud": "wattloom", "azp": "other"},
        "nobody": {},
        "no end": {"aud": "wattloom", "exp": None},
        "an end in words": {"aud": "wattloom", "exp": "tomorrow"},
        "from tomorrow": {"aud": "wattloom", "nbf": int(time.time()) + 86_400},
    }.items():
        token = jwt.encode({"alg": "RS256", "kid": "k1"}, {k: v for k, v in {**base, **claims}.items() if v}, key)
        try:
            verdicts[name] = bool(provider.claims(token, "n"))
        except NotLetIn:
            verdicts[name] = False

    assert [name for name, good in verdicts.items() if good] == ["alone", "in a list", "several, for us"]


def own_provider(
    key: RSAKey, *, issuer: str = "https://id.example.org", told_as: str = "", fetched: Any = None, **more: str
) -> Provider:
    """A provider whose answers are made here."""

    def answer(request: httpx.Request) -> httpx.Response:
        if fetched is not None:
            fetched.append(request.url.path)
        if request.url.path.endswith("openid-configuration"):
            base = told_as or issuer
            return httpx.Response(200, json={"issuer": base, "jwks_uri": f"{issuer}/keys",
                                             "authorization_endpoint": f"{issuer}/in", **more})  # fmt: skip
        return httpx.Response(200, json={"keys": [key.as_dict(private=False)]})

    client = httpx.Client(transport=httpx.MockTransport(answer))
    return Provider(told(issuer), ADDRESS, time.time, client)


def test_a_key_that_is_not_known_is_fetched_once_and_not_for_every_forged_token() -> None:
    fetched: list[str] = []
    provider = own_provider(RSAKey.generate_key(2048, {"kid": "k1"}), fetched=fetched)
    for _ in range(20):
        with pytest.raises(NotLetIn):
            provider.claims(f"{encoded({'alg': 'RS256', 'kid': 'other'})}.{encoded({})}.AAAA", "n")

    assert fetched.count("/keys") == 1


def test_a_provider_that_calls_itself_otherwise_is_not_asked_further() -> None:
    with pytest.raises(FeedError, match="another issuer"):
        own_provider(RSAKey.generate_key(2048), told_as="https://other.example.org").sent_to()


@pytest.mark.parametrize("address", ["http://id.example.org", "ftp://127.0.0.1", "id.example.org", ""])
def test_a_provider_is_reached_by_https(address: str) -> None:
    with pytest.raises(InputError, match="an https address"):
        Provider(told(address), ADDRESS, time.time)


def test_a_provider_that_is_down_is_a_fault_of_now_and_no_way_in(make: Callable[..., Guarded]) -> None:
    room = make(oidc=told(f"http://127.0.0.1:{free_port()}"))

    answer = room.client().get("/sign-in/oidc")

    assert answer.status_code == 503
    assert room.client().get("/sign-in.json").json()["oidc"] is True


def test_without_a_provider_there_is_no_such_door(room: Guarded) -> None:
    assert room.client().get("/sign-in/oidc").status_code == 404
    assert room.client().get("/sign-in/oidc/back?state=a&code=b").status_code == 404
    assert room.client().get("/sign-in.json").json()["oidc"] is False


def test_many_who_never_come_back_fill_no_memory(provider: Provider) -> None:
    provider.sent_to()
    for _ in range(1_200):
        provider.sent_to()

    assert len(provider._ways) == 1_000
