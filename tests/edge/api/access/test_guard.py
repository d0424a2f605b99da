"""The guard before every door: who is let in, who is not, what a browser is told, and what stands in the log."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from fastapi import FastAPI
from tests.edge.api.access.conftest import ADDRESS, PASSWORD, Guarded, own_rules, small

from wattloom.app.access.audit import Event
from wattloom.app.access.deciding import Principal, Role, Rule, Scope, Zone
from wattloom.app.access.entering import TokenAsked
from wattloom.app.access.rates import Rate
from wattloom.domain.errors import InputError, Unavailable
from wattloom.edge.api.access import guarded
from wattloom.edge.api.access.rules import OperationRule

MARKED = "Kaninchen-hinter-dem-Mond-77"
GATEWAY = TokenAsked(
    name="gateway",
    roles=frozenset({Role.OPERATOR}),
    scopes=frozenset({Scope.TELEMETRY}),
    zone=Zone.CONTROL,
    bound=frozenset({"sites/suzhou-1"}),
)


def token(room: Guarded, asked: TokenAsked, *, tenant: str = "home") -> str:
    """A token that an admin made."""
    admin = Principal(name="admin", tenant=tenant, roles=frozenset(Role))
    return room.access.entrance.new_token(admin, asked)[1]


def reader(room: Guarded, *scopes: Scope, tenant: str = "home") -> str:
    """A token of every role with some scopes."""
    asked = TokenAsked(name="reader", roles=frozenset(Role), scopes=frozenset(scopes))
    return token(room, asked, tenant=tenant)


def test_who_has_not_signed_in_sees_the_console_and_nothing_else(room: Guarded) -> None:
    client = room.client()

    assert client.get("/").status_code == 200
    answer = client.get("/notes/7.json")
    assert (answer.status_code, answer.headers["content-type"]) == (401, "application/problem+json")
    assert answer.headers["www-authenticate"] == 'Bearer realm="wattloom"'
    assert client.get("/nothing").status_code == 404


def test_an_operation_without_a_rule_stops_the_start_and_so_does_a_rule_without_an_operation(room: Guarded) -> None:
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    rules = {**small(app), **own_rules()}
    del rules["notes_add"]
    rules["plan_nothing"] = OperationRule(rule=Rule(operation="plan_nothing", public=True))

    with pytest.raises(InputError) as caught:
        guarded(app, room.access, rules)

    assert [one.where for one in caught.value.problems] == ["operation notes_add (/notes)", "rule plan_nothing"]


def test_the_pages_that_fastapi_brings_along_need_a_rule_too(room: Guarded) -> None:
    app = FastAPI()

    with pytest.raises(InputError, match="swagger_ui_html"):
        guarded(app, room.access, {**small(app), **own_rules()})


def test_what_is_mounted_cannot_be_guarded_and_stops_the_start(room: Guarded) -> None:
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    app.mount("/other", FastAPI())

    with pytest.raises(InputError, match="a route with methods"):
        guarded(app, room.access, {**small(app), **own_rules()})


def test_somebody_signs_in_works_and_signs_out(room: Guarded) -> None:
    client = room.signed_in("operator")

    assert client.get("/notes/7.json").json() == {"id": "7", "by": "operator"}
    assert client.post("/notes", json={"text": "x"}).status_code == 201
    assert client.post("/sign-out").status_code == 204
    assert client.get("/notes/7.json").status_code == 401


def test_the_cookie_is_kept_from_scripts_and_from_other_sites(make: Callable[..., Guarded]) -> None:
    plain = make().client().post("/sign-in", json={"name": "viewer", "password": PASSWORD})
    secure = make(https=True).client().post("/sign-in", json={"name": "viewer", "password": PASSWORD})

    told = plain.headers["set-cookie"]
    assert told.startswith("wattloom=")
    assert "HttpOnly" in told
    assert "SameSite=strict" in told
    assert "Secure" not in told
    assert secure.headers["set-cookie"].startswith("__Host-wattloom=")
    assert "Secure" in secure.headers["set-cookie"]


def test_a_cookie_that_was_planted_is_worth_nothing_after_the_sign_in(room: Guarded) -> None:
    planted = room.signed_in("viewer")
    value = planted.cookies["wattloom"]

    planted.post("/sign-in", json={"name": "admin", "password": PASSWORD})

    thief = room.client()
    thief.cookies.set("wattloom", value)
    assert planted.cookies["wattloom"] != value
    assert thief.get("/me.json").json() == {"signed_in": False}


def test_a_wrong_password_is_answered_like_a_wrong_name(room: Guarded) -> None:
    answers = [
        room.client().post("/sign-in", json=body)
        for body in (
            {"name": "viewer", "password": "wrong wrong wrong"},
            {"name": "nobody", "password": PASSWORD},
            {"name": "viewer", "password": PASSWORD, "tenant": "south"},
        )
    ]

    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.json()["detail"] for answer in answers}) == 1


def test_sign_ins_from_one_address_are_slowed_down(make: Callable[..., Guarded]) -> None:
    client = make(sign_ins=Rate(per_s=0.1, burst=3)).client()

    answers = [client.post("/sign-in", json={"name": "viewer", "password": "wrong"}) for _ in range(5)]

    assert [answer.status_code for answer in answers] == [401, 401, 401, 429, 429]
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 10


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Wattloom-CSRF": ""},
        {"X-Wattloom-CSRF": "x" * 43},
        {"X-Wattloom-CSRF": "ü"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:9999"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
    ids=str,
)
def test_another_site_cannot_write_with_somebody_s_cookie(room: Guarded, headers: dict[str, str]) -> None:
    client = room.signed_in("operator")
    raw = {name: value.encode("utf-8") for name, value in headers.items()}

    answer = client.post("/notes", json={"text": "x"}, headers=raw)  # type: ignore[arg-type]

    assert (answer.status_code, answer.json()["reason"]) == (403, "csrf")


def test_the_token_of_one_session_does_not_write_in_another(room: Guarded) -> None:
    mine, other = room.signed_in("operator"), room.signed_in("admin")

    assert (
        mine.post("/notes", json={}, headers={"X-Wattloom-CSRF": other.headers["X-Wattloom-CSRF"]}).status_code == 403
    )


def test_another_site_cannot_sign_a_browser_in(room: Guarded) -> None:
    answer = room.client().post(
        "/sign-in", json={"name": "viewer", "password": PASSWORD}, headers={"Origin": "https://evil.example"}
    )

    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


def test_a_token_reads_with_its_scope_and_writes_without_the_token_of_a_page(room: Guarded) -> None:
    client = room.client(Authorization=f"Bearer {reader(room, Scope.READ)}")
    writer = room.client(Authorization=f"Bearer {reader(room, Scope.OPERATE)}")

    assert client.get("/notes/7.json").json()["by"] == "admin/reader"
    assert client.post("/notes", json={}).json()["reason"] == "scope"
    assert writer.post("/notes", json={}).status_code == 201


@pytest.mark.parametrize(
    "shown", ["Bearer wl_x", "Bearer", "Basic YTpi", "bearer  ", "Bearer \x00", "Digest x"], ids=repr
)
def test_what_is_no_token_of_ours_is_nobody_also_beside_a_good_cookie(room: Guarded, shown: str) -> None:
    assert room.signed_in("admin").get("/notes/7.json", headers={"Authorization": shown}).status_code == 401


def test_the_value_of_a_cookie_is_no_token(room: Guarded) -> None:
    value = room.signed_in("admin").cookies["wattloom"]

    assert room.client(Authorization=f"Bearer {value}").get("/notes/7.json").status_code == 401


def test_a_revoked_token_and_one_that_ended_are_refused_at_once(room: Guarded) -> None:
    admin, secret = room.signed_in("admin"), reader(room, Scope.READ)
    client = room.client(Authorization=f"Bearer {secret}")
    assert client.get("/notes/7.json").status_code == 200

    (one,) = admin.get("/tokens.json").json()["items"]
    assert admin.delete(f"/tokens/{one['id']}").status_code == 204

    assert client.get("/notes/7.json").status_code == 401
    ended = room.client(Authorization=f"Bearer {reader(room, Scope.READ)}")
    room.now_s += 91 * 86_400
    assert ended.get("/notes/7.json").status_code == 401


def test_measurements_come_from_the_control_zone_alone(room: Guarded) -> None:
    gateway = room.client(Authorization=f"Bearer {token(room, GATEWAY)}")

    assert gateway.post("/telemetry", content=b"123").json() == {"bytes": 3}
    assert gateway.get("/notes/7.json").json()["reason"] == "zone"
    assert room.signed_in("admin").post("/telemetry", content=b"123").json()["reason"] == "zone"


def test_a_gateway_s_token_counts_only_from_the_networks_that_were_told(make: Callable[..., Guarded]) -> None:
    room = make(control_networks=frozenset({"10.9.0.0/30"}))
    shown = {"Authorization": f"Bearer {token(room, GATEWAY)}"}
    inside, office = room.client(address="10.9.0.2", **shown), room.client(address="10.8.0.2", **shown)

    assert inside.post("/telemetry", content=b"123").status_code == 202
    assert office.post("/telemetry", content=b"123").json()["reason"] == "zone"


@pytest.mark.parametrize(
    ("address", "zone"),
    [("10.9.0.2", Zone.CONTROL), ("10.9.0.4", Zone.MANAGEMENT), ("::1", Zone.MANAGEMENT), ("", Zone.MANAGEMENT)],
)
def test_the_address_says_from_which_zone_a_call_comes(make: Callable[..., Guarded], address: str, zone: Zone) -> None:
    settings = make(control_networks=frozenset({"10.9.0.0/30"})).access.settings

    assert {settings.zone(address, believed) for believed in Zone} == {zone}


def test_another_tenant_s_rooms_are_not_there(room: Guarded) -> None:
    client = room.signed_in("admin", tenant="north")

    assert client.get("/me.json").json()["tenant"] == "north"
    assert client.get("/notes/7.json", headers={"X-Wattloom-Tenant": "home"}).status_code == 404
    assert client.get("/notes/7.json", headers={"X-Wattloom-Tenant": "north"}).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8320", "127.0.0.1.evil.example", "", "[::1"])
def test_asked_by_another_name_it_does_not_answer(room: Guarded, host: str) -> None:
    assert room.client().get("/", headers={"Host": host}).status_code == 421


@pytest.mark.parametrize("host", ["127.0.0.1:8320", "localhost", "LOCALHOST:1", "[::1]:8320", "[::1]"])
def test_asked_by_its_names_it_answers(room: Guarded, host: str) -> None:
    assert room.client().get("/", headers={"Host": host}).status_code == 200


def test_every_answer_tells_browsers_what_to_refuse(room: Guarded) -> None:
    client = room.signed_in("viewer")
    answers = [client.get("/"), client.get("/me.json"), client.get("/nothing"), room.client().get("/me.json"),
               client.post("/notes", json={}), client.post("/fall")]  # fmt: skip

    for answer in answers:
        policy = answer.headers["content-security-policy"]
        assert "script-src 'self';" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert "strict-transport-security" not in answer.headers
        assert answer.headers["cache-control"] == "no-store", "nobody on the way keeps it for somebody else"


def test_a_report_with_scripts_of_its_own_has_no_origin_of_ours(room: Guarded) -> None:
    policy = room.signed_in("viewer").get("/notes/7.json").headers["content-security-policy"]

    assert policy.startswith("sandbox allow-scripts")
    assert "allow-same-origin" not in policy
    assert "connect-src" not in policy


def test_over_https_browsers_are_asked_to_stay_there(make: Callable[..., Guarded]) -> None:
    assert "max-age=31536000" in make(https=True).client().get("/").headers["strict-transport-security"]


def test_too_many_requests_wait_each_principal_for_itself(make: Callable[..., Guarded]) -> None:
    room = make(per_principal=Rate(per_s=0.5, burst=3))
    hasty, calm = room.signed_in("viewer"), room.signed_in("auditor")

    answers = [hasty.get("/me.json") for _ in range(5)]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
    assert answers[-1].headers["retry-after"] == "2"
    assert calm.get("/me.json").status_code == 200


def test_an_address_that_floods_is_sent_away_before_anybody_is_looked_up(make: Callable[..., Guarded]) -> None:
    client = make(per_address=Rate(per_s=0.1, burst=4)).client()

    assert [client.get("/").status_code for _ in range(6)] == [200] * 4 + [429] * 2


async def dripping(body: bytes) -> AsyncIterator[bytes]:
    """A body that does not say how long it is."""
    yield body


def test_a_stranger_s_body_is_not_read_where_it_is_long(room: Guarded) -> None:
    long = b"x" * 70_000

    assert room.client().post("/sign-in", content=long).status_code == 413
    assert room.client().post("/sign-in", content=dripping(long)).status_code == 413
    assert room.client().post("/sign-in", headers={"Content-Length": "many"}).status_code == 413


def test_every_write_and_every_refusal_stands_in_the_log(room: Guarded) -> None:
    operator, viewer = room.signed_in("operator"), room.signed_in("viewer")
    operator.post("/notes", json={"text": "x"})
    viewer.post("/notes", json={"text": "x"})
    viewer.get("/notes/7.json")
    for _ in range(3):
        room.client().get("/notes/7.json")

    told = [(one.get("who", ""), one["operation"], one["outcome"], one.get("why", ""), one["times"])
            for one in room.records()]  # fmt: skip

    assert told == [
        ("operator", "sign_in", "done", "", 1),
        ("viewer", "sign_in", "done", "", 1),
        ("operator", "notes_add", "done", "", 1),
        ("viewer", "notes_add", "refused", "role", 1),
        ("", "note_json", "refused", "sign in", 1),
        ("", "note_json", "refused", "sign in", 2),
    ]


def test_a_record_tells_who_when_where_from_and_what(room: Guarded) -> None:
    room.signed_in("operator").post("/notes", json={"text": "x"})

    one = room.records()[-1]

    assert (one["subject"], one["status"], one["via"], one["zone"], one["address"]) == (
        "note 7", 201, "cookie", "management", "127.0.0.1",
    )  # fmt: skip
    assert abs((datetime.fromisoformat(one["at"]) - datetime.now(tz=UTC)).total_seconds()) < 60


def test_what_falls_over_is_written_down_and_tells_nothing_of_its_inside(room: Guarded) -> None:
    answer = room.signed_in("operator").post("/fall")

    assert (answer.status_code, PASSWORD in answer.text) == (500, False)
    one = room.records()[-1]
    assert (one["operation"], one["outcome"], one["status"]) == ("fall", "failed", 500)


def test_what_cannot_be_written_down_is_not_answered(room: Guarded, monkeypatch: pytest.MonkeyPatch) -> None:
    client, keep = room.signed_in("operator"), room.access.recorder.audit.keep

    def full(events: Any) -> int:
        raise Unavailable("no space left")

    monkeypatch.setattr(room.access.recorder.audit, "keep", full)
    refused = [client.post("/notes", json={"text": str(k)}) for k in range(2)]
    monkeypatch.setattr(room.access.recorder.audit, "keep", keep)
    room.access.recorder.keep([]).result(timeout=5)
    again = client.post("/notes", json={})

    assert [answer.status_code for answer in refused] == [503, 503]
    assert refused[0].headers["retry-after"] == "1"
    assert again.status_code == 201
    told = [(one["operation"], one["outcome"], one.get("why")) for one in room.records()[1:]]
    assert told == [
        ("notes_add", "done", None),  # The first was done before the disk was found full: it is owed, and not answered.
        ("notes_add", "refused", "audit"),
        ("notes_add", "done", None),
        ("notes_add", "refused", "audit"),
    ]


def test_many_writes_at_once_share_a_wait_for_the_disk_and_none_is_lost(room: Guarded) -> None:
    recorder = room.access.recorder
    principal = Principal(name="wu", tenant="home", roles=frozenset({Role.VIEWER}))
    waits = [recorder.keep([Event.by(principal, "x", str(k), "done")]) for k in range(300)]
    for one in waits:
        one.result(timeout=10)

    assert recorder.audit.verified()[0] == 300
    assert [one["subject"] for one in room.records()[-3:]] == ["297", "298", "299"]


def test_no_secret_stands_in_a_log_an_answer_or_an_audit_row(
    room: Guarded, caplog: pytest.LogCaptureFixture, tmp_path: Any
) -> None:
    caplog.set_level(logging.DEBUG)
    room.access.entrance.add_account("wu", MARKED, ["admin"])
    client = room.client()
    told = [
        client.post("/sign-in", json={"name": "wu", "password": f"{MARKED}-wrong"}),
        client.post("/sign-in", json={"password": MARKED}),
        client.post("/sign-in", json={"name": "wu", "password": MARKED * 20}),
        client.post("/sign-in", json={"name": MARKED, "password": MARKED}),
        client.post("/sign-in", content=f'{{"password": "{MARKED}"'),
        client.post("/sign-in", json=[MARKED]),
        client.post("/sign-in", content=MARKED),
    ]
    entered = client.post("/sign-in", json={"name": "wu", "password": MARKED})
    client.headers["X-Wattloom-CSRF"] = entered.json()["csrf"]
    made = client.post("/tokens", json={"name": "x", "roles": ["viewer"], "scopes": ["read"]})
    secrets = [MARKED, client.cookies["wattloom"], made.json()["secret"]]
    bearer = {"Authorization": f"Bearer {secrets[2]}"}
    told += [
        client.post("/me/password", json={"old": MARKED, "new": MARKED[:5]}),
        client.post("/me/password", json={"old": f"{MARKED}x", "new": f"{MARKED}-new"}),
        client.post("/accounts", json={"name": "li", "password": MARKED, "roles": ["viewer"], "more": MARKED}),
        client.get("/tokens.json"), client.get("/accounts.json"), client.get("/me.json"), client.get("/audit.json"),
        room.client().get("/notes/7.json", headers=bearer), room.client().post("/notes", json={}, headers=bearer),
        room.client().get(f"/notes/7.json?token={secrets[2]}"),
    ]  # fmt: skip

    logged = "".join(
        one.getMessage() for one in caplog.records if one.name != "httpx"
    )  # The client's own is no log of ours.
    records = repr(room.records()).encode()
    lying = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    places = {"answers": b"".join(answer.content for answer in told), "log": logged.encode(), "audit": records,
              "disk": lying}  # fmt: skip
    leaks = [
        (where, k) for where, text in places.items() for k, secret in enumerate(secrets) if secret.encode() in text
    ]

    assert {answer.status_code for answer in told[:7]} <= {400, 401, 422}
    assert b"wu" in records
    assert leaks == []


def test_the_audit_page_verifies_the_chain_and_says_when_it_is_broken(room: Guarded) -> None:
    auditor = room.signed_in("auditor")
    for _ in range(3):
        room.signed_in("operator").post("/notes", json={})

    whole = auditor.get("/audit.json?limit=2").json()
    older = auditor.get(f"/audit.json?limit=50&cursor={whole['next']}").json()
    room.access.recorder.audit.store._tables.run("UPDATE audit SET body = ? WHERE sequence = 2", (b"{}",))  # type: ignore[attr-defined]
    room.access.recorder.audit._verified = (0, bytes(32))
    broken = auditor.get("/audit.json").json()

    assert (whole["verified"], whole["problem"], len(whole["items"]), len(older["items"])) == (True, None, 2, 5)
    assert whole["head"].split(":")[0] == "7"
    assert broken["verified"] is False
    assert "record 2" in broken["problem"]


def test_the_log_is_exported_a_line_a_record_and_each_tenant_sees_its_own(room: Guarded) -> None:
    home, north = room.signed_in("auditor"), room.signed_in("auditor", tenant="north")

    lines = home.get("/audit/export").text.splitlines()

    assert all(len(line.split(" ", 1)[0]) == 64 for line in lines)
    assert {one["tenant"] for one in north.get("/audit.json").json()["items"]} == {"north"}
    assert "north" not in "".join(lines)
    assert room.signed_in("viewer").get("/audit.json").status_code == 403


def test_an_admin_makes_changes_and_disables_accounts_of_their_tenant_alone(room: Guarded) -> None:
    admin, north = room.signed_in("admin"), room.signed_in("admin", tenant="north")
    made = admin.post("/accounts", json={"name": "li", "password": PASSWORD, "roles": ["viewer"]})
    client = room.client()
    client.post("/sign-in", json={"name": "li", "password": PASSWORD})

    assert made.json() == {"name": "li", "tenant": "home", "roles": ["viewer"], "disabled": False, "failures": 0}
    assert client.get("/me.json").status_code == 200
    assert north.post("/accounts/li", json={"disabled": True}).status_code == 404
    assert north.post("/accounts/li/password", json={"password": PASSWORD}).status_code == 404
    assert admin.post("/accounts/li", json={"disabled": True}).json()["disabled"] is True
    assert client.get("/me.json").json() == {"signed_in": False}
    assert admin.post("/accounts", json={"name": "li", "password": PASSWORD, "roles": ["viewer"]}).status_code == 422
    assert "li" not in [one["name"] for one in north.get("/accounts.json").json()["items"]]


def test_an_admin_cannot_lock_themselves_out(room: Guarded) -> None:
    admin = room.signed_in("admin")

    assert admin.post("/accounts/admin", json={"disabled": True}).status_code == 409
    assert admin.post("/accounts/admin", json={"roles": ["viewer"]}).status_code == 409


def test_nobody_raises_themselves_by_a_token(room: Guarded) -> None:
    viewer = room.signed_in("viewer")
    asked = {"name": "x", "roles": ["admin"], "scopes": ["admin"]}

    assert viewer.post("/tokens", json=asked).status_code == 422
    assert viewer.post("/accounts", json={"name": "li", "password": PASSWORD, "roles": ["admin"]}).status_code == 403
    by_token = room.client(Authorization=f"Bearer {reader(room, Scope.READ, Scope.ADMIN)}")
    assert by_token.post("/tokens", json={**asked, "roles": ["viewer"], "scopes": ["read"]}).status_code == 403
    assert by_token.post("/accounts", json={"name": "li", "password": PASSWORD, "roles": ["admin"]}).status_code == 403


def test_tokens_are_seen_and_revoked_by_who_made_them_and_by_admins(room: Guarded) -> None:
    viewer, other, admin = room.signed_in("viewer"), room.signed_in("planner"), room.signed_in("admin")
    made = viewer.post("/tokens", json={"name": "x", "roles": ["viewer"], "scopes": ["read"]}).json()["token"]

    assert [len(one.get("/tokens.json").json()["items"]) for one in (viewer, other, admin)] == [1, 0, 1]
    assert other.delete(f"/tokens/{made['id']}").status_code == 404
    assert room.signed_in("admin", tenant="north").delete(f"/tokens/{made['id']}").status_code == 404
    assert admin.delete(f"/tokens/{made['id']}").status_code == 204
    assert viewer.delete(f"/tokens/{made['id']}").status_code == 404


def test_lists_are_read_page_by_page(room: Guarded) -> None:
    admin, names, cursor = room.signed_in("admin"), list[str](), ""
    while cursor is not None:
        page = admin.get(f"/accounts.json?limit=4{cursor and f'&cursor={cursor}'}").json()
        names += [one["name"] for one in page["items"]]
        cursor = page["next"]

    assert names == ["admin", "auditor", "operator", "planner", "trader", "viewer"]
    assert admin.get("/accounts.json?cursor=nobody").status_code == 422


def test_a_password_is_changed_by_who_knows_the_old_one(room: Guarded) -> None:
    client = room.signed_in("viewer")
    new = "the river walks by a horse"

    assert client.post("/me/password", json={"old": "wrong", "new": new}).status_code == 403
    assert client.post("/me/password", json={"old": PASSWORD, "new": new}).status_code == 204
    assert client.get("/me.json").json() == {"signed_in": False}
    assert room.client().post("/sign-in", json={"name": "viewer", "password": new}).status_code == 200


def test_the_link_of_the_demonstration_opens_once(room: Guarded) -> None:
    passwords, link = room.access.demo()
    code = link.partition("#once=")[2]

    first, second = (room.client().post("/sign-in/once", json={"once": code}) for _ in range(2))

    assert set(passwords) == {"viewer", "operator", "admin"}
    assert (first.status_code, first.json()["name"], second.status_code) == (200, "admin", 401)
    assert (
        room.client().post("/sign-in", json={"name": "operator", "password": passwords["operator"]}).status_code == 200
    )


def test_me_tells_what_one_may_call(room: Guarded) -> None:
    viewer, operator = (room.signed_in(name).get("/me.json").json() for name in ("viewer", "operator"))

    assert "notes_add" not in viewer["may"]
    assert "notes_add" in operator["may"]
    assert "telemetry_offer" not in operator["may"]
    assert (viewer["via"], viewer["zones"]) == ("cookie", ["management"])
    assert datetime.fromisoformat(viewer["at"]).tzinfo is not None


def test_nothing_but_http_comes_in(room: Guarded) -> None:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        return {"type": "websocket.connect"}

    scope = {"type": "websocket", "path": "/", "headers": [], "query_string": b"", "scheme": "ws"}
    room.runner.run(room.app(scope, receive, send))

    assert sent == [{"type": "websocket.close", "code": 1008}]


def test_who_signs_out_hears_no_more_of_a_stream(room: Guarded, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wattloom.edge.api.access.guard.LOOKED_AGAIN_S", -1.0)
    client = room.signed_in("viewer")
    assert client.get("/stream").content == b"ab"

    answers = iter([room.access.known(client.cookies["wattloom"])])  # Known as it begins, and not any more after that.
    monkeypatch.setattr(room.access, "remembered", lambda _: next(answers, None))
    monkeypatch.setattr(room.access, "known", lambda _: None)

    assert client.get("/stream").content == b""


def test_who_starts_a_server_without_accounts_comes_in_first_and_nobody_after(make: Callable[..., Guarded]) -> None:
    room = make()
    for tenant in ("home", "north"):
        room.access.entrance.store._tables.run("DELETE FROM accounts WHERE tenant = ?", (tenant,))  # type: ignore[attr-defined]

    link, again = room.access.first(), room.access.first()

    assert link.startswith(f"{ADDRESS}/sign-in#once=")
    assert again == ""
    answer = room.client().post("/sign-in/once", json={"once": link.partition("#once=")[2]})
    assert (answer.json()["name"], answer.json()["roles"]) == ("admin", ["admin"])
