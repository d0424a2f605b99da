"""Accounts, sessions, tokens, links and the audit log: the same promises on SQLite and on a real PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from tests.postgres_server import MISSING, Server, programs, running

from wattloom.app.access.accounts import Account, Link, Session, Token
from wattloom.app.access.audit import Audit, Event, audit_verify
from wattloom.app.access.deciding import Principal, Role, Scope, Zone
from wattloom.app.access.entering import Entrance, NotLetIn, Terms, TokenAsked
from wattloom.app.access.secrets import Passwords
from wattloom.domain.errors import InputError
from wattloom.edge.store.accounts import STEPS, Accounts
from wattloom.edge.store.audit import AuditLog
from wattloom.edge.store.tables import tables

WU = Account(name="wu", roles=frozenset({Role.VIEWER, Role.OPERATOR}), password="$argon2id$…")  # noqa: S106 - of a test
SESSION = Session(
    key="5e", name="wu", tenant="home", roles=WU.roles, via="cookie", csrf="c", began_s=1_000.25, seen_s=1_000.5
)
TOKEN = Token(
    id="t1", key="7a", name="nightly", by="wu", tenant="home", roles=frozenset({Role.VIEWER}),
    scopes=frozenset({Scope.READ, Scope.PLAN}), made_s=1_000.0, ends_s=2_000.0,
)  # fmt: skip
QUICK = Passwords(memory_kib=64, passes=1, lanes=1)
RIGHT, WRONG = "a horse walks by the river", "a river walks by the horse"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A PostgreSQL for the tests of this file."""
    if programs() is None:
        pytest.skip(MISSING)
    with running() as started:
        yield started


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Path | str:
    """Where a test's store lies."""
    if request.param == "sqlite":
        return tmp_path / "access.sqlite"
    url: str = request.getfixturevalue("server").url
    with psycopg.connect(url, autocommit=True) as base:
        base.execute("DROP SCHEMA IF EXISTS wattloom_server CASCADE")
    return url


@pytest.fixture
def store(place: Path | str) -> Iterator[Accounts]:
    """A store of its own."""
    with Accounts(place) as opened:
        yield opened


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        """Begin somewhere."""
        self.now_s = 1_000_000.0

    def __call__(self) -> float:
        """What it shows."""
        return self.now_s


@pytest.fixture
def entrance(store: Accounts) -> Entrance:
    """An entrance with one account."""
    entrance = Entrance(store, Clock(), QUICK)
    entrance.add_account("wu", RIGHT, ["viewer", "operator"])
    return entrance


def after(entrance: Entrance, seconds: float) -> None:
    """Let time pass."""
    entrance.clock_s.now_s += seconds  # type: ignore[attr-defined]


def test_everything_is_there_after_a_restart(place: Path | str) -> None:
    with Accounts(place) as store:
        store.add_account(WU)
        store.add_session(SESSION)
        store.add_token(TOKEN)
        store.add_token(
            replace(TOKEN, id="t2", key="7b", zone=Zone.CONTROL, scopes=frozenset({Scope.ADVICE}), made_s=1_500,
                    bound=frozenset({"sites/suzhou-1", "regions/jiangsu"}))
        )  # fmt: skip

    with Accounts(place) as store:
        assert store.account("home", "wu") == WU
        assert store.session("5e") == SESSION
        assert store.token("7a") == TOKEN
        assert [(one.id, one.zone) for one in store.tokens("home")] == [("t2", Zone.CONTROL), ("t1", Zone.MANAGEMENT)]
        gateway = store.token("7b")
        assert gateway is not None
        assert gateway.bound == {"sites/suzhou-1", "regions/jiangsu"}


def test_a_token_of_a_release_that_knew_no_sites_speaks_for_none(tmp_path: Path) -> None:
    place = tmp_path / "access.sqlite"
    before = tables(place, "access", {1: STEPS[1]})
    values = ("t1", "7a", "g", "wu", "home", "operator", "control", "telemetry", 1.0, 9.0, None)
    before.run("INSERT INTO tokens VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", values)
    before.close()

    with Accounts(place) as store:
        token = store.token("7a")

    assert token is not None
    assert not token.principal().speaks_for("sites", "suzhou-1")


def test_one_name_is_one_account_of_a_tenant_and_another_of_the_next(store: Accounts) -> None:
    assert store.add_account(WU)
    assert not store.add_account(replace(WU, roles=frozenset({Role.ADMIN})))
    assert store.add_account(replace(WU, tenant="north"))

    assert store.account("home", "wu") == WU
    assert [one.tenant for one in store.accounts("north")] == ["north"]
    assert store.account("south", "wu") is None


