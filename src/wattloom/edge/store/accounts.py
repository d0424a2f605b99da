"""Where do accounts, sessions and tokens lie? In a few tables of a file, or of a PostgreSQL by its address; alike."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Self

from wattloom.app.access.accounts import Account, Link, Person, Session, Token
from wattloom.app.access.deciding import Role, Scope, Zone
from wattloom.edge.store.tables import Steps, tables

STEPS: Steps = {
    1: (
        """CREATE TABLE accounts (
          tenant TEXT NOT NULL, name TEXT NOT NULL, roles TEXT NOT NULL, password TEXT NOT NULL,
          disabled {integer} NOT NULL, failures {integer} NOT NULL, wait_until_s {real} NOT NULL,
          PRIMARY KEY (tenant, name)
        )""",
        """CREATE TABLE sessions (
          key TEXT PRIMARY KEY, name TEXT NOT NULL, tenant TEXT NOT NULL, roles TEXT NOT NULL, via TEXT NOT NULL,
          csrf TEXT NOT NULL, began_s {real} NOT NULL, seen_s {real} NOT NULL
        )""",
        "CREATE INDEX sessions_of_an_account ON sessions (tenant, name)",
        """CREATE TABLE tokens (
          id TEXT NOT NULL, key TEXT PRIMARY KEY, name TEXT NOT NULL, made_by TEXT NOT NULL, tenant TEXT NOT NULL,
          roles TEXT NOT NULL, zone TEXT NOT NULL, scopes TEXT NOT NULL, made_s {real} NOT NULL, ends_s {real} NOT NULL,
          revoked_s {real}
        )""",
        "CREATE INDEX tokens_of_a_tenant ON tokens (tenant, made_s)",
        "CREATE TABLE links (key TEXT PRIMARY KEY, name TEXT NOT NULL, tenant TEXT NOT NULL, ends_s {real} NOT NULL)",
    ),
    2: (
        "ALTER TABLE tokens ADD COLUMN bound TEXT NOT NULL DEFAULT ''",
        "CREATE TABLE strangers (tries {integer} NOT NULL)",
        "INSERT INTO strangers VALUES (0)",
    ),
    3: (
        """CREATE TABLE vouched (
          tenant TEXT NOT NULL, name TEXT NOT NULL, subject TEXT NOT NULL, PRIMARY KEY (tenant, name)
        )""",
    ),
    4: (
        "ALTER TABLE vouched ADD COLUMN roles TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE vouched ADD COLUMN seen_s {real} NOT NULL DEFAULT 0",
        "ALTER TABLE tokens ADD COLUMN made_via TEXT NOT NULL DEFAULT 'cookie'",
        """UPDATE tokens SET made_via = 'oidc' WHERE NOT EXISTS (
          SELECT 1 FROM accounts WHERE accounts.tenant = tokens.tenant AND accounts.name = tokens.made_by
        )""",
    ),
}
ACCOUNT = "name, tenant, roles, password, disabled, failures, wait_until_s"
SESSION = "key, name, tenant, roles, via, csrf, began_s, seen_s"
TOKEN = "id, key, name, made_by, tenant, roles, zone, scopes, made_s, ends_s, revoked_s, bound, made_via"  # noqa: S105 - names of columns


class Accounts:
    """Accounts, sessions, tokens and links: an `AccountStore`."""

    def __init__(self, place: Path | str) -> None:
        """In a file (a path) or a PostgreSQL (its address)."""
        self._tables = tables(place, "access", STEPS)

    def __enter__(self) -> Self:
        """Use it in a block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()

    def close(self) -> None:
        """Let go of the store."""
        self._tables.close()

    def backup(self, path: Path) -> None:
        """A copy as of one instant."""
        self._tables.backup(path)

    def add_account(self, account: Account) -> bool:
        """Keep a new one; False where the tenant has one of this name."""
        values = (
            account.name, account.tenant, _text(account.roles), account.password, int(account.disabled),
            account.failures, account.wait_until_s,
        )  # fmt: skip
        try:
            self._run(f"INSERT INTO accounts ({ACCOUNT}) VALUES (?, ?, ?, ?, ?, ?, ?)", values)  # noqa: S608
        except sqlite3.IntegrityError:
            return False
        return True

    def account(self, tenant: str, name: str) -> Account | None:
        """One of them."""
        rows = self._run(f"SELECT {ACCOUNT} FROM accounts WHERE tenant = ? AND name = ?", (tenant, name))  # noqa: S608
        return _account(rows[0]) if rows else None

    def accounts(self, tenant: str) -> Sequence[Account]:
        """Those of a tenant, by name."""
        rows = self._run(f"SELECT {ACCOUNT} FROM accounts WHERE tenant = ? ORDER BY name", (tenant,))  # noqa: S608
        return [_account(row) for row in rows]

    def save_account(self, account: Account) -> None:
        """Replace roles, password and whether it is disabled; the count of failures begins anew."""
        self._run(
            "UPDATE accounts SET roles = ?, password = ?, disabled = ?, failures = 0, wait_until_s = 0"
            " WHERE tenant = ? AND name = ?",
            (_text(account.roles), account.password, int(account.disabled), account.tenant, account.name),
        )

    def attempt(self, tenant: str, name: str, *, at_s: float, free: int, hold_s: float) -> int | None:
        """Count a password that is about to be looked at; None where it is held, disabled or unknown."""
        rows = self._run(
            "UPDATE accounts SET failures = failures + 1,"
            " wait_until_s = CASE WHEN failures >= ? THEN ? ELSE wait_until_s END"
            " WHERE tenant = ? AND name = ? AND disabled = 0 AND wait_until_s <= ? RETURNING failures",
            (free, at_s + hold_s, tenant, name, at_s),
        )
        if not rows:  # A disk that is waited for would tell, by the clock, which names there are.
            self._run("UPDATE strangers SET tries = tries + 1", ())
        return int(rows[0][0]) if rows else None

    def wait(self, tenant: str, name: str, until_s: float) -> None:
        """No password before this instant."""
        self._run("UPDATE accounts SET wait_until_s = ? WHERE tenant = ? AND name = ?", (until_s, tenant, name))

    def succeeded(self, tenant: str, name: str) -> None:
        """No failure any more."""
        self._run(
            "UPDATE accounts SET failures = 0, wait_until_s = 0 WHERE tenant = ? AND name = ? AND failures > 0",
            (tenant, name),
        )

    def add_session(self, session: Session) -> None:
        """Keep a new one."""
        values = (
            session.key, session.name, session.tenant, _text(session.roles), session.via, session.csrf,
            session.began_s, session.seen_s,
        )  # fmt: skip
        self._run(f"INSERT INTO sessions ({SESSION}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)", values)  # noqa: S608

    def session(self, key: str) -> Session | None:
        """One of them by the hash of its cookie."""
        rows = self._run(f"SELECT {SESSION} FROM sessions WHERE key = ?", (key,))  # noqa: S608 - own words
        return _session(rows[0]) if rows else None

    def seen(self, key: str, at_s: float) -> None:
        """A session was used."""
        self._run("UPDATE sessions SET seen_s = ? WHERE key = ?", (at_s, key))

    def end_session(self, key: str) -> None:
        """Forget one."""
        self._run("DELETE FROM sessions WHERE key = ?", (key,))

    def end_sessions(self, tenant: str, name: str) -> None:
        """Forget all of an account."""
        self._run("DELETE FROM sessions WHERE tenant = ? AND name = ?", (tenant, name))

    def add_token(self, token: Token) -> None:
        """Keep a new one."""
        values = (
            token.id, token.key, token.name, token.by, token.tenant, _text(token.roles), token.zone.value,
            _text(token.scopes), token.made_s, token.ends_s, token.revoked_s, _text(token.bound), token.made_via,
        )  # fmt: skip
        self._run(f"INSERT INTO tokens ({TOKEN}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", values)  # noqa: S608

    def token(self, key: str) -> Token | None:
        """One of them by its hash, ended and revoked ones too."""
        rows = self._run(f"SELECT {TOKEN} FROM tokens WHERE key = ?", (key,))  # noqa: S608 - own words
        return _token(rows[0]) if rows else None

    def tokens(self, tenant: str) -> Sequence[Token]:
        """Those of a tenant, newest first."""
        rows = self._run(f"SELECT {TOKEN} FROM tokens WHERE tenant = ? ORDER BY made_s DESC, id", (tenant,))  # noqa: S608
        return [_token(row) for row in rows]

    def revoke_token(self, tenant: str, token_id: str, at_s: float) -> bool:
        """End one; False where the tenant has none of this id that is not revoked."""
        rows = self._run(
            "UPDATE tokens SET revoked_s = ? WHERE tenant = ? AND id = ? AND revoked_s IS NULL RETURNING id",
            (at_s, tenant, token_id),
        )
        return bool(rows)

    def add_link(self, link: Link) -> None:
        """Keep a new one."""
        self._run("INSERT INTO links VALUES (?, ?, ?, ?)", (link.key, link.name, link.tenant, link.ends_s))

    def take_link(self, key: str) -> Link | None:
        """One of them, gone at once: who takes it second gets None."""
        rows = self._run("DELETE FROM links WHERE key = ? RETURNING name, tenant, ends_s", (key,))
        return Link(key=key, name=rows[0][0], tenant=rows[0][1], ends_s=float(rows[0][2])) if rows else None

    def owner_of(self, tenant: str, name: str, subject: str) -> str:
        """The subject of an OIDC provider that came by a name first: this one, where nobody did before."""
        values = (tenant, name, subject)
        rows = self._run(
            "INSERT INTO vouched (tenant, name, subject) VALUES (?, ?, ?)"
            " ON CONFLICT (tenant, name) DO UPDATE SET subject = vouched.subject RETURNING subject",
            values,
        )
        return str(rows[0][0])

    def vouched(self, tenant: str, name: str, subject: str, person: Person) -> None:
        """Note that a provider vouched for somebody, under the name they have here."""
        self._run(
            "INSERT INTO vouched (tenant, name, subject, roles, seen_s) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT (tenant, name) DO UPDATE SET roles = excluded.roles, seen_s = excluded.seen_s",
            (tenant, name, subject, _text(person.roles), person.seen_s),
        )

    def person(self, tenant: str, name: str) -> Person | None:
        """Somebody of a provider by the name they have here."""
        rows = self._run("SELECT roles, seen_s FROM vouched WHERE tenant = ? AND name = ?", (tenant, name))
        return Person(roles=_roles(rows[0][0]), seen_s=float(rows[0][1])) if rows else None

    def forget(self, *, sessions_idle_before_s: float, sessions_began_before_s: float, ended_before_s: float) -> int:
        """Drop sessions, links and tokens that ended; how many."""
        limits = (sessions_idle_before_s, sessions_began_before_s)
        with self._tables.whole():
            gone = self._run("DELETE FROM sessions WHERE seen_s < ? OR began_s < ? RETURNING key", limits)
            gone += self._run("DELETE FROM tokens WHERE ends_s < ? RETURNING key", (ended_before_s,))
            gone += self._run("DELETE FROM links WHERE ends_s < ? RETURNING key", (sessions_idle_before_s,))
        return len(gone)

    def _run(self, statement: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
        """Do one statement."""
        return self._tables.run(statement, values)


def _text(words: Iterable[str]) -> str:
    """Words in one column."""
    return ",".join(sorted(words))


def _roles(text: str) -> frozenset[Role]:
    """Roles out of their column."""
    return frozenset(Role(word) for word in text.split(",") if word)


def _account(row: Sequence[Any]) -> Account:
    """An account out of its row."""
    name, tenant, roles, password, disabled, failures, wait_until_s = row
    return Account(
        name=name, tenant=tenant, roles=_roles(roles), password=password, disabled=bool(disabled),
        failures=int(failures), wait_until_s=float(wait_until_s),
    )  # fmt: skip


def _session(row: Sequence[Any]) -> Session:
    """A session out of its row."""
    key, name, tenant, roles, via, csrf, began_s, seen_s = row
    return Session(
        key=key, name=name, tenant=tenant, roles=_roles(roles), via=via, csrf=csrf, began_s=float(began_s),
        seen_s=float(seen_s),
    )  # fmt: skip


def _token(row: Sequence[Any]) -> Token:
    """A token out of its row."""
    token_id, key, name, by, tenant, roles, zone, scopes, made_s, ends_s, revoked_s, bound, made_via = row
    return Token(
        id=token_id, key=key, name=name, by=by, tenant=tenant, roles=_roles(roles), zone=Zone(zone),
        scopes=frozenset(Scope(word) for word in scopes.split(",") if word), made_s=float(made_s),
        ends_s=float(ends_s), revoked_s=None if revoked_s is None else float(revoked_s),
        bound=frozenset(word for word in bound.split(",") if word), made_via=made_via,
    )  # fmt: skip
