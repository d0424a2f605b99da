"""How does somebody get in, and out again? Sign-in with a slow-down, sessions, tokens, links; over the store's port.

Who fails to sign in is told the same, and waits as long, whether the name, the password or the tenant was wrong.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, TypeVar

from wattloom.app.access.accounts import HOME, Account, AccountStore, Link, Person, Session, Token, named
from wattloom.app.access.deciding import SCOPES_OF_CONTROL, Principal, Role, Scope, Zone, bound_to
from wattloom.app.access.secrets import TOKEN_PREFIX, Passwords, hashed, new_secret
from wattloom.domain.errors import InputError, Problem, WattloomError
from wattloom.domain.live import shown

Word = TypeVar("Word", bound=StrEnum)

DAY_S = 86_400.0
TOKEN_ID_CHARACTERS = 12
KEPT_AFTER_END_DAYS = 90
"""Tokens that ended stay in the list so long, for whoever wonders why a program was refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How long things last; assumed, each a setting."""

    idle_s: float = 1_800.0
    """A session that nobody used for so long has ended."""
    session_s: float = 43_200.0
    """So does one that began so long ago: a shift of twelve hours."""
    failures_free: int = 5
    """Wrong passwords before the wait begins: 1 s, doubled with each more."""
    wait_s_max: float = 900.0
    token_days_max: float = 366.0
    token_days_after_sign_in: float = 30.0
    """A token of somebody of a provider counts so long after they last came in by it: nobody tells that they left."""
    link_s: float = 900.0
    seen_every_s: float = 60.0
    """How often the use of a session is written down."""


class NotLetIn(WattloomError):
    """A sign-in that failed; the message holds nothing of what was tried."""

    def __init__(self) -> None:
        """Say the same, whatever was wrong."""
        super().__init__("name, password or tenant is wrong, the account is disabled, or it must wait after failures")


@dataclass(frozen=True, slots=True)
class Entered:
    """A session that has just begun."""

    session: Session
    secret: str
    """For the cookie; kept nowhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenAsked:
    """What a token is to be."""

    name: str
    roles: frozenset[Role]
    scopes: frozenset[Scope]
    zone: Zone = Zone.MANAGEMENT
    days: float = 90.0
    bound: frozenset[str] = frozenset()
    """What it speaks for in the control zone: without, it could do nothing there."""

    def check(self, maker: Principal, terms: Terms) -> None:
        """Refuse more than its maker may do, an end that is too far, and scopes of the other zone; all at once."""
        of_control, given = self.scopes & SCOPES_OF_CONTROL, given_by(maker.roles)
        wrong = [
            (not self.roles or not self.roles <= given, "roles", sorted(self.roles), "some of the maker's own"),
            (not 0 < self.days <= terms.token_days_max, "days", self.days, f"0 to {terms.token_days_max:g}"),
            (not self.scopes or self.scopes != (of_control if self.zone is Zone.CONTROL else self.scopes - of_control),
             "scopes", sorted(self.scopes), "telemetry and advice in the control zone, any others in management"),
            (not self.scopes - of_control <= maker.scopes, "scopes", sorted(self.scopes), "some of the maker's own"),
            (self.zone is Zone.CONTROL and Role.ADMIN not in maker.roles, "zone", self.zone,
             "an admin, to let something in from the control zone"),
            ((self.zone is Zone.CONTROL) != bool(self.bound), "sites", sorted(self.bound),
             "those it speaks for in the control zone; none in management"),
        ]  # fmt: skip
        problems = [
            Problem(where=f"token, {where}", found=shown(found), expected=expected, remedy="ask for what is expected")
            for bad, where, found, expected in wrong
            if bad
        ]
        if problems:
            raise InputError(problems)
        named(self.name, "token")


