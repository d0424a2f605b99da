"""What does a server need so that nobody comes in who does not belong? Entrance, audit log and guard, joined."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from wattloom.app.access.accounts import HOME, Session, Token
from wattloom.app.access.audit import Audit, Event
from wattloom.app.access.deciding import Role, Rule, Zone
from wattloom.app.access.entering import Entrance
from wattloom.app.access.secrets import TOKEN_PREFIX, hashed, new_secret
from wattloom.edge.api.access.guard import Guard
from wattloom.edge.api.access.oidc import Provider
from wattloom.edge.api.access.recorder import Recorder
from wattloom.edge.api.access.routes import access_router
from wattloom.edge.api.access.rules import Doors, OperationRule, operation_rules, operations
from wattloom.edge.api.access.settings import AccessSettings

if TYPE_CHECKING:
    from fastapi import FastAPI

    from wattloom.app.access.deciding import Principal

REMEMBERED_S = 2.0
"""How long a session or token that was looked up is believed: so long one that another process ended still counts."""
REMEMBERED_MAX = 10_000
DEMO = {"viewer": (Role.VIEWER,), "operator": (Role.VIEWER, Role.OPERATOR), "admin": tuple(Role)}


class Access:
    """Who comes in, what is written down of it, and what may be set."""

    def __init__(self, entrance: Entrance, audit: Audit, settings: AccessSettings) -> None:
        """Join them."""
        self.entrance, self.settings = entrance, settings
        self.recorder = Recorder(audit)
        self.provider = Provider(settings.oidc, settings.address, entrance.clock_s) if settings.oidc else None
        self._remembered: OrderedDict[str, tuple[float, Session | Token | None]] = OrderedDict()

    @property
    def cookie(self) -> str:
        """Name of the cookie; by https with the prefix that browsers hold to this host alone."""
        return "__Host-wattloom" if self.settings.https else "wattloom"

    def remembered(self, secret: str) -> Session | Token | None:
        """The same, where it was looked up a moment ago: asks no disk."""
        until_s, found = self._remembered.get(hashed(secret), (0.0, None))
        return found if self.entrance.clock_s() < until_s else None

    def known(self, secret: str) -> Session | Token | None:
        """The session or token of what was shown, as the store has it."""
        now_s, key = self.entrance.clock_s(), hashed(secret)
        found = self.entrance.token(secret) if secret.startswith(TOKEN_PREFIX) else self.entrance.session(secret)
        if found is not None:
            self._remembered[key] = (now_s + REMEMBERED_S, found)
            while len(self._remembered) > REMEMBERED_MAX:
                self._remembered.popitem(last=False)
        return found

    def forget(self) -> None:
        """Look everybody up anew: something about somebody was changed."""
        self._remembered.clear()

    def audit(self, principal: Principal | None, operation: str, subject: str, outcome: str) -> None:
        """Write down what was done otherwise than by a request; on the disk on return."""
        self.recorder.keep([Event.by(principal, operation, subject, outcome)]).result()

    def demo(self) -> tuple[Mapping[str, str], str]:
        """Accounts of a demonstration with fresh passwords, and a link that lets its first holder in as admin."""
        passwords = {name: new_secret() for name in DEMO}
        for name, roles in DEMO.items():
            if self.entrance.store.account(HOME, name) is None:
                self.entrance.add_account(name, passwords[name], roles)
            else:
                self.entrance.set_password(name, passwords[name], tenant=HOME)
        return passwords, f"{self.settings.address}/sign-in#once={self.entrance.new_link('admin')}"

    def first(self) -> str:
        """A link for the first admin, where nobody has an account yet; else nothing."""
        if self.entrance.store.accounts(HOME) or self.provider is not None:
            return ""
        self.entrance.add_account("admin", new_secret(), [Role.ADMIN])
        return f"{self.settings.address}/sign-in#once={self.entrance.new_link('admin')}"

    def stop(self) -> None:
        """Write what is left of the audit log and let go."""
        self.recorder.stop()
        self.entrance.store.close()
        self.recorder.audit.store.close()


def guarded(app: FastAPI, access: Access, rules: Mapping[str, OperationRule] | None = None) -> FastAPI:
    """The application behind a guard, with the routes of access; call it when all other routes are there.

    Raises:
        InputError: an operation has no rule, or a rule no operation; all of them at once.
    """
    app.include_router(access_router(access))
    doors = Doors(operations(app), operation_rules() if rules is None else rules)
    app.state.access, app.state.doors = access, doors
    app.add_middleware(Guard, access=access, doors=doors)
    _describe(app, doors, access.cookie)
    return app


def _describe(app: FastAPI, doors: Doors, cookie: str) -> None:
    """The OpenAPI file with how one is known to each operation; nothing is asked of who calls a public one."""
    drawn = app.openapi

    def openapi() -> dict[str, Any]:
        found = drawn()
        found.setdefault("components", {})["securitySchemes"] = {
            "token": {"type": "http", "scheme": "bearer", "description": "A token of /tokens."},
            "session": {"type": "apiKey", "in": "cookie", "name": cookie,
                        "description": "Of somebody who signed in; writes send X-Wattloom-CSRF, too."},
        }  # fmt: skip
        for of_path in found["paths"].values():
            for told in of_path.values():
                told["security"] = _known_by(doors.rules[told["operationId"]].rule)
        return found

    app.openapi = openapi  # type: ignore[method-assign]


def _known_by(rule: Rule) -> list[dict[str, list[str]]]:
    """Ways of which each is enough; the control zone knows tokens alone."""
    if rule.public:
        return []
    return [{"token": []}] if rule.zone is Zone.CONTROL else [{"token": []}, {"session": []}]
