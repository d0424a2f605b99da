"""What do the routes of access take and give? Their models, as the OpenAPI file shows them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from wattloom.app.access.accounts import HOME, Account, Token
from wattloom.app.access.deciding import Role, Scope, Zone

INSTANT = "2026-11-23T09:30:00+08:00"
NAME = r"^[a-z0-9][a-z0-9._@-]{0,63}$"
PASSWORD_CHARACTERS_MAX = 256


class Taken(BaseModel):
    """What is taken in: nothing beside what is known, and never shown again in an error."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class SignIn(Taken):
    """A name and a password."""

    name: str = Field(max_length=64, examples=["wu"])
    password: str = Field(max_length=PASSWORD_CHARACTERS_MAX, json_schema_extra={"format": "password"})
    tenant: str = Field(HOME, max_length=64)


class Once(Taken):
    """The code of a link that opens once."""

    once: str = Field(max_length=200, json_schema_extra={"format": "password"})


class NewPassword(Taken):
    """A person's own new password."""

    old: str = Field(max_length=PASSWORD_CHARACTERS_MAX, json_schema_extra={"format": "password"})
    new: str = Field(max_length=1_000, json_schema_extra={"format": "password"})


class SetPassword(Taken):
    """A new password by an admin."""

    password: str = Field(max_length=1_000, json_schema_extra={"format": "password"})


class NewAccount(Taken):
    """An account to be made."""

    name: str = Field(pattern=NAME, examples=["wu"])
    password: str = Field(max_length=1_000, json_schema_extra={"format": "password"})
    roles: list[Role] = Field(min_length=1, max_length=6, examples=[["viewer", "operator"]])


class ChangedAccount(Taken):
    """What of an account is to be another; what is not told stays."""

    roles: list[Role] | None = Field(None, min_length=1, max_length=6)
    disabled: bool | None = Field(None, strict=True)


class NewToken(Taken):
    """A token to be made."""

    name: str = Field(pattern=NAME, examples=["nightly-report"])
    roles: list[Role] = Field(min_length=1, max_length=6, examples=[["viewer"]])
    scopes: list[Scope] = Field(min_length=1, max_length=8, examples=[["read"]])
    zone: Zone = Zone.MANAGEMENT
    days: float = Field(90.0, gt=0, le=366, strict=True)
    sites: list[Annotated[str, Field(max_length=140)]] = Field(
        [], max_length=1_000, examples=[[]],
        description="What a token of the control zone speaks for: names of sites, or PART/NAME such as "
        "regions/jiangsu or sites/*; of no others may it send telemetry or fetch advice.",
    )  # fmt: skip


class Me(BaseModel):
    """Who asks, as the server knows them."""

    signed_in: Literal[True] = True
    name: str
    tenant: str
    roles: list[Role]
    zones: list[Zone]
    scopes: list[Scope]
    via: str
    csrf: str | None = Field(
        description="To be sent as X-Wattloom-CSRF with every write of a browser; null by a token."
    )
    may: list[str] = Field(description="Operations that one may call.")
    at: str = Field(examples=[INSTANT])
    zone: str = Field(examples=["Asia/Shanghai"], description="Time zone of what people read.")


class Stranger(BaseModel):
    """Nobody who is known."""

    signed_in: Literal[False] = False


class Ways(BaseModel):
    """Which ways in there are."""

    password: bool
    oidc: bool
    at: str = Field(examples=[INSTANT])
    zone: str


class AccountAnswer(BaseModel):
    """An account, without its password."""

    name: str
    tenant: str
    roles: list[Role]
    disabled: bool
    failures: int = Field(description="Wrong passwords since the last right one.")

    @classmethod
    def of(cls, account: Account) -> AccountAnswer:
        """Of one that is kept."""
        return cls(
            name=account.name, tenant=account.tenant, roles=sorted(account.roles), disabled=account.disabled,
            failures=account.failures,
        )  # fmt: skip


class TokenAnswer(BaseModel):
    """A token, without its secret."""

    id: str
    name: str
    by: str
    roles: list[Role]
    scopes: list[Scope]
    zone: Zone
    sites: list[str] = Field(description="What it speaks for in the control zone, as PART/NAME.")
    made_at: str = Field(examples=[INSTANT])
    ends_at: str = Field(examples=[INSTANT], description="When it counts no longer if nothing changes: its own end, or "
                         "earlier where a provider has not vouched for its maker lately.")  # fmt: skip
    revoked_at: str | None

    @classmethod
    def of(cls, token: Token, told: Any, *, until_s: float) -> TokenAnswer:
        """Of one that is kept and counts until then; `told` says an instant."""
        return cls(
            id=token.id, name=token.name, by=token.by, roles=sorted(token.roles), scopes=sorted(token.scopes),
            zone=token.zone, sites=sorted(token.bound), made_at=told(token.made_s), ends_at=told(until_s),
            revoked_at=None if token.revoked_s is None else told(token.revoked_s),
        )  # fmt: skip


class TokenShown(BaseModel):
    """A token with its secret, this once."""

    token: TokenAnswer
    secret: str = Field(description="Send it as Authorization: Bearer; it is shown only now.", examples=["wl_…"])


class Listed(BaseModel):
    """Some of a list."""

    items: list[Any]
    next: str | None = Field(description="Cursor of the next page; null at the end.")
    at: str = Field(examples=[INSTANT])
    zone: str
    sources: list[str | dict[str, str]] = Field(examples=[["audit log"]], description="A text, or one by language.")
    units: dict[str, str]


class AccountList(Listed):
    """Accounts of the tenant, by name."""

    items: list[AccountAnswer]


class TokenList(Listed):
    """Tokens of the tenant, newest first."""

    items: list[TokenAnswer]


class AuditPage(Listed):
    """Records of the audit log, newest first, and whether the whole chain is."""

    items: list[dict[str, Any]] = Field(description="Each with sequence, at, who, operation, subject, outcome, mark.")
    verified: bool = Field(description="Whether every record's mark continues the chain, worked out anew.")
    head: str = Field(description="NUMBER:MARK of the last record; note it elsewhere.", examples=["1204:9f2c…"])
    problem: str | None = Field(description="What is wrong with the chain, where something is.")
