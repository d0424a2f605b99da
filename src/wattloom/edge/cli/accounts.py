"""`wattloom account …`, `wattloom token …`, `wattloom audit …`: who may come in, by what, and what did they do?

A password is asked for, or read from standard input; never from the command line, which other users of a machine see.
"""

from __future__ import annotations

import getpass
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from wattloom.edge.cli.screen import Json, told_plainly

if TYPE_CHECKING:
    from wattloom.edge.cli.doors import Doors

Name = Annotated[str, typer.Argument(help="Name of the account.", metavar="NAME")]
Store = Annotated[
    str,
    typer.Option("--store", help="As `wattloom serve --store` was given: a folder, or the address of a PostgreSQL."),
]
Tenant = Annotated[str, typer.Option("--tenant", help="Whose account it is.")]
Roles = Annotated[str, typer.Option("--roles", help="viewer, planner, operator, trader, auditor, admin; with commas.")]
STORE, HOME = "wattloom-store", "home"


def account(group: typer.Typer, doors: Doors) -> None:
    """Accounts of people."""

    @group.command("add")
    def add(name: Name, roles: Roles = "viewer", store: Store = STORE, tenant: Tenant = HOME) -> None:
        """Make an account; the password is asked for, or read from standard input."""
        with _opened(doors, store) as (entrance, told):
            made = entrance.add_account(name, _password(), _words(roles), tenant=tenant)
            told("accounts_add", f"account {name}", tenant)
        typer.echo(f"{name} of {tenant} may come in as {', '.join(sorted(made.roles))}")

    @group.command("list")
    def list_(store: Store = STORE, tenant: Tenant = HOME, as_json: Json = False) -> None:
        """Show the accounts of a tenant."""
        with _opened(doors, store, must_exist=True) as (entrance, _):
            found = entrance.store.accounts(tenant)
        rows = [{"name": one.name, "roles": sorted(one.roles), "disabled": one.disabled} for one in found]
        if as_json:
            typer.echo(json.dumps(rows, ensure_ascii=False))
            return
        for row in rows:
            typer.echo(f"{row['name']}: {', '.join(row['roles'])}{' (disabled)' if row['disabled'] else ''}")

    @group.command("password")
    def password(name: Name, store: Store = STORE, tenant: Tenant = HOME) -> None:
        """Set a new password; all sessions of the account end."""
        with _opened(doors, store, must_exist=True) as (entrance, told), _there(name, tenant):
            entrance.set_password(name, _password(), tenant=tenant)
            told("accounts_password", f"account {name}", tenant)
        typer.echo(f"{name} of {tenant} has a new password")

    @group.command("disable")
    def disable(
        name: Name,
        store: Store = STORE,
        tenant: Tenant = HOME,
        again: Annotated[bool, typer.Option("--undo", help="Let the person in again.")] = False,
    ) -> None:
        """Shut an account out with all its sessions and tokens."""
        with _opened(doors, store, must_exist=True) as (entrance, told), _there(name, tenant):
            entrance.change_account(name, tenant=tenant, disabled=not again)
            told("accounts_change", f"account {name}", tenant)
        typer.echo(f"{name} of {tenant} {'may come in again' if again else 'is shut out'}")