def test_tokens_are_revoked_by_their_own_tenant_alone_and_once(store: Accounts) -> None:
    store.add_token(TOKEN)

    assert not store.revoke_token("north", "t1", 1_200.0)
    assert store.revoke_token("home", "t1", 1_200.0)
    assert not store.revoke_token("home", "t1", 1_300.0)
    assert store.token("7a") == replace(TOKEN, revoked_s=1_200.0)


def test_a_link_is_taken_by_one_of_many(store: Accounts) -> None:
    store.add_link(Link(key="1", name="wu", tenant="home", ends_s=5.0))

    with ThreadPoolExecutor(8) as hands:
        taken = list(hands.map(lambda _: store.take_link("1"), range(20)))

    assert [one for one in taken if one] == [Link(key="1", name="wu", tenant="home", ends_s=5.0)]


def test_of_many_wrong_passwords_at_once_few_are_looked_at(store: Accounts) -> None:
    store.add_account(WU)

    with ThreadPoolExecutor(8) as hands:
        tries = list(
            hands.map(lambda _: store.attempt("home", "wu", at_s=100.0, free=5, hold_s=1.0), range(50))
        )  # fmt: skip

    assert sorted(one for one in tries if one is not None) == [1, 2, 3, 4, 5, 6]  # five free, and the one that holds


def test_what_ended_is_forgotten_and_what_did_not_stays(store: Accounts) -> None:
    store.add_session(SESSION)
    store.add_session(replace(SESSION, key="5f", began_s=9_000.0, seen_s=9_500.0))
    store.add_token(TOKEN)

    assert store.forget(sessions_idle_before_s=9_000.0, sessions_began_before_s=0.0, ended_before_s=2_000.0) == 1
    assert (store.session("5e"), store.session("5f") is not None, store.token("7a")) == (None, True, TOKEN)


def test_somebody_comes_in_by_name_and_password_and_goes_again(entrance: Entrance) -> None:
    entered = entrance.sign_in("wu", RIGHT)
    found = entrance.session(entered.secret)

    assert found is not None
    assert found.principal().roles == {Role.VIEWER, Role.OPERATOR}
    entrance.sign_out(entered.secret)
    assert entrance.session(entered.secret) is None


@pytest.mark.parametrize(
    ("name", "password", "tenant"),
    [("wu", WRONG, "home"), ("li", RIGHT, "home"), ("wu", RIGHT, "north"), ("wu", "", "home"), ("", "", "")],
    ids=["password", "name", "tenant", "nothing", "all empty"],
)
def test_who_is_not_let_in_is_told_the_same_whatever_was_wrong(
    entrance: Entrance, name: str, password: str, tenant: str
) -> None:
    with pytest.raises(NotLetIn) as caught:
        entrance.sign_in(name, password, tenant=tenant)

    assert str(caught.value) == str(NotLetIn())


def test_after_five_wrong_passwords_the_right_one_waits_too(entrance: Entrance) -> None:
    for _ in range(6):
        with pytest.raises(NotLetIn):
            entrance.sign_in("wu", WRONG)
    with pytest.raises(NotLetIn):
        entrance.sign_in("wu", RIGHT)

    after(entrance, 1.0)

    assert entrance.sign_in("wu", RIGHT).session.name == "wu"
    assert entrance.store.account("home", "wu").failures == 0  # type: ignore[union-attr]


def test_the_wait_doubles_with_each_wrong_password_up_to_a_quarter_of_an_hour(entrance: Entrance) -> None:
    waits = []
    for _ in range(20):
        with pytest.raises(NotLetIn):
            entrance.sign_in("wu", WRONG)
        until_s = entrance.store.account("home", "wu").wait_until_s  # type: ignore[union-attr]
        waits.append(max(0.0, until_s - entrance.clock_s()))
        after(entrance, waits[-1])

    assert waits[:9] == [0, 0, 0, 0, 0, 1, 2, 4, 8]
    assert waits[-1] == 900


def test_a_session_ends_when_nobody_uses_it_and_after_a_shift_in_any_case(entrance: Entrance) -> None:
    idle, used = entrance.sign_in("wu", RIGHT).secret, entrance.sign_in("wu", RIGHT).secret
    for _ in range(24):  # Twelve hours, used every half hour.
        after(entrance, 1_800.0)
        assert entrance.session(used) is not None

    after(entrance, 1.0)

    assert (entrance.session(idle), entrance.session(used)) == (None, None)


def test_a_new_sign_in_ends_the_session_that_the_browser_had(entrance: Entrance) -> None:
    planted = entrance.sign_in("wu", RIGHT).secret

    mine = entrance.sign_in("wu", RIGHT, before=planted).secret

    assert (entrance.session(planted), entrance.session(mine) is not None, planted == mine) == (None, True, False)