class Entrance:
    """Who comes in, over a store, a clock in seconds and the hashing of passwords."""

    def __init__(
        self, store: AccountStore, clock_s: Callable[[], float], passwords: Passwords, terms: Terms | None = None
    ) -> None:
        """Keep what it needs."""
        self.store, self.clock_s, self.passwords, self.terms = store, clock_s, passwords, terms or Terms()

    def add_account(self, name: str, password: str, roles: Sequence[str], *, tenant: str = HOME) -> Account:
        """A new account."""
        account = Account(
            name=name, tenant=tenant, roles=roles_of(roles), password=self.passwords.hash(password, name=name)
        )
        if not self.store.add_account(account):
            raise InputError.one(f"account {name}", found="one of this name", expected="none",
                                 remedy="choose another name, or change the account that is there")  # fmt: skip
        return account

    def change_account(
        self, name: str, *, tenant: str, roles: Sequence[str] | None = None, disabled: bool | None = None
    ) -> Account:
        """Other roles, or disabled, or let in again; its sessions and its tokens end. `KeyError`: there is none."""
        account = self._account(tenant, name)
        new = replace(
            account,
            roles=account.roles if roles is None else roles_of(roles),
            disabled=account.disabled if disabled is None else disabled,
        )
        self._replace(new)
        for token in self.store.tokens(tenant):
            if token.by == name and (new.disabled or not token.roles <= new.roles):
                self.store.revoke_token(tenant, token.id, self.clock_s())
        return new

    def set_password(self, name: str, password: str, *, tenant: str) -> None:
        """A new password by who may; all sessions of the account end. `KeyError`: there is none."""
        account = self._account(tenant, name)
        self._replace(replace(account, password=self.passwords.hash(password, name=name)))

    def change_password(self, principal: Principal, old: str, new: str) -> None:
        """A new password by the person, who must know the old one."""
        self._known(principal.tenant, principal.name, old)
        self.set_password(principal.name, new, tenant=principal.tenant)

    def sign_in(self, name: str, password: str, *, tenant: str = HOME, before: str = "") -> Entered:
        """A session for a name and a password; the one before, by its cookie, ends.

        Raises:
            NotLetIn: the password is not the one, or it is too early for another try.
        """
        account = self._known(tenant, name, password)
        if self.passwords.outdated(account.password):
            self.store.save_account(replace(account, password=self.passwords.hash(password, name=name)))
        return self._begin(Principal(name=name, tenant=tenant, roles=account.roles), before)

    def sign_in_by_provider(self, principal: Principal, subject: str, *, before: str = "") -> Entered:
        """A session for somebody whom an OIDC provider vouched for.

        The name is theirs if it is no account's here and nobody else came by it first: people may change what the
        provider calls them, and never their subject. Otherwise they get one that cannot be another's.
        """
        ours = self.store.account(principal.tenant, principal.name) is not None
        if ours or self.store.owner_of(principal.tenant, principal.name, subject) != subject:
            principal = replace(principal, name=name_of(subject))
        person = Person(roles=principal.roles, seen_s=self.clock_s())
        self.store.vouched(principal.tenant, principal.name, subject, person)
        return self._begin(principal, before)

    def sign_in_by_link(self, secret: str, *, before: str = "") -> Entered:
        """A session for the one who opens a link first."""
        link = self.store.take_link(hashed(secret))
        account = self.store.account(link.tenant, link.name) if link else None
        if link is None or account is None or account.disabled or link.ends_s <= self.clock_s():
            raise NotLetIn
        return self._begin(Principal(name=account.name, tenant=account.tenant, roles=account.roles), before)

    def new_link(self, name: str, *, tenant: str = HOME) -> str:
        """A secret that lets its first holder in as an account, for a few minutes."""
        account, secret = self._account(tenant, name), new_secret()
        ends_s = self.clock_s() + self.terms.link_s
        self.store.add_link(Link(key=hashed(secret), name=account.name, tenant=tenant, ends_s=ends_s))
        return secret

    def session(self, secret: str) -> Session | None:
        """The session of a cookie; None: it ended, or there never was one."""
        key, now_s = hashed(secret), self.clock_s()
        session = self.store.session(key)
        if session is None:
            return None
        if now_s - session.seen_s > self.terms.idle_s or now_s - session.began_s > self.terms.session_s:
            self.store.end_session(key)
            return None
        if now_s - session.seen_s >= self.terms.seen_every_s:
            self.store.seen(key, now_s)
        return session

    def sign_out(self, secret: str) -> None:
        """End the session of a cookie."""
        self.store.end_session(hashed(secret))

    def new_token(self, principal: Principal, asked: TokenAsked) -> tuple[Token, str]:
        """A token and what to show of it, once. It may do no more than who makes it."""
        token_secret, now_s = new_secret(TOKEN_PREFIX), self.clock_s()
        asked.check(principal, self.terms)
        token = Token(
            id=new_secret()[:TOKEN_ID_CHARACTERS], key=hashed(token_secret), name=asked.name, by=principal.name,
            tenant=principal.tenant, roles=asked.roles, zone=asked.zone, scopes=asked.scopes, made_s=now_s,
            ends_s=now_s + asked.days * DAY_S, bound=asked.bound, made_via=principal.via,
        )  # fmt: skip
        self.store.add_token(token)
        return token, token_secret

    def token(self, secret: str) -> Token | None:
        """The token that was shown; None: there is none, it ended, was revoked, or its maker is here no longer."""
        token = self.store.token(hashed(secret)) if secret.startswith(TOKEN_PREFIX) else None
        if token is None or token.revoked_s is not None or self.counts_until_s(token) <= self.clock_s():
            return None
        return token

    def counts_until_s(self, token: Token) -> float:
        """Its end; or an earlier one, where it was made by somebody whose provider has not vouched for them lately."""
        if token.made_via != "oidc":  # Those of an account are revoked with it.
            return token.ends_s
        person = self.store.person(token.tenant, token.by)
        if person is None or not token.roles <= given_by(person.roles):
            return token.made_s
        return min(token.ends_s, person.seen_s + self.terms.token_days_after_sign_in * DAY_S)

    def forget_ended(self) -> int:
        """Drop what ended long ago; how many."""
        now_s = self.clock_s()
        return self.store.forget(
            sessions_idle_before_s=now_s - self.terms.idle_s,
            sessions_began_before_s=now_s - self.terms.session_s,
            ended_before_s=now_s - KEPT_AFTER_END_DAYS * DAY_S,
        )

    def _known(self, tenant: str, name: str, password: str) -> Account:
        """The account whose password this is, counted as a failure until it is."""
        now_s, free = self.clock_s(), self.terms.failures_free
        tries = self.store.attempt(tenant, name, at_s=now_s, free=free, hold_s=1.0)
        account = self.store.account(tenant, name) if tries is not None else None
        if not self.passwords.fits(password, account.password if account else None) or account is None:
            if tries is not None and tries > free:
                wait_s = min(2.0 ** min(tries - free - 1, 30), self.terms.wait_s_max)
                self.store.wait(tenant, name, now_s + wait_s)
            raise NotLetIn
        self.store.succeeded(tenant, name)
        return account

    def _begin(self, principal: Principal, before: str) -> Entered:
        """A new session under a new secret: one that was planted in the browser beforehand is worth nothing."""
        if before:
            self.store.end_session(hashed(before))
        secret, now_s = new_secret(), self.clock_s()
        session = Session(
            key=hashed(secret), name=principal.name, tenant=principal.tenant, roles=principal.roles,
            via=principal.via, csrf=new_secret(), began_s=now_s, seen_s=now_s,
        )  # fmt: skip
        self.store.add_session(session)
        return Entered(session, secret)

    def _account(self, tenant: str, name: str) -> Account:
        """An account that is there."""
        account = self.store.account(tenant, name)
        if account is None:
            raise KeyError(name)
        return account

    def _replace(self, account: Account) -> None:
        """Keep an account as it is now; whoever came in as it was must come in again."""
        self.store.save_account(account)
        self.store.end_sessions(account.tenant, account.name)


