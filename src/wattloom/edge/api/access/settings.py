"""What may be set about access? Names the server answers to, how much one may ask, where control calls come from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network

from wattloom.app.access.accounts import HOME
from wattloom.app.access.deciding import Role, Zone
from wattloom.app.access.rates import Rate

PER_PRINCIPAL, PER_ADDRESS = Rate(per_s=300.0, burst=600.0), Rate(per_s=600.0, burst=1_500.0)
SIGN_INS = Rate(per_s=0.2, burst=10.0)
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


@dataclass(frozen=True, slots=True, kw_only=True)
class OidcSettings:
    """A provider of identities, and what its words mean here."""

    issuer: str
    """As its discovery document says, such as https://id.example.org/realms/grid."""
    client_id: str
    client_secret: str = field(default="", repr=False)
    """Empty: a public client, by PKCE alone."""
    roles_claim: str = "roles"
    """Claim with a word or a list of words."""
    roles: Mapping[str, Sequence[Role]]
    """Word of the claim → roles here; a word that is not in it gives none."""
    tenant_claim: str = ""
    """Claim with the tenant's name; empty: everybody is of `tenant`."""
    tenant: str = HOME
    tenants: frozenset[str] = frozenset()
    """Tenants that the claim may name; empty: only `tenant`."""
    name_claim: str = "preferred_username"
    algorithms: Sequence[str] = ("RS256", "ES256", "PS256")
    """Of signatures that are believed; never `none`, never one with a shared secret."""
    scope: str = "openid profile"
    token_days: float = 30.0
    """A token that somebody of the provider made counts so long after they last came in by it."""
    clocks_apart_s: int = 30
    timeout_s: float = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessSettings:
    """Of one server's doors."""

    hosts: frozenset[str] = frozenset(LOOPBACK)
    """Names it answers to, without a port; asked by another name it answers 421: a page elsewhere cannot rebind DNS."""
    https: bool = False
    """Whether browsers reach it by https: cookies are then `Secure` and the answer asks for https from now on."""
    address: str = "http://127.0.0.1:8320"
    """As browsers reach it: where an OIDC provider sends them back to."""
    per_principal: Rate = PER_PRINCIPAL
    per_address: Rate = PER_ADDRESS
    """Above what one principal may ask: many stand behind one address."""
    sign_ins: Rate = SIGN_INS
    """By address."""
    streams: int = 5_000
    """Open at a time, of all together."""
    streams_of_one: int = 200
    """Of one person with all their tokens: tabs and screens, and nobody takes the places of all others."""
    body_bytes: int = 64_000_000
    body_bytes_of_strangers: int = 64_000
    """Of those who have not signed in."""
    control_networks: frozenset[str] = frozenset()
    """Where calls of the control zone come from, such as the isolation device's 10.9.0.0/30: a token of that zone
    counts from there alone, and nothing else counts from there. Empty: the token alone says."""
    room_tenant: str = HOME
    """Whose the live operation is."""
    zone_name: str = "Asia/Shanghai"
    """Time zone of what people read."""
    oidc: OidcSettings | None = None

    def zone(self, address: str, believed: Zone) -> Zone:
        """The zone of a call from an address, by a principal that says it stands in one."""
        if not self.control_networks:
            return believed
        networks = [ip_network(one) for one in self.control_networks]
        try:
            inside = any(ip_address(address) in network for network in networks)
        except ValueError:  # A socket without an address is not one of theirs.
            inside = False
        return Zone.CONTROL if inside else Zone.MANAGEMENT
