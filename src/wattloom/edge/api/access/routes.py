"""Which doors has access itself? Sign in and out, who am I, passwords, tokens, accounts, the audit log."""

from __future__ import annotations

import time
from collections.abc import Callable, Coroutine, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, TypeVar
from zoneinfo import ZoneInfo

from fastapi import APIRouter, HTTPException, Path, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse, StreamingResponse
from fastapi.routing import APIRoute

from wattloom.app.access.audit import REFUSED, Event
from wattloom.app.access.deciding import Allowed, Principal, Role, bound_to, may
from wattloom.app.access.entering import Entered, NotLetIn, TokenAsked
from wattloom.app.access.rates import Buckets
from wattloom.domain.errors import Conflict, FeedError, InputError
from wattloom.edge.api.access import models
from wattloom.edge.api.problems import responses

if TYPE_CHECKING:
    from wattloom.app.access.accounts import Token
    from wattloom.edge.api.access.access import Access

Item = TypeVar("Item")
OIDC_PATH = "/sign-in/oidc"
AUDIT_SOURCE = {"en": "audit log", "zh": "审计日志"}
STORE_SOURCE = {"en": "accounts of this server", "zh": "本服务器的账户库"}
Limit = Annotated[int, Query(ge=1, le=500)]
Cursor = Annotated[str | None, Query(max_length=80)]
Number = Annotated[int | None, Query(ge=1, le=2**62)]
Name = Annotated[str, Path(pattern=models.NAME)]
TokenId = Annotated[str, Path(max_length=40)]


class Unrepeated(APIRoute):
    """A route whose errors never repeat what was sent: it may be a password."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The route, with the values taken out of what is wrong with a request."""
        answer = super().get_route_handler()

        async def answer_unrepeated(request: Request) -> Response:
            try:
                return await answer(request)
            except RequestValidationError as wrong:
                unsaid = [{**one, "input": "…", "ctx": {}} for one in wrong.errors()]
                raise RequestValidationError(unsaid) from None

        return answer_unrepeated


@dataclass(frozen=True, slots=True)
class Routes:
    """The doors, over access."""

    access: Access
    sign_ins: Buckets

    def now(self) -> dict[str, str]:
        """The instant of an answer and the zone in which it is told."""
        return {"at": self.told(self.access.entrance.clock_s()), "zone": self.access.settings.zone_name}

    def told(self, at_s: float) -> str:
        """An instant as people read it, with its offset."""
        zone = ZoneInfo(self.access.settings.zone_name)
        return datetime.fromtimestamp(at_s, tz=UTC).astimezone(zone).isoformat(timespec="seconds")

    def listed(self, items: Sequence[Any], following: str | None, source: dict[str, str]) -> dict[str, Any]:
        """A list as all of them are answered."""
        return {"items": items, "next": following, "sources": [source], "units": {}, **self.now()}

    def in_turn(self, request: Request) -> None:
        """Refuse who tries too often from one address."""
        wait_s = self.sign_ins.wait_s(address_of(request), now_s=time.monotonic())
        if wait_s:
            raise HTTPException(429, "too many sign-ins from this address", {"Retry-After": str(wait_s)})

    def let_in(self, request: Request, response: Response, entered: Entered) -> models.Me:
        """Give the browser its cookie, and tell who it is now."""
        request.state.entered = entered.session.principal()
        request.state.subject = f"account {entered.session.name}"
        response.set_cookie(
            self.access.cookie, entered.secret, max_age=int(self.access.entrance.terms.session_s), path="/",
            secure=self.access.settings.https, httponly=True, samesite="strict",
        )  # fmt: skip
        return self.me(request, request.state.entered, entered.session.csrf)

    def me(self, request: Request, principal: Principal, csrf: str | None) -> models.Me:
        """Who asks, and what they may call."""
        rules = request.app.state.doors.rules
        allowed = [
            name for name, one in rules.items()
            if isinstance(may(principal, one.rule, tenant=principal.tenant, zone=principal.zone), Allowed)
        ]  # fmt: skip
        now = self.now()
        return models.Me(
            name=principal.name, tenant=principal.tenant, roles=sorted(principal.roles), zones=sorted(principal.zones),
            scopes=sorted(principal.scopes), via=principal.via, csrf=csrf, may=sorted(allowed),
            at=now["at"], zone=now["zone"],
        )  # fmt: skip

    def before(self, request: Request) -> str:
        """The cookie that the browser has already."""
        return request.cookies.get(self.access.cookie, "")