def given_by(roles: frozenset[Role]) -> frozenset[Role]:
    """Roles that somebody may give to a token: their own; any, where they may make accounts."""
    return frozenset(Role) if Role.ADMIN in roles else roles


def name_of(subject: str) -> str:
    """A name for somebody of an OIDC provider that cannot be another's."""
    return hashlib.sha256(subject.encode()).hexdigest()[:32]


def token_for(entrance: Entrance, by: str, tenant: str, asked: Mapping[str, Any]) -> tuple[Token, str]:
    """A token in the name of an account, asked for in words; and what to show of it, once. `KeyError`: no account."""
    account = entrance.store.account(tenant, by)
    if account is None:
        raise KeyError(by)
    maker = Principal(name=account.name, tenant=account.tenant, roles=account.roles)
    words = {"roles": roles_of(asked["roles"]), "scopes": scopes_of(asked["scopes"]), "zone": zone_of(asked["zone"]),
             "bound": bound_to(asked.get("sites", ()))}  # fmt: skip
    return entrance.new_token(maker, TokenAsked(name=asked["name"], days=asked["days"], **words))  # type: ignore[arg-type]


def roles_of(words: Iterable[str]) -> frozenset[Role]:
    """Roles by their names; `InputError` names those that are none."""
    return frozenset(_one_of(Role, word, "role") for word in words)


def scopes_of(words: Iterable[str]) -> frozenset[Scope]:
    """Scopes by their names."""
    return frozenset(_one_of(Scope, word, "scope") for word in words)


def zone_of(word: str) -> Zone:
    """A zone by its name."""
    return _one_of(Zone, word, "zone")


def _one_of(words: type[Word], word: str, what: str) -> Word:
    """A word of a list, or an error that tells the list."""
    try:
        return words(word)
    except ValueError:
        raise InputError.one(what, found=shown(word), expected=f"one of {', '.join(words)}",
                             remedy="take one of these") from None  # fmt: skip