def test_a_new_password_and_a_new_role_end_what_was_open(entrance: Entrance) -> None:
    first = entrance.sign_in("wu", RIGHT)
    entrance.change_password(first.session.principal(), RIGHT, "the river walks by a horse")
    with pytest.raises(NotLetIn):
        entrance.sign_in("wu", RIGHT)
    second = entrance.sign_in("wu", "the river walks by a horse")
    entrance.change_account("wu", tenant="home", roles=["viewer"])

    assert (entrance.session(first.secret), entrance.session(second.secret)) == (None, None)


def test_a_name_that_is_not_there_costs_the_disk_as_much_as_one_that_is(entrance: Entrance) -> None:
    """A failure is written down before the answer: else the clock would tell which names there are (by 4 ms)."""
    tries = "SELECT tries FROM strangers"
    for name in ("nobody", "wu", "nobody"):
        with pytest.raises(NotLetIn):
            entrance.sign_in(name, WRONG)

    assert entrance.store._run(tries, ()) == [(2,)]  # type: ignore[attr-defined]
    assert entrance.store.account("home", "wu").failures == 1  # type: ignore[union-attr]


def test_a_disabled_account_is_shut_out_with_all_its_tokens(entrance: Entrance) -> None:
    session = entrance.sign_in("wu", RIGHT)
    asked = TokenAsked(name="nightly", roles=frozenset({Role.VIEWER}), scopes=frozenset({Scope.READ}))
    _, token = entrance.new_token(session.session.principal(), asked)
    link = entrance.new_link("wu")

    entrance.change_account("wu", tenant="home", disabled=True)

    assert (entrance.session(session.secret), entrance.token(token)) == (None, None)
    for enter in (lambda: entrance.sign_in("wu", RIGHT), lambda: entrance.sign_in_by_link(link)):
        with pytest.raises(NotLetIn):
            enter()


def test_a_token_of_somebody_of_a_provider_counts_while_they_come_in(entrance: Entrance) -> None:
    li = Principal(name="li.na", tenant="home", roles=frozenset({Role.VIEWER, Role.OPERATOR}), via="oidc")
    asked = TokenAsked(name="report", roles=frozenset({Role.OPERATOR}), scopes=frozenset({Scope.READ}), days=50)
    entrance.sign_in_by_provider(li, "subject 1")
    token, secret = entrance.new_token(li, asked)
    begun_s = entrance.clock_s()

    after(entrance, 29 * 86_400)
    assert entrance.token(secret) is not None
    after(entrance, 1 * 86_400)
    assert entrance.token(secret) is None, "thirty days after they last came in"
    entrance.sign_in_by_provider(li, "subject 1")
    assert entrance.token(secret) is not None
    assert entrance.counts_until_s(token) == begun_s + 50 * 86_400, "its own end stays"
    entrance.sign_in_by_provider(replace(li, roles=frozenset({Role.VIEWER})), "subject 1")
    assert entrance.token(secret) is None, "an operator's token of one who is none any more"


def test_a_name_that_becomes_an_account_s_revives_no_token_of_a_provider_s(entrance: Entrance) -> None:
    li = Principal(name="li.na", tenant="home", roles=frozenset({Role.VIEWER}), via="oidc")
    asked = TokenAsked(name="report", roles=frozenset({Role.VIEWER}), scopes=frozenset({Scope.READ}))
    entrance.sign_in_by_provider(li, "subject 1")
    _, secret = entrance.new_token(li, asked)

    entrance.add_account("li.na", RIGHT, ["admin"])
    entrance.sign_in_by_provider(li, "subject 1")
    after(entrance, 31 * 86_400)

    assert entrance.token(secret) is None


def test_tokens_of_an_older_release_are_a_provider_s_where_no_account_made_them(tmp_path: Path) -> None:
    place = tmp_path / "access.sqlite"
    before = tables(place, "access", {number: STEPS[number] for number in (1, 2, 3)})
    before.run("INSERT INTO accounts VALUES ('home', 'wu', 'viewer', 'x', 0, 0, 0)")
    for key, by in (("7a", "wu"), ("7b", "li.na")):
        values = (key, key, "g", by, "home", "viewer", "management", "read", 1.0, 9.0, None, "")
        before.run("INSERT INTO tokens VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", values)
    before.close()

    with Accounts(place) as store:
        found = {token.by: token for token in store.tokens("home")}
        entrance = Entrance(store, lambda: 2.0, QUICK)

        assert {by: token.made_via for by, token in found.items()} == {"wu": "cookie", "li.na": "oidc"}
        assert {by: entrance.counts_until_s(token) for by, token in found.items()} == {"wu": 9.0, "li.na": 1.0}


