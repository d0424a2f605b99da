"""May this principal do this? One pure decision; whatever is not allowed by a rule is refused.

A rule names the roles of an operation, the scope that a token needs for it, and the zone its callers stand in. A
principal stands in one zone, never in two, so none is a bridge: people, and programs in offices, in the management
zone; gateways and meters in the control zone, and those only by a token.

Example:
    >>> rule = Rule(operation="alarms_acknowledge", roles=frozenset({Role.OPERATOR}), scope=Scope.OPERATE)
    >>> somebody = Principal(name="wu", tenant="home", roles=frozenset({Role.VIEWER}))
    >>> may(somebody, rule, tenant="home", zone=Zone.MANAGEMENT)
    Refused(reason=<Reason.ROLE: 'role'>)
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from wattloom.domain.errors import InputError, Problem
from wattloom.domain.live import shown

Via = Literal["cookie", "token", "oidc"]


class Role(StrEnum):
    """What somebody is here for; nobody has a role that was not given."""

    VIEWER = "viewer"
    PLANNER = "planner"
    OPERATOR = "operator"
    TRADER = "trader"
    AUDITOR = "auditor"
    ADMIN = "admin"


class Zone(StrEnum):
    """Where one stands, after NDRC Order 27: zones I and II make up the first, III and IV the second."""

    CONTROL = "control"
    MANAGEMENT = "management"


class Scope(StrEnum):
    """What a token may be used for, at most; who signed in has all of them, within the roles."""

    READ = "read"
    PLAN = "plan"
    OPERATE = "operate"
    TRADE = "trade"
    AUDIT = "audit"
    ADMIN = "admin"
    TELEMETRY = "telemetry"
    ADVICE = "advice"


ALL_SCOPES = frozenset(Scope)
SCOPES_OF_CONTROL = frozenset({Scope.TELEMETRY, Scope.ADVICE})
"""All that crosses the border: measurements out, signed advice fetched, what became of it told."""
PARTS = ("sites", "regions", "lines", "corridors")
"""Of a room's plan, as updates name them; a name without a part is a site's."""
EVERY = "*"
BOUND = re.compile(rf"({'|'.join(PARTS)})/([A-Za-z0-9_.:\-]{{1,120}}|\*)")


class Reason(StrEnum):
    """Why not; told to whoever asks, and nothing more."""

    NOBODY = "sign in"
    TENANT = "tenant"
    ZONE = "zone"
    ROLE = "role"
    SCOPE = "scope"


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Who asks, as far as it was proved."""

    name: str
    tenant: str
    roles: frozenset[Role]
    zones: frozenset[Zone] = frozenset({Zone.MANAGEMENT})
    scopes: frozenset[Scope] = ALL_SCOPES
    via: Via = "cookie"
    bound: frozenset[str] = frozenset()
    """What a caller of the control zone speaks for, as PART/NAME; nothing, unless it was said."""

    def __post_init__(self) -> None:
        """Refuse a bridge between the zones."""
        if len(self.zones) != 1:
            raise InputError.one(f"principal {self.name}", found=f"zones {sorted(self.zones)}", expected="one zone",
                                 remedy="use one account or token for each zone")  # fmt: skip
        if Zone.CONTROL in self.zones and self.via != "token":
            raise InputError.one(f"principal {self.name}", found=f"the control zone by {self.via}", expected="a token",
                                 remedy="make a token for the gateway; people stand in management")  # fmt: skip

    @property
    def zone(self) -> Zone:
        """The one zone."""
        (zone,) = self.zones
        return zone

    def speaks_for(self, part: object, name: object) -> bool:
        """Whether it may send what is measured of a thing, or fetch its advice."""
        return f"{part}/{name}" in self.bound or (part in PARTS and f"{part}/{EVERY}" in self.bound)


def bound_to(words: Iterable[str]) -> frozenset[str]:
    """What a caller is bound to, out of words such as a site's name, `regions/jiangsu` or `sites/*`.

    Example:
        >>> sorted(bound_to(["suzhou-1", "regions/jiangsu"]))
        ['regions/jiangsu', 'sites/suzhou-1']
    """
    told = [word if "/" in word else f"{PARTS[0]}/{word}" for word in words]
    problems = [
        Problem(where="sites", found=shown(word), expected=f"NAME, or PART/NAME of {', '.join(PARTS)}; * for all",
                remedy="name them as the room's plan does")
        for word in told if not BOUND.fullmatch(word)
    ]  # fmt: skip
    if problems:
        raise InputError(problems)
    return frozenset(told)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Who may call an operation."""

    operation: str
    roles: frozenset[Role] = frozenset()
    """Any one of them is enough; none are needed where it is public."""
    scope: Scope = Scope.READ
    zone: Zone = Zone.MANAGEMENT
    public: bool = False
    """Anybody, also who has not signed in: what it answers holds nothing of a tenant."""

    def __post_init__(self) -> None:
        """Refuse a rule that lets nobody in, or one that would carry more than data over the border."""
        if self.public == bool(self.roles):
            raise InputError.one(f"rule {self.operation}", found=f"public {self.public}, roles {sorted(self.roles)}",
                                 expected="roles, or public", remedy="say who may call it")  # fmt: skip
        if (self.zone is Zone.CONTROL) != (self.scope in SCOPES_OF_CONTROL) or (
            self.public and self.scope != Scope.READ
        ):
            raise InputError.one(f"rule {self.operation}", found=f"scope {self.scope} in zone {self.zone}",
                                 expected="telemetry and advice in the control zone, all others in management",
                                 remedy="correct its zone or its scope")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Allowed:
    """Go on."""


@dataclass(frozen=True, slots=True)
class Refused:
    """Stop here."""

    reason: Reason


def may(principal: Principal | None, rule: Rule, *, tenant: str, zone: Zone) -> Allowed | Refused:
    """Whether somebody may do what a rule is about, with what belongs to a tenant, when the call comes from a zone."""
    if rule.public:
        return Allowed()
    if principal is None:
        return Refused(Reason.NOBODY)
    asked = (
        (Reason.TENANT, principal.tenant == tenant),
        (Reason.ZONE, zone is rule.zone and zone is principal.zone),
        (Reason.ROLE, bool(principal.roles & rule.roles)),
        (Reason.SCOPE, rule.scope in principal.scopes),
    )
    return next((Refused(reason) for reason, granted in asked if not granted), Allowed())
