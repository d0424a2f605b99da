"""Who may call what: role × operation × tenant × zone, made from the OpenAPI file, each cell asked of the whole server.

What is expected is not read from the rules: it stands below, in a table by hand, once for each operation. A new
endpoint without a line here fails, and so does one whose rule says something else.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from tests.edge.api.access.conftest import ADDRESS, QUICK
from tests.edge.api.recorded import find

from wattloom.app.access.accounts import Token
from wattloom.app.access.audit import Audit
from wattloom.app.access.deciding import SCOPES_OF_CONTROL, Role, Scope, Zone
from wattloom.app.access.entering import Entrance
from wattloom.app.access.rates import Rate
from wattloom.app.access.secrets import hashed
from wattloom.edge.api.access import Access, AccessSettings, guarded
from wattloom.edge.api.application import application
from wattloom.edge.api.settings import Settings
from wattloom.edge.store.accounts import Accounts
from wattloom.edge.store.audit import AuditLog

V, P, O, T, U, A = (Role(name) for name in ("viewer", "planner", "operator", "trader", "auditor", "admin"))  # noqa: E741
TABLE = """
anybody: health ready openapi home_page now_page sites_page site_page plan_site_page dispatch_day_page market_page
anybody: vpp_page certificates_page forecasts_page rules_page territory_page alarms_page audit_page sign_in_page
anybody: accounts_page tokens_page console_asset sign_in_json sign_in sign_in_once sign_in_oidc sign_in_oidc_back

anybody: me_json

VPOTUA: sign_out me_password tokens_json tokens_add tokens_revoke rules_json territory_json
VPOTUA: project_schema use_catalogue certificates_verify plan_site_json jobs_json job_json job_events job_file
VPOTUA: rules_diff

VPOTUA room: live now_json sites_json site_json telemetry_series market_json vpp_json certificates_json forecasts_json
VPOTUA room: metrics alarms_json dispatch_day_json proposals_json
OA room: proposals_approve proposals_reject alarms_acknowledge alarms_clear shift_log
OTA room: vpp_call
OA room control: telemetry_offer advice_json

POTA: plan_site plan_compare plan_frontier dispatch_day dispatch_replay flexibility_assess match_now match_replay
POTA: match_study forecast_day forecast_intraday forecast_backtest forecast_board vpp_nominate vpp_event
POTA: flexibility_value
TA: market_bid market_backtest
POTUA: project_new project_check rules_check job_cancel job_resume files_put
TUA: certificates_issue certificates_match certificates_cancel carbon_report ledger_verify settle_month
TUA: ledger_export

