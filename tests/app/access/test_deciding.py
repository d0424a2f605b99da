"""May this principal do this? Every combination of role, scope, tenant and zone by a table written by hand."""

from __future__ import annotations

from itertools import product

import pytest

from wattloom.app.access.deciding import Allowed, Principal, Reason, Refused, Role, Rule, Scope, Zone, may
from wattloom.domain.errors import InputError

APPROVE = Rule(operation="proposals_approve", roles=frozenset({Role.OPERATOR, Role.ADMIN}), scope=Scope.OPERATE)
PULL = Rule(operation="advice_pull", roles=frozenset({Role.OPERATOR}), scope=Scope.ADVICE, zone=Zone.CONTROL)
GATEWAY = Principal(
    name="wu/gateway", tenant="home", roles=frozenset({Role.OPERATOR}), zones=frozenset({Zone.CONTROL}),
    scopes=frozenset({Scope.ADVICE}), via="token",
)  # fmt: skip


def person(*roles: Role, tenant: str = "home", scopes: frozenset[Scope] = frozenset(Scope)) -> Principal:
    """Somebody in the management zone."""
    return Principal(name="wu", tenant=tenant, roles=frozenset(roles), scopes=scopes)


@pytest.mark.parametrize(
    ("role", "granted"),
    [("viewer", False), ("planner", False), ("operator", True), ("trader", False), ("auditor", False), ("admin", True)],
)
def test_only_the_roles_of_a_rule_may(role: str, granted: bool) -> None:  # noqa: FBT001 - a column of the table
    decision = may(person(Role(role)), APPROVE, tenant="home", zone=Zone.MANAGEMENT)

    assert decision == (Allowed() if granted else Refused(Reason.ROLE))


def test_nobody_may_nothing_but_what_is_public() -> None:
    public = Rule(operation="now_page", public=True)

    assert may(None, APPROVE, tenant="home", zone=Zone.MANAGEMENT) == Refused(Reason.NOBODY)
    assert may(None, public, tenant="home", zone=Zone.MANAGEMENT) == Allowed()


def test_an_admin_of_one_tenant_is_nobody_in_another() -> None:
    assert may(person(*Role, tenant="north"), APPROVE, tenant="home", zone=Zone.MANAGEMENT) == Refused(Reason.TENANT)


def test_a_token_without_the_scope_may_not() -> None:
    reader = person(*Role, scopes=frozenset({Scope.READ}))

    assert may(reader, APPROVE, tenant="home", zone=Zone.MANAGEMENT) == Refused(Reason.SCOPE)


def test_no_principal_of_management_reaches_an_operation_of_control_whatever_else_it_has() -> None:
    for roles, scopes, zone in product((Role.OPERATOR, Role.ADMIN), (frozenset(Scope),), Zone):
        assert may(person(roles, scopes=scopes), PULL, tenant="home", zone=zone) == Refused(Reason.ZONE)


def test_a_gateway_pulls_advice_and_nothing_else() -> None:
    assert may(GATEWAY, PULL, tenant="home", zone=Zone.CONTROL) == Allowed()
    assert may(GATEWAY, APPROVE, tenant="home", zone=Zone.CONTROL) == Refused(Reason.ZONE)


def test_a_gateway_s_token_used_from_the_offices_is_refused() -> None:
    assert may(GATEWAY, PULL, tenant="home", zone=Zone.MANAGEMENT) == Refused(Reason.ZONE)


def test_nobody_stands_in_two_zones() -> None:
    with pytest.raises(InputError, match="one zone"):
        Principal(name="x", tenant="home", roles=frozenset({Role.ADMIN}), zones=frozenset(Zone), via="token")


def test_a_person_never_stands_in_the_control_zone() -> None:
    with pytest.raises(InputError, match="the control zone by cookie"):
        Principal(name="x", tenant="home", roles=frozenset({Role.ADMIN}), zones=frozenset({Zone.CONTROL}))


@pytest.mark.parametrize(
    "wrong",
    [
        {"roles": frozenset[Role]()},
        {"roles": frozenset({Role.VIEWER}), "public": True},
        {"roles": frozenset({Role.OPERATOR}), "zone": Zone.CONTROL, "scope": Scope.OPERATE},
        {"roles": frozenset({Role.OPERATOR}), "scope": Scope.ADVICE},
        {"public": True, "scope": Scope.ADMIN},
        {"public": True, "zone": Zone.CONTROL, "scope": Scope.TELEMETRY},
    ],
    ids=["nobody", "roles and public", "operating in control", "advice for offices", "public admin", "public control"],
)
def test_a_rule_that_would_let_the_wrong_in_cannot_be_written(wrong: dict[str, object]) -> None:
    with pytest.raises(InputError):
        Rule(operation="x", **wrong)  # type: ignore[arg-type]