def access_router(access: Access) -> APIRouter:
    """All doors of access."""
    router = APIRouter(route_class=Unrepeated, tags=["access"])
    routes = Routes(access, Buckets(access.settings.sign_ins))
    for add in (_sign_in, _sign_in_oidc, _me, _tokens, _accounts, _audit):
        add(router, routes)
    return router


def _sign_in(router: APIRouter, routes: Routes) -> None:
    """In, and out again."""
    entrance = routes.access.entrance

    @router.get("/sign-in.json", operation_id="sign_in_json")
    def ways() -> models.Ways:
        """Which ways in there are."""
        return models.Ways(password=True, oidc=routes.access.provider is not None, **routes.now())

    @router.post("/sign-in", operation_id="sign_in", responses=responses(401, 403, 413, 422, 429, 503))
    def sign_in(request: Request, response: Response, asked: models.SignIn) -> models.Me:
        """Begin a session by a name and a password; the answer sets the cookie."""
        routes.in_turn(request)
        if entrance.store.account(asked.tenant, asked.name) is not None:
            request.state.subject = f"account {asked.name} of {asked.tenant}"
        try:
            entered = entrance.sign_in(asked.name, asked.password, tenant=asked.tenant, before=routes.before(request))
        except NotLetIn as refused:
            raise HTTPException(401, str(refused)) from None
        routes.access.forget()
        return routes.let_in(request, response, entered)

    @router.post("/sign-in/once", operation_id="sign_in_once", responses=responses(401, 403, 413, 422, 429, 503))
    def sign_in_once(request: Request, response: Response, asked: models.Once) -> models.Me:
        """Begin a session by the code of a link that opens once."""
        routes.in_turn(request)
        try:
            entered = entrance.sign_in_by_link(asked.once, before=routes.before(request))
        except NotLetIn as refused:
            raise HTTPException(401, str(refused)) from None
        return routes.let_in(request, response, entered)

    @router.post("/sign-out", operation_id="sign_out", status_code=204, responses=responses(401, 403, 429, 503))
    def sign_out(request: Request, response: Response) -> None:
        """End the session of this browser."""
        entrance.sign_out(routes.before(request))
        routes.access.forget()
        response.delete_cookie(routes.access.cookie, path="/", secure=routes.access.settings.https, httponly=True,
                               samesite="strict")  # fmt: skip


def _sign_in_oidc(router: APIRouter, routes: Routes) -> None:
    """In by a provider of identities."""
    access = routes.access
    cookie = f"{access.cookie}-oidc"

    @router.get(
        OIDC_PATH, operation_id="sign_in_oidc", status_code=303, response_class=RedirectResponse,
        responses=responses(404, 429, 503),
    )  # fmt: skip
    def sign_in_oidc(request: Request) -> Response:
        """Send the browser to the provider."""
        if access.provider is None:
            raise KeyError("provider of identities; see the settings")
        routes.in_turn(request)
        address, state = access.provider.sent_to()
        answer = RedirectResponse(address, 303)
        answer.set_cookie(cookie, state, max_age=600, path="/", secure=access.settings.https, httponly=True,
                          samesite="lax")  # fmt: skip # Strict would not come back with the browser from elsewhere.
        return answer

    @router.get(
        f"{OIDC_PATH}/back", operation_id="sign_in_oidc_back", status_code=303, response_class=RedirectResponse,
        responses=responses(404, 422, 429, 503),
    )  # fmt: skip
    def sign_in_oidc_back(
        request: Request,
        state: Annotated[str, Query(max_length=200)] = "",
        code: Annotated[str, Query(max_length=4_000)] = "",
    ) -> Response:
        """Take the browser back from the provider, and begin a session."""
        if access.provider is None:
            raise KeyError("provider of identities; see the settings")
        routes.in_turn(request)
        answer = RedirectResponse("/", 303)
        answer.delete_cookie(cookie, path="/", secure=access.settings.https, httponly=True, samesite="lax")
        try:
            vouched = access.provider.came_back(state, request.cookies.get(cookie, ""), code)
        except NotLetIn:
            event = Event.by(None, "sign_in_oidc_back", OIDC_PATH, REFUSED)
            access.recorder.count(event)
            answer.headers["location"] = "/sign-in#refused"
            return answer
        except FeedError as error:
            raise HTTPException(503, "the provider of identities does not answer", {"Retry-After": "5"}) from error
        entered = access.entrance.sign_in_by_provider(vouched.principal, vouched.subject, before=routes.before(request))
        routes.let_in(request, answer, entered)
        return answer


