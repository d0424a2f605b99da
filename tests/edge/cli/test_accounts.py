"""`wattloom account`, `token`, `audit`: people and programs, let in from the machine itself."""

from __future__ import annotations

import re
import sqlite3
from functools import partial
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from wattloom import wiring
from wattloom.app.access import secrets
from wattloom.app.access.deciding import Role, Zone
from wattloom.edge.cli.commands import commands
from wattloom.edge.cli.doors import Doors

PASSWORD = "a horse walks by the river"  # noqa: S105 - of a test
COMMAND = commands(Doors(find=wiring.find))


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The store's usual name is then the test's own; passwords are hashed quickly: another test holds the settings."""
    monkeypatch.chdir(tmp_path)
    quick = partial(secrets.Passwords, memory_kib=64, passes=1, lanes=1)
    monkeypatch.setattr(secrets, "Passwords", quick)


def run(words: str, *, told: str = "") -> Result:
    """A command with something on its standard input."""
    return CliRunner().invoke(COMMAND, words.split(), input=told)


def added(words: str = "account add wu --roles viewer,operator,admin") -> Result:
    """An account."""
    return run(words, told=f"{PASSWORD}\n")


def test_an_account_is_made_shown_shut_out_and_let_in_again() -> None:
    assert added().output == "wu of home may come in as admin, operator, viewer\n"
    assert run("account list").output == "wu: admin, operator, viewer\n"
    assert run("account disable wu").exit_code == 0
    assert run("account list").output == "wu: admin, operator, viewer (disabled)\n"
    assert run("account disable wu --undo").exit_code == 0
    assert (
        run("account list --json").output
        == '[{"name": "wu", "roles": ["admin", "operator", "viewer"], "disabled": false}]\n'
    )


def test_the_password_lets_in_and_the_one_before_does_not_any_more() -> None:
    added()
    assert run("account password wu", told="the river walks by a horse\n").exit_code == 0

    with wiring.find("access_store")("wattloom-store") as (entrance, _):
        assert entrance.sign_in("wu", "the river walks by a horse").session.name == "wu"
        with pytest.raises(Exception, match="name, password or tenant is wrong"):
            entrance.sign_in("wu", PASSWORD)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("account add wu", "one of this name"),
        ("account add Wü", "name of the account"),
        ("account add li --roles boss", "one of viewer"),
        ("account add li --roles ,", "no role"),
        ("account disable li", "account li: found none of home"),
        ("account password wu --tenant north", "account wu: found none of north"),
        ("token add x --by li", "account li: found none"),
        ("token add x --by wu --scopes all", "one of read"),
        ("token add x --by wu --zone control", "telemetry and advice in the control zone"),
        ("token add x --by wu --days 1000", "token, days"),
        ("token add x --by wu --scopes advice --zone control", "token, sites"),
        ("token add x --by wu --sites a", "token, sites"),
        ("token add x --by wu --scopes advice --zone control --sites houses/a", "sites: found 'houses/a'"),
        ("token revoke nothing", "is not there"),
        ("account list --store elsewhere", "no accounts"),
        ("audit verify elsewhere", "no accounts"),
        ("audit verify --head 9:00", "a log that does not pass through"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(words: str, said: str) -> None:
    added()

    found = run(words, told=f"{PASSWORD}\n")

    assert (found.exit_code, said in found.stderr, "Traceback" in found.stderr) == (2, True, False)


def test_a_poor_password_is_refused_and_not_repeated() -> None:
    found = run("account add wu", told="short-one\n")

    assert (found.exit_code, "short-one" in found.output + found.stderr) == (2, False)


def test_a_gateway_s_token_is_shown_once_and_lets_it_in_from_the_control_zone() -> None:
    added()

    made = run(
        "token add gateway-1 --by wu --roles operator --scopes telemetry,advice --zone control"
        " --sites suzhou-1,regions/jiangsu"
    )
    secret = made.stdout.strip()
    with wiring.find("access_store")("wattloom-store") as (entrance, _):
        principal = entrance.token(secret).principal()
    listed = run("token list").output
    assert run(f"token revoke {listed.split()[0]}").exit_code == 0
    with wiring.find("access_store")("wattloom-store") as (entrance, _):
        gone = entrance.token(secret)

    assert re.fullmatch(r"wl_[\w-]{43}", secret)
    assert (principal.name, principal.zone, principal.roles) == ("wu/gateway-1", Zone.CONTROL, {Role.OPERATOR})
    assert principal.bound == {"sites/suzhou-1", "regions/jiangsu"}
    assert "control for regions/jiangsu, sites/suzhou-1" in listed
    assert secret not in listed
    assert gone is None
    assert run("token list").output.strip().endswith("(revoked)")


def test_each_command_stands_in_the_audit_log_which_verifies() -> None:
    added()
    run("account disable wu")

    said = run("audit verify").output
    head = re.search(r"head (2:\w{64})", said)
    with wiring.find("access_store")("wattloom-store") as (_, log):
        told = [(one["operation"], one["subject"], one["via"]) for one in log.page("home")]

    assert head is not None
    assert told == [("accounts_change", "account wu", "command"), ("accounts_add", "account wu", "command")]
    assert run(f"audit verify --head {head[1]}").exit_code == 0
    assert run("audit verify --json").output.startswith('{"records": 2, "head": "2:')


def test_a_record_changed_in_the_file_is_named() -> None:
    added()
    run("account disable wu")
    with sqlite3.connect("wattloom-store/access.sqlite") as base:
        base.execute("UPDATE audit SET body = replace(body, 'wu', 'li') WHERE sequence = 1")
    base.close()

    found = run("audit verify")

    assert (found.exit_code, "record 1" in found.stderr) == (2, True)


def test_no_command_takes_a_password_as_an_argument() -> None:
    for words in ("account add", "account password"):
        assert "--password" not in run(f"{words} --help").output
