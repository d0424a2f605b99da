"""`access.toml` in a store: what it says is taken, what it cannot say is told all at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from wattloom.app.access.deciding import Role
from wattloom.app.access.rates import Rate
from wattloom.domain.errors import InputError
from wattloom.edge.api.access import AccessSettings, access_told

GOOD = """
hosts = ["room.example.org"]
control_networks = ["10.9.0.0/30"]
per_principal = { per_s = 50, burst = 100 }
streams_of_one = 20

[oidc]
issuer = "https://id.example.org/realms/grid"
client_id = "wattloom"
client_secret_file = "oidc.secret"
roles_claim = "groups"
roles = { grid-operators = ["viewer", "operator"], audit = ["auditor"] }
token_days = 7
"""


def test_without_a_file_everything_stays_as_it_is(tmp_path: Path) -> None:
    assert access_told(AccessSettings(), tmp_path / "access.toml") == AccessSettings()


def test_what_the_file_says_is_taken_and_the_secret_comes_from_its_own_file(tmp_path: Path) -> None:
    (tmp_path / "access.toml").write_text(GOOD, "utf-8")
    (tmp_path / "oidc.secret").write_text("kept apart\n", "utf-8")

    found = access_told(AccessSettings(), tmp_path / "access.toml")

    assert found.hosts == AccessSettings().hosts | {"room.example.org"}
    assert found.control_networks == {"10.9.0.0/30"}
    assert found.per_principal == Rate(per_s=50, burst=100)
    assert (found.streams, found.streams_of_one) == (AccessSettings().streams, 20)
    assert found.oidc is not None
    assert found.oidc.client_secret == "kept apart"  # noqa: S105 - of a test
    assert "kept apart" not in repr(found)
    assert set(found.oidc.roles["grid-operators"]) == {Role.VIEWER, Role.OPERATOR}
    assert found.oidc.roles_claim == "groups"
    assert found.oidc.token_days == 7.0


def test_everything_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    wrong = """
    host = ["x"]
    control_networks = ["10.9.0.1/30"]
    per_principal = { per_s = 0, burst = 100 }
    streams = 0
    hosts = "room.example.org"
    [oidc]
    client_id = ""
    client_secret_file = "nowhere"
    roles = { boss = ["boss"] }
    token_days = 0
    """
    (tmp_path / "access.toml").write_text(wrong, "utf-8")

    with pytest.raises(InputError) as caught:
        access_told(AccessSettings(), tmp_path / "access.toml")

    assert [one.where.rpartition(", ")[2] for one in caught.value.problems] == [
        "host", "control_networks", "per_principal", "streams", "hosts", "client_id", "client_secret_file",
        "roles",
        "token_days", "issuer",
    ]  # fmt: skip


def test_a_file_that_is_no_toml_is_told_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "access.toml").write_text("hosts = = 1", "utf-8")

    with pytest.raises(InputError, match="line 1"):
        access_told(AccessSettings(), tmp_path / "access.toml")
