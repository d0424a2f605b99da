"""What is kept of those who may come in? Accounts, sessions and tokens; never a secret, always its hash.

All instants are seconds since 1970-01-01 UTC.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from wattloom.app.access.deciding import ALL_SCOPES, Principal, Role, Scope, Via, Zone
from wattloom.domain.errors import InputError
from wattloom.domain.live import shown

NAME = re.compile(r"[a-z0-9][a-z0-9._@-]{0,63}")
"""Of an account or a tenant: what reads the same in a log, an address and a command."""
HOME = "home"
"""The tenant of who runs the server, where nobody names another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A person who signs in by a password."""

    name: str
    tenant: str = HOME
    roles: frozenset[Role]
    password: str
    """Its hash."""
    disabled: bool = False
    failures: int = 0
    """Wrong passwords since the last right one."""
    wait_until_s: float = 0.0
    """No password is looked at before."""

    def __post_init__(self) -> None:
        """Refuse names that could be read two ways, and an account without a role."""
        named(self.name, "account")
        named(self.tenant, "tenant")
        if not self.roles:
            raise InputError.one(f"account {self.name}", found="no role", expected=f"some of {', '.join(Role)}",
                                 remedy="say what the person is here for")  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A browser in which somebody signed in."""

    key: str
    """Hash of the cookie's value."""
    name: str
    tenant: str
    roles: frozenset[Role]
    via: Via
    csrf: str
    """What a page of ours must send beside the cookie to write: another site cannot know it."""
    began_s: float
    seen_s: float

    def principal(self) -> Principal:
        """Who asks."""
        return Principal(name=self.name, tenant=self.tenant, roles=self.roles, via=self.via)


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """What a program shows in place of a password."""

    id: str
    """Public: to revoke it by."""
    key: str
    """Hash of what was shown once."""
    name: str
    """What it is for."""
    by: str
    """Who made it."""
    made_via: Via = "cookie"
    """How its maker came in: with an account here, or by a provider."""
    tenant: str
    roles: frozenset[Role]
    zone: Zone = Zone.MANAGEMENT
    scopes: frozenset[Scope] = ALL_SCOPES
    made_s: float
    ends_s: float
    revoked_s: float | None = None
    bound: frozenset[str] = frozenset()
    """What it speaks for in the control zone, as PART/NAME."""

    def principal(self) -> Principal:
        """Who asks."""
        return Principal(
            name=f"{self.by}/{self.name}", tenant=self.tenant, roles=self.roles, zones=frozenset({self.zone}),
            scopes=self.scopes, via="token", bound=self.bound,
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody whom an OIDC provider vouched for, as of the last time."""

    roles: frozenset[Role]
    seen_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A way in that opens once: the address that `serve --demo` prints."""

    key: str
    name: str
    tenant: str
    ends_s: float


class AccountStore(Protocol):
    """Where all this lies; each change is on the disk on return."""

    def add_account(self, account: Account) -> bool:
        """Keep a new one; False where the tenant has one of this name."""

    def account(self, tenant: str, name: str) -> Account | None:
        """One of them."""

    def accounts(self, tenant: str) -> Sequence[Account]:
        """Those of a tenant, by name."""

    def save_account(self, account: Account) -> None:
        """Replace roles, password and whether it is disabled; the count of failures begins anew."""

    def attempt(self, tenant: str, name: str, *, at_s: float, free: int, hold_s: float) -> int | None:
        """Count a password about to be looked at, as a failure until it proves right; how many there are now.

        Behind `free` failures the account is held for `hold_s` in the same statement, so that of many tries at once
        only one is looked at. None: it is held, disabled or unknown, and nothing is to be looked at.
        """

    def wait(self, tenant: str, name: str, until_s: float) -> None:
        """No password before this instant."""

    def succeeded(self, tenant: str, name: str) -> None:
        """No failure any more."""

    def add_session(self, session: Session) -> None:
        """Keep a new one."""

    def session(self, key: str) -> Session | None:
        """One of them by the hash of its cookie."""

    def seen(self, key: str, at_s: float) -> None:
        """A session was used."""

    def end_session(self, key: str) -> None:
        """Forget one."""

    def end_sessions(self, tenant: str, name: str) -> None:
        """Forget all of an account."""

    def add_token(self, token: Token) -> None:
        """Keep a new one."""

    def token(self, key: str) -> Token | None:
        """One of them by its hash, ended and revoked ones too."""

    def tokens(self, tenant: str) -> Sequence[Token]:
        """Those of a tenant, newest first."""

    def revoke_token(self, tenant: str, token_id: str, at_s: float) -> bool:
        """End one; False where the tenant has none of this id that is not revoked."""

    def add_link(self, link: Link) -> None:
        """Keep a new one."""

    def take_link(self, key: str) -> Link | None:
        """One of them, gone at once: who takes it second gets None."""

    def owner_of(self, tenant: str, name: str, subject: str) -> str:
        """The subject of an OIDC provider that came by a name first: this one, where nobody did before."""

    def vouched(self, tenant: str, name: str, subject: str, person: Person) -> None:
        """Note that a provider vouched for somebody, under the name they have here."""

    def person(self, tenant: str, name: str) -> Person | None:
        """Somebody of a provider by the name they have here."""

    def forget(self, *, sessions_idle_before_s: float, sessions_began_before_s: float, ended_before_s: float) -> int:
        """Drop sessions, links and tokens that ended; how many."""

    def close(self) -> None:
        """Let go of it."""


def named(name: str, what: str) -> str:
    """A name as it came, or an error."""
    if not NAME.fullmatch(name):
        raise InputError.one(f"name of the {what}", found=shown(name), remedy="choose such a name",
                             expected="a to z, 0 to 9, . _ @ -, up to 64, first a letter or digit")  # fmt: skip
    return name