def _me(router: APIRouter, routes: Routes) -> None:
    """One's own."""

    @router.get("/me.json", operation_id="me_json", responses=responses(429, 503))
    def me(request: Request) -> models.Me | models.Stranger:
        """Who asks, what they may call, and what a browser sends with its writes; of strangers, that they are."""
        if request.state.principal is None:
            return models.Stranger()
        session = request.state.session
        return routes.me(request, request.state.principal, session.csrf if session else None)

    @router.post("/me/password", operation_id="me_password", status_code=204,
                 responses=responses(401, 403, 413, 422, 429, 503))  # fmt: skip
    def me_password(request: Request, asked: models.NewPassword) -> None:
        """Change one's own password; all sessions of the account end."""
        routes.in_turn(request)
        principal = by_password(request)
        try:
            routes.access.entrance.change_password(principal, asked.old, asked.new)
        except NotLetIn:
            raise HTTPException(403, "the old password is not the one") from None
        routes.access.forget()


def _tokens(router: APIRouter, routes: Routes) -> None:
    """Tokens for programs."""
    entrance = routes.access.entrance

    def shown(token: Token) -> models.TokenAnswer:
        return models.TokenAnswer.of(token, routes.told, until_s=entrance.counts_until_s(token))

    @router.get("/tokens.json", operation_id="tokens_json", responses=responses(401, 403, 422, 429, 503))
    def tokens(request: Request, limit: Limit = 100, cursor: Cursor = None) -> models.TokenList:
        """Tokens, newest first: the tenant's for admins and auditors, else one's own."""
        found = [one for one in entrance.store.tokens(request.state.principal.tenant) if sees(request, one.by)]
        page, following = page_of(found, [one.id for one in found], limit, cursor)
        return models.TokenList(**routes.listed([shown(one) for one in page], following, STORE_SOURCE))

    @router.post("/tokens", operation_id="tokens_add", status_code=201,
                 responses=responses(401, 403, 413, 422, 429, 503))  # fmt: skip
    def tokens_add(request: Request, asked: models.NewToken) -> models.TokenShown:
        """Make a token; its secret is shown only now, and may do no more than who makes it."""
        wanted = TokenAsked(
            name=asked.name, roles=frozenset(asked.roles), scopes=frozenset(asked.scopes), zone=asked.zone,
            days=asked.days, bound=bound_to(asked.sites),
        )  # fmt: skip
        token, secret = entrance.new_token(in_person(request), wanted)
        request.state.subject = f"token {token.id} ({token.name})"
        return models.TokenShown(token=shown(token), secret=secret)

    @router.delete("/tokens/{id}", operation_id="tokens_revoke", status_code=204,
                   responses=responses(401, 403, 404, 422, 429, 503))  # fmt: skip
    def tokens_revoke(request: Request, id: TokenId) -> None:  # noqa: A002 - as the path says
        """End a token at once."""
        tenant = request.state.principal.tenant
        mine = any(one.id == id and sees(request, one.by, writing=True) for one in entrance.store.tokens(tenant))
        if not mine or not entrance.store.revoke_token(tenant, id, entrance.clock_s()):
            raise KeyError(f"token {id}")
        request.state.subject = f"token {id}"
        routes.access.forget()