UA: audit_json audit_export accounts_json
A: accounts_add accounts_change accounts_password
"""
"""Letters of the roles, or anybody; `room`: of the tenant that runs the server, and not there for others; `control`:
from the control zone, by a token of that zone alone; then the operations."""
EXPECTED = {
    name: said for said, names in (line.split(": ") for line in TABLE.splitlines() if line) for name in names.split()
}
LETTERS = dict(zip("VPOTUA", (V, P, O, T, U, A), strict=True))


class Whole:
    """The whole server, without its workers, behind the guard."""

    def __init__(self, folder: Path) -> None:
        """Build it; nothing is started: what passes the guard may fail behind it, and that is not asked here."""
        place, plenty = folder / "access.sqlite", Rate(per_s=1e9, burst=1e9)
        settings = AccessSettings(per_principal=plenty, per_address=plenty, sign_ins=plenty)
        self.accounts, self.log = Accounts(place), AuditLog(place)
        entrance = Entrance(self.accounts, lambda: 1_000.0, QUICK)
        self.access = Access(entrance, Audit(self.log, lambda: datetime.now(tz=UTC)), settings)
        self.app: FastAPI = application(
            find, Settings(store=folder / "store"), guard=lambda app: guarded(app, self.access)
        )
        self.runner = asyncio.Runner()

    def token(self, role: Role | None, tenant: str, zone: Zone) -> str:
        """A token of one cell; put into the store as it is, past what may be asked for."""
        if role is None:
            return ""
        secret = f"wl_{role}{tenant}{zone}"
        scopes = SCOPES_OF_CONTROL if zone is Zone.CONTROL else frozenset(Scope) - SCOPES_OF_CONTROL
        self.accounts.add_token(
            Token(id=secret, key=hashed(secret), name="cell", by="matrix", tenant=tenant, roles=frozenset({role}),
                  zone=zone, scopes=scopes, made_s=0.0, ends_s=1e12)
        )  # fmt: skip
        return secret

    def close(self) -> None:
        """Let go of the stores."""
        self.runner.close()
        self.access.stop()
        self.app.state.here.jobs.store.close()
        self.app.state.here.answers.close()

    def known(self) -> list[tuple[str, str, str]]:
        """Those that stand in the table; the first test says which do not."""
        return [one for one in self.operations() if one[0] in EXPECTED]

    def operations(self) -> Iterator[tuple[str, str, str]]:
        """Operation, method and path of every door that the OpenAPI file tells of."""
        for path, methods in self.app.openapi()["paths"].items():
            for method, told in methods.items():
                yield told["operationId"], method.upper(), re.sub(r"\{[^}]+\}", "x", path)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Whole]:
    """One for all cells."""
    found = Whole(tmp_path_factory.mktemp("matrix"))
    yield found
    found.close()


def expected(operation: str, role: Role | None, tenant: str, zone: Zone) -> set[int] | None:
    """Statuses with which the guard refuses a cell; None: it lets it pass."""
    said, *more = EXPECTED[operation].split()
    if said == "anybody":
        return None
    if role is None:
        return {401}
    if "room" in more and tenant != "home":
        return {404}
    allowed = role in {LETTERS[one] for one in said} and zone is (
        Zone.CONTROL if "control" in more else Zone.MANAGEMENT
    )
    return None if allowed else {403}


def test_every_operation_of_the_openapi_file_stands_in_the_table_and_the_other_way(whole: Whole) -> None:
    told = {operation for operation, _, _ in whole.operations()}

    assert told - set(EXPECTED) == set(), "a new endpoint: say here who may call it, and in rules.toml"
    assert set(EXPECTED) - told == set()
    assert told == set(whole.app.state.doors.rules), "a door that the OpenAPI file does not tell of"


def test_each_cell_of_role_operation_tenant_and_zone_is_as_the_table_says(whole: Whole) -> None:
    """The guard is asked; what it lets pass ends at a stand-in, so that nothing long is begun."""
    wrong, asked = [], 0
    roles: tuple[Role | None, ...] = (None, *Role)
    secrets = {cell: whole.token(*cell) for cell in product(roles, ("home", "north"), Zone)}

    async def all_cells() -> None:
        nonlocal asked
        transport = httpx.ASGITransport(app=only_the_guard(whole), client=("127.0.0.1", 1))
        async with httpx.AsyncClient(transport=transport, base_url=ADDRESS) as client:
            for (operation, method, path), cell in product(whole.known(), secrets):
                headers = {"Authorization": f"Bearer {secrets[cell]}"} if secrets[cell] else {}
                answer = await client.request(method, path, headers=headers)
                passed = answer.status_code == PASSED
                want, asked = expected(operation, *cell), asked + 1
                if passed != (want is None) or (want and answer.status_code not in want):
                    wrong.append((operation, cell, answer.status_code, want))

    whole.runner.run(all_cells())

    assert asked == len(whole.known()) * 7 * 2 * 2 >= 2_000
    assert wrong == []


PASSED = 299
"""What the stand-in behind the guard answers."""


def only_the_guard(whole: Whole) -> Any:
    """The server's own guard, with a stand-in behind it that says that a request passed."""
    from starlette.responses import Response  # noqa: PLC0415 - of the stand-in

    from wattloom.edge.api.access.guard import Guard  # noqa: PLC0415

    return Guard(Response(status_code=PASSED), access=whole.access, doors=whole.app.state.doors)


def test_the_whole_server_refuses_what_its_guard_refuses(whole: Whole) -> None:
    """Past the stand-in: each operation of the running application, by nobody and by a viewer of another tenant."""
    viewer = whole.token(V, "south", Zone.MANAGEMENT)
    wrong = []

    async def both() -> None:
        transport = httpx.ASGITransport(app=whole.app, raise_app_exceptions=False, client=("127.0.0.1", 1))
        async with httpx.AsyncClient(transport=transport, base_url=ADDRESS) as client:
            for operation, method, path in whole.known():
                for role, secret in ((None, ""), (V, viewer)):
                    want = expected(operation, role, "south", Zone.MANAGEMENT)
                    if want is None:
                        continue
                    headers = {"Authorization": f"Bearer {secret}"} if secret else {}
                    answer = await client.request(method, path, headers=headers)
                    if answer.status_code not in want:
                        wrong.append((operation, role, answer.status_code))

    whole.runner.run(both())

    assert wrong == []


def test_an_endpoint_that_somebody_adds_without_a_rule_stops_the_start(whole: Whole, tmp_path: Path) -> None:
    def with_one_more(app: FastAPI) -> None:
        @app.get("/new", operation_id="new_thing")
        def new_thing() -> None: ...

        guarded(app, whole.access)

    with pytest.raises(Exception, match=r"operation new_thing \(/new\): found no rule"):
        application(find, Settings(store=tmp_path / "store"), guard=with_one_more)


def test_no_operation_is_named_twice_and_none_has_two_paths(whole: Whole) -> None:
    names = [operation for operation, _, _ in whole.operations()]

    assert len(names) == len(set(names))


def test_the_openapi_file_tells_by_what_one_is_known_to_each_operation(whole: Whole) -> None:
    drawn = whole.app.openapi()
    told = {one["operationId"]: [*map(dict.keys, one["security"])] for of_path in drawn["paths"].values()
            for one in of_path.values()}  # fmt: skip
    wanted = {"anybody": [], "control": [{"token"}], "": [{"token"}, {"session"}]}

    assert set(drawn["components"]["securitySchemes"]) == {"token", "session"}
    for name, said in EXPECTED.items():
        which = "anybody" if said == "anybody" else "control" if "control" in said.split() else ""
        assert told[name] == wanted[which], name
