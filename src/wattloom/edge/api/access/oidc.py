"""Does a provider of identities vouch for this person? OpenID Connect: authorisation code with PKCE, nothing else.

The browser is sent to the provider with a state, a nonce and a challenge, and comes back with a code that is worth
nothing without what we kept. The ID token is believed when its signature is good under a key of the provider's, by an
algorithm that was set, and issuer, audience, nonce and times fit (OpenID Connect Core 1.0, 3.1.3.7).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from wattloom.app.access.accounts import NAME, named
from wattloom.app.access.deciding import Principal, Role
from wattloom.app.access.entering import NotLetIn, name_of
from wattloom.app.access.secrets import new_secret
from wattloom.domain.errors import FeedError, InputError
from wattloom.edge.api.access.settings import LOOPBACK, OidcSettings

BACK = "/sign-in/oidc/back"
WAYS_MAX = 1_000
WAY_S = 600.0
"""How long somebody may take at the provider."""
DISCOVERED_S = 3_600.0
KEYS_EVERY_S = 30.0
"""How often keys are fetched anew at most, when a token names one that is not known."""
ANSWER_BYTES_MAX = 1_000_000


@dataclass(frozen=True, slots=True)
class Way:
    """What is kept of a browser that was sent to the provider."""

    nonce: str
    verifier: str
    ends_s: float


@dataclass(frozen=True, slots=True)
class Vouched:
    """Somebody whom the provider vouches for."""

    principal: Principal
    """Under the name that the provider tells, which people may change there."""
    subject: str
    """What the provider never gives to another."""


class Provider:
    """One provider, by its settings."""

    def __init__(
        self, settings: OidcSettings, address: str, clock_s: Callable[[], float], client: httpx.Client | None = None
    ) -> None:
        """Nothing is asked of it yet."""
        self.settings, self.back, self._clock_s = settings, f"{address}{BACK}", clock_s
        _believable(settings.issuer, settings.issuer)
        limits = httpx.Limits(max_keepalive_connections=0)  # People sign in seldom: no connection is worth keeping.
        self._client = client or httpx.Client(timeout=settings.timeout_s, follow_redirects=False, limits=limits)
        self._ways: dict[str, Way] = {}
        self._document: tuple[float, Mapping[str, Any]] | None = None
        self._keys: tuple[float, KeySet] | None = None

    def sent_to(self) -> tuple[str, str]:
        """Address at the provider to send a browser to, and the state to bind the browser by."""
        state, way = new_secret(), Way(new_secret(), new_secret(), self._clock_s() + WAY_S)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(way.verifier.encode()).digest()).rstrip(b"=").decode()
        asked = {
            "response_type": "code", "client_id": self.settings.client_id, "redirect_uri": self.back,
            "scope": self.settings.scope, "state": state, "nonce": way.nonce, "code_challenge": challenge,
            "code_challenge_method": "S256",
        }  # fmt: skip
        endpoint = self._endpoint("authorization_endpoint")
        self._ways = {key: one for key, one in self._ways.items() if one.ends_s > self._clock_s()}
        while len(self._ways) >= WAYS_MAX:
            self._ways.pop(next(iter(self._ways)))
        self._ways[state] = way
        return f"{endpoint}{'&' if urlsplit(endpoint).query else '?'}{urlencode(asked)}", state

    def came_back(self, state: str, bound: str, code: str) -> Vouched:
        """Who it is that came back with a code, in the browser that was bound.

        Raises:
            NotLetIn: the provider does not vouch for them, or they have no role here.
            FeedError: the provider does not answer.
        """
        way = self._ways.pop(state, None) if hmac.compare_digest(state.encode(), bound.encode()) else None
        if way is None or way.ends_s <= self._clock_s() or not code:
            raise NotLetIn
        return self._principal(self.claims(self._id_token(code, way.verifier), way.nonce))

    def claims(self, token: str, nonce: str) -> Mapping[str, Any]:
        """What an ID token says, after everything about it was found right; `NotLetIn` otherwise."""
        settings, known = self.settings, self._keys_for(token)
        try:
            decoded = jwt.decode(token, known, algorithms=list(settings.algorithms))
            wanted = jwt.JWTClaimsRegistry(
                now=int(self._clock_s()), leeway=settings.clocks_apart_s,
                iss={"essential": True, "value": settings.issuer},
                aud={"essential": True, "value": settings.client_id}, exp={"essential": True}, iat={"essential": True},
                nonce={"essential": True, "value": nonce}, sub={"essential": True},
            )  # fmt: skip
            wanted.validate(decoded.claims)
        except (JoseError, ValueError, TypeError, KeyError):
            raise NotLetIn from None
        audience = decoded.claims["aud"]
        others = isinstance(audience, list) and len(audience) > 1
        if (others or "azp" in decoded.claims) and decoded.claims.get("azp") != settings.client_id:
            raise NotLetIn
        return decoded.claims

    def _principal(self, claims: Mapping[str, Any]) -> Vouched:
        """Who the claims speak of; without a role there is no way in."""
        settings, words = self.settings, claims.get(self.settings.roles_claim, [])
        words = [words] if isinstance(words, str) else words if isinstance(words, list) else []
        roles: set[Role] = {role for word in words if isinstance(word, str) for role in settings.roles.get(word, ())}
        tenant = str(claims.get(settings.tenant_claim, "")) if settings.tenant_claim else settings.tenant
        if not roles or tenant not in (settings.tenants or {settings.tenant}):
            raise NotLetIn
        name, subject = str(claims.get(settings.name_claim) or claims["sub"]).lower(), str(claims["sub"])
        if not NAME.fullmatch(name):  # A name that reads two ways is replaced by one that cannot be another's.
            name = name_of(subject)
        found = Principal(name=named(name, "person"), tenant=tenant, roles=frozenset(roles), via="oidc")
        return Vouched(found, subject)

    def _id_token(self, code: str, verifier: str) -> str:
        """The ID token for a code."""
        asked = {
            "grant_type": "authorization_code", "code": code, "redirect_uri": self.back, "code_verifier": verifier,
            "client_id": self.settings.client_id,
        }  # fmt: skip
        secret = self.settings.client_secret
        found = self._asked("token_endpoint", data=asked, auth=(self.settings.client_id, secret) if secret else None)
        token = found.get("id_token")
        if not isinstance(token, str):
            raise NotLetIn
        return token

    def _keys_for(self, token: str) -> KeySet:
        """The provider's keys; fetched anew where the token names one that is not among them."""
        try:
            name = jws.extract_compact(token.encode("ascii")).headers().get("kid")
        except (JoseError, ValueError, KeyError, TypeError):
            raise NotLetIn from None
        now_s = self._clock_s()
        known = self._keys is not None and any(name in {None, key.kid} for key in self._keys[1].keys)
        if self._keys is None or (not known and now_s - self._keys[0] > KEYS_EVERY_S):
            found = self._asked("jwks_uri")
            try:
                public = [key for key in found["keys"] if key.get("kty") in {"RSA", "EC", "OKP"} and "d" not in key]
                self._keys = (now_s, KeySet.import_key_set({"keys": public}))
            except (JoseError, ValueError, KeyError, TypeError, AttributeError) as error:
                raise FeedError(
                    f"{self.settings.issuer}: keys that cannot be read; ask who runs the provider"
                ) from error
        return self._keys[1]

    def _endpoint(self, name: str) -> str:
        """An address out of the discovery document."""
        now_s = self._clock_s()
        if self._document is None or now_s - self._document[0] > DISCOVERED_S:
            address = f"{self.settings.issuer.rstrip('/')}/.well-known/openid-configuration"
            document = self._answer(address, self._client.get, address)
            if document.get("issuer") != self.settings.issuer:
                raise FeedError(f"{address}: tells another issuer than {self.settings.issuer}; correct the setting")
            self._document = (now_s, document)
        found = self._document[1].get(name)
        return _believable(str(found), self.settings.issuer)

    def _asked(self, name: str, *, data: Mapping[str, str] | None = None, auth: Any = None) -> Mapping[str, Any]:
        """The answer of one of the provider's addresses."""
        address = self._endpoint(name)
        if data is None:
            return self._answer(address, self._client.get, address)
        return self._answer(address, self._client.post, address, data=data, auth=auth)

    def _answer(self, where: str, ask: Callable[..., httpx.Response], *args: Any, **asked: Any) -> Mapping[str, Any]:
        """What it says, as JSON; a refusal of a code is nobody's fault but the caller's."""
        try:
            response = ask(*args, **asked)
            if response.status_code in {400, 401} and "data" in asked:
                raise NotLetIn
            response.raise_for_status()
            found = json.loads(response.content[:ANSWER_BYTES_MAX])
        except (httpx.HTTPError, ValueError) as error:
            remedy = "see that the provider is reached, or sign in by password"
            raise FeedError(f"{where}: {type(error).__name__}; {remedy}") from error
        if not isinstance(found, dict):
            raise FeedError(f"{where}: an answer that is no object; ask who runs the provider")
        return found


def _believable(address: str, issuer: str) -> str:
    """An address of a provider: https; this machine's own only of a provider that is itself on this machine."""
    if urlsplit(address).scheme != "https" and not (_local(address) and _local(issuer)):
        raise InputError.one(f"oidc issuer {issuer}", found=address, expected="an https address",
                             remedy="reach the provider by https: codes and keys travel there")  # fmt: skip
    return address


def _local(address: str) -> bool:
    """Whether it is http to this machine itself."""
    parts = urlsplit(address)
    return parts.scheme == "http" and (parts.hostname or "") in {*LOOPBACK, "::1"}