def test_a_token_ends_in_its_time(entrance: Entrance) -> None:
    maker = entrance.sign_in("wu", RIGHT).session.principal()
    asked = TokenAsked(name="nightly", roles=frozenset({Role.VIEWER}), scopes=frozenset({Scope.READ}), days=1.0)
    token, secret = entrance.new_token(maker, asked)

    assert secret.startswith("wl_")
    assert entrance.token(secret) == token
    assert entrance.token(secret[:-1]) is None
    after(entrance, 86_400.0)
    assert entrance.token(secret) is None


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        ({"roles": frozenset({Role.ADMIN})}, "roles"),
        ({"roles": frozenset[Role]()}, "roles"),
        ({"days": 400.0}, "days"),
        ({"days": float("nan")}, "days"),
        ({"scopes": frozenset({Scope.ADVICE})}, "scopes"),
        ({"scopes": frozenset[Scope]()}, "scopes"),
        ({"zone": Zone.CONTROL, "scopes": frozenset({Scope.ADVICE})}, "zone"),
        ({"zone": Zone.CONTROL, "scopes": frozenset({Scope.ADVICE, Scope.READ})}, "scopes"),
        ({"zone": Zone.CONTROL, "scopes": frozenset({Scope.ADVICE})}, "sites"),
        ({"bound": frozenset({"sites/a"})}, "sites"),
    ],
)
def test_a_token_may_do_no_more_than_who_makes_it(entrance: Entrance, wrong: dict[str, Any], where: str) -> None:
    asked = TokenAsked(name="nightly", roles=frozenset({Role.VIEWER}), scopes=frozenset({Scope.READ}))

    with pytest.raises(InputError, match=f"token, {where}"):
        entrance.new_token(entrance.sign_in("wu", RIGHT).session.principal(), replace(asked, **wrong))


def test_a_link_lets_one_in_once_and_in_its_time(entrance: Entrance) -> None:
    first, second = entrance.new_link("wu"), entrance.new_link("wu")

    assert entrance.sign_in_by_link(first).session.name == "wu"
    after(entrance, Terms().link_s)
    for link in (first, second, "nothing"):
        with pytest.raises(NotLetIn):
            entrance.sign_in_by_link(link)


def test_no_secret_lies_in_the_file(tmp_path: Path) -> None:
    with Accounts(tmp_path / "access.sqlite") as store:
        entrance = Entrance(store, Clock(), QUICK)
        entrance.add_account("wu", RIGHT, ["admin"])
        entered, link = entrance.sign_in("wu", RIGHT), entrance.new_link("wu")
        asked = TokenAsked(name="x", roles=frozenset({Role.ADMIN}), scopes=frozenset({Scope.READ}))
        _, token = entrance.new_token(entered.session.principal(), asked)
        lying = b"".join(path.read_bytes() for path in tmp_path.iterdir())

    assert b"nightly" not in lying
    assert b"$argon2id$" in lying
    assert [secret for secret in (RIGHT, entered.secret, link, token) if secret.encode() in lying] == []


def test_the_log_goes_on_where_it_stood_and_two_may_write(place: Path | str) -> None:
    def at() -> datetime:
        return datetime(2026, 11, 1, tzinfo=UTC)

    def event(k: int, tenant: str) -> Event:
        return Event(
            who="wu", tenant=tenant, via="cookie", zone="management", operation="x", subject=str(k), outcome="done"
        )

    with AuditLog(place) as one, AuditLog(place) as other:
        with ThreadPoolExecutor(4) as hands:
            for log in (one, other):
                hands.map(lambda k, log=log: Audit(log, at).keep([event(k, "home"), event(k, "north")]), range(20))
        sequence, mark = audit_verify(one)

    with AuditLog(place) as again:
        audit = Audit(again, at)
        assert (sequence, audit.verified()) == (80, (80, mark))
        assert {record["tenant"] for record in audit.page("north", limit=500)} == {"north"}
        assert [record["sequence"] for record in audit.page("home", limit=3, before=10)] == sorted(
            (record["sequence"] for record in audit.page("home", limit=3, before=10)), reverse=True
        )
        assert len(list(audit.lines("home"))) == 40


def writes(place: Path | str) -> Callable[[str], None]:
    """A way to change the log behind its back."""
    log = AuditLog(place)
    return lambda statement: (log._tables.run(statement), log.close())[1]


def test_a_row_that_was_changed_or_removed_is_found(place: Path | str) -> None:
    with AuditLog(place) as log:
        audit = Audit(log, lambda: datetime(2026, 11, 1, tzinfo=UTC))
        audit.keep(
            [
                Event(who="", tenant="", via="", zone="", operation="x", subject=str(k), outcome="refused")
                for k in range(9)
            ]
        )
        assert len(audit.page("home")) == 9  # What nobody in particular did is seen by who runs the server.
        writes(place)("DELETE FROM audit WHERE sequence = 4")

        with pytest.raises(InputError, match="record 4: "):
            audit_verify(log)