def token(group: typer.Typer, doors: Doors) -> None:
    """Tokens of programs."""

    @group.command("add")
    def add(  # noqa: PLR0913, PLR0917 - one argument an option
        name: Annotated[str, typer.Argument(help="What it is for.", metavar="NAME")],
        by: Annotated[str, typer.Option("--by", help="Account in whose name it is; it may do no more.")],
        roles: Roles = "viewer",
        scopes: Annotated[
            str,
            typer.Option("--scopes", help="read, plan, operate, trade, audit, admin; telemetry, advice; with commas."),
        ] = "read",
        zone: Annotated[str, typer.Option("--zone", help="management, or control for a gateway.")] = "management",
        days: Annotated[float, typer.Option("--days", help="How long it counts.")] = 90.0,
        sites: Annotated[
            str, typer.Option("--sites", help="In the control zone: sites it speaks for; regions/NAME, sites/* too.")
        ] = "",
        store: Store = STORE,
        tenant: Tenant = HOME,
    ) -> None:
        """Make a token and show it, once."""
        with _opened(doors, store, must_exist=True) as (entrance, told), _there(by, tenant):
            asked = {"name": name, "roles": _words(roles), "scopes": _words(scopes), "zone": zone, "days": days,
                     "sites": _words(sites)}  # fmt: skip
            made, secret = doors.find("token_for")(entrance, by, tenant, asked)
            told("tokens_add", f"token {made.id} ({name})", tenant)
        typer.echo(f"token {made.id}; it is shown only now:", err=True)
        typer.echo(secret)

    @group.command("list")
    def list_(store: Store = STORE, tenant: Tenant = HOME) -> None:
        """Show the tokens of a tenant, newest first, without their secrets."""
        with _opened(doors, store, must_exist=True) as (entrance, _):
            for one in entrance.store.tokens(tenant):
                ended = " (revoked)" if one.revoked_s is not None else ""
                words = f"{', '.join(sorted(one.roles))}; {', '.join(sorted(one.scopes))}; {one.zone}"
                words += f" for {', '.join(sorted(one.bound))}" if one.bound else ""
                typer.echo(f"{one.id} {one.name} by {one.by}: {words}{ended}")

    @group.command("revoke")
    def revoke(
        token_id: Annotated[str, typer.Argument(help="Its id.", metavar="ID")],
        store: Store = STORE,
        tenant: Tenant = HOME,
    ) -> None:
        """End a token; a running server refuses it within seconds."""
        with _opened(doors, store, must_exist=True) as (entrance, told):
            gone = entrance.store.revoke_token(tenant, token_id, entrance.clock_s())
            if gone:
                told("tokens_revoke", f"token {token_id}", tenant)
        typer.echo(f"token {token_id} {'is revoked' if gone else 'is not there, or was revoked before'}", err=not gone)
        if not gone:
            raise typer.Exit(2)


def audit(group: typer.Typer, doors: Doors) -> None:
    """The audit log."""

    @group.command("verify")
    def verify(
        store: Annotated[str, typer.Argument(help="Folder of the store, or its PostgreSQL.", metavar="STORE")] = STORE,
        head: Annotated[
            str, typer.Option("--head", help="NUMBER:MARK noted at an earlier time; the log must pass through it.")
        ] = "",
        as_json: Json = False,
    ) -> None:
        """Work the whole log out anew, from its first record."""
        with told_plainly(), doors.find("access_store")(store, must_exist=True) as (_, log):
            number, mark = doors.find("audit_verify")(log.store, head=head)
        if as_json:
            typer.echo(json.dumps({"records": number, "head": f"{number}:{mark.hex()}"}))
            return
        typer.echo(f"{store}: {number} records, all whole")
        typer.echo(f"head {number}:{mark.hex()}")
        typer.echo("note the head elsewhere: with --head a log that was cut off or written anew is found out")


@contextmanager
def _opened(doors: Doors, store: str, *, must_exist: bool = False) -> Iterator[tuple[Any, Any]]:
    """The entrance of a store, and a way to write down what was done."""
    with told_plainly(), doors.find("access_store")(store, must_exist=must_exist) as (entrance, log):

        def told(operation: str, subject: str, tenant: str) -> None:
            log.keep([doors.find("by_command")(getpass.getuser(), operation, subject, tenant)])

        yield entrance, told


@contextmanager
def _there(name: str, tenant: str) -> Iterator[None]:
    """An account that is not there is told as such."""
    try:
        yield
    except KeyError:
        typer.echo(f"account {name}: found none of {tenant}; expected one; see `wattloom account list`", err=True)
        raise typer.Exit(2) from None


def _password() -> str:
    """Asked for twice at a terminal; else the first line of standard input."""
    if sys.stdin.isatty():
        return str(typer.prompt("password", hide_input=True, confirmation_prompt=True))
    return sys.stdin.readline().rstrip("\r\n")


def _words(text: str) -> list[str]:
    """Words with commas between."""
    return [word.strip() for word in text.split(",") if word.strip()]