def _accounts(router: APIRouter, routes: Routes) -> None:
    """Accounts of people."""
    entrance = routes.access.entrance

    @router.get("/accounts.json", operation_id="accounts_json", responses=responses(401, 403, 422, 429, 503))
    def accounts(request: Request, limit: Limit = 100, cursor: Cursor = None) -> models.AccountList:
        """Accounts of the tenant, by name."""
        found = entrance.store.accounts(request.state.principal.tenant)
        page, following = page_of(found, [one.name for one in found], limit, cursor)
        return models.AccountList(
            **routes.listed([models.AccountAnswer.of(one) for one in page], following, STORE_SOURCE)
        )

    @router.post("/accounts", operation_id="accounts_add", status_code=201,
                 responses=responses(401, 403, 413, 422, 429, 503))  # fmt: skip
    def accounts_add(request: Request, asked: models.NewAccount) -> models.AccountAnswer:
        """Make an account in one's own tenant."""
        request.state.subject = f"account {asked.name}"
        tenant = in_person(request).tenant
        return models.AccountAnswer.of(entrance.add_account(asked.name, asked.password, [*asked.roles], tenant=tenant))

    @router.post("/accounts/{name}", operation_id="accounts_change",
                 responses=responses(401, 403, 404, 409, 413, 422, 429, 503))  # fmt: skip
    def accounts_change(request: Request, name: Name, asked: models.ChangedAccount) -> models.AccountAnswer:
        """Give other roles, disable, or let in again; sessions end, and tokens that could do more."""
        principal = in_person(request)
        loses = asked.disabled or (asked.roles is not None and Role.ADMIN not in asked.roles)
        if name == principal.name and loses:
            raise Conflict("you would lock yourself out: ask another admin")
        found = entrance.change_account(name, tenant=principal.tenant, roles=asked.roles, disabled=asked.disabled)
        routes.access.forget()
        return models.AccountAnswer.of(found)

    @router.post("/accounts/{name}/password", operation_id="accounts_password", status_code=204,
                 responses=responses(401, 403, 404, 413, 422, 429, 503))  # fmt: skip
    def accounts_password(request: Request, name: Name, asked: models.SetPassword) -> None:
        """Set a password for somebody who lost theirs; their sessions end."""
        entrance.set_password(name, asked.password, tenant=in_person(request).tenant)
        routes.access.forget()


def _audit(router: APIRouter, routes: Routes) -> None:
    """Who did what."""
    audit = routes.access.recorder.audit

    @router.get("/audit.json", operation_id="audit_json", responses=responses(401, 403, 422, 429, 503))
    def page(request: Request, limit: Limit = 50, cursor: Number = None) -> models.AuditPage:
        """Records of the tenant, newest first, and whether the whole chain continues from its first record."""
        items = audit.page(request.state.principal.tenant, before=cursor, limit=limit)
        following = str(items[-1]["sequence"]) if len(items) == limit and items[-1]["sequence"] > 1 else None
        try:
            (number, mark), wrong = audit.verified(), None
        except InputError as broken:
            (number, mark), wrong = audit.store.head(), str(broken)
        shown = routes.listed(items, following, AUDIT_SOURCE)
        return models.AuditPage(**shown, verified=wrong is None, head=f"{number}:{mark.hex()}", problem=wrong)

    @router.get("/audit/export", operation_id="audit_export", response_class=StreamingResponse,
                responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}},
                           **responses(401, 403, 429, 503)})  # fmt: skip
    def export(request: Request) -> StreamingResponse:
        """Every record of the tenant, oldest first, a line each: its mark and its JSON."""
        request.state.subject = "audit log"
        tenant = request.state.principal.tenant

        def lines() -> Iterator[str]:
            for record in audit.lines(tenant):
                yield f"{record.mark.hex()} {record.body.decode('ascii')}\n"

        return StreamingResponse(lines(), media_type="text/plain")


def page_of(
    items: Sequence[Item], keys: Sequence[str], limit: int, cursor: str | None
) -> tuple[Sequence[Item], str | None]:
    """Those behind the one that the cursor names, and the cursor of the next page."""
    if cursor is not None and cursor not in keys:
        raise InputError.one("cursor", found=cursor, expected="the `next` of a page", remedy="begin without a cursor")
    first = keys.index(cursor) + 1 if cursor is not None else 0
    page = items[first : first + limit]
    return page, keys[first + limit - 1] if first + limit < len(items) else None


def address_of(request: Request) -> str:
    """Where a request comes from."""
    return request.client.host if request.client else ""


def in_person(request: Request) -> Principal:
    """The principal, where it is a person: a token makes no tokens, and no accounts."""
    principal: Principal = request.state.principal
    if principal.via == "token":
        raise HTTPException(403, "sign in for this: a token may not")
    return principal


def by_password(request: Request) -> Principal:
    """The principal, where it has a password here."""
    principal: Principal = request.state.principal
    if principal.via != "cookie":
        raise HTTPException(403, "there is no password here of who came in another way")
    return principal


def sees(request: Request, maker: str, *, writing: bool = False) -> bool:
    """Whether a token of a maker is shown, or may be revoked."""
    principal: Principal = request.state.principal
    over_all = Role.ADMIN in principal.roles or (not writing and Role.AUDITOR in principal.roles)
    return over_all or principal.name == maker
