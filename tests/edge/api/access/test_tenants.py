"""What belongs to a tenant is not there for others: jobs, files, tokens, accounts, records, by their very ids."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from tests.edge.api.access.conftest import ADDRESS
from tests.edge.api.access.test_matrix import Whole

from wattloom.app.access.deciding import Role, Zone
from wattloom.edge.store.jobs import Job


@pytest.fixture
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Whole]:
    """The whole server."""
    found = Whole(tmp_path_factory.mktemp("tenants"))
    yield found
    found.close()


def test_ids_of_another_tenant_answer_404_and_one_s_own_do_not(whole: Whole) -> None:
    at = "2026-11-23T00:00:00+00:00"
    job = Job(id="5b0c1d2e3f405162738495a6", tenant="home", asked_by="matrix", use="plan_site", asked="{}",
              state="failed", created_at=at, changed_at=at)  # fmt: skip
    whole.app.state.here.jobs.store.add(job)
    whole.access.entrance.add_account("wu", "a horse walks by the river", ["viewer"])
    secrets = {tenant: whole.token(Role.ADMIN, tenant, Zone.MANAGEMENT) for tenant in ("home", "north")}
    own_token = whole.token(Role.VIEWER, "home", Zone.MANAGEMENT)
    paths = [
        ("GET", f"/jobs/{job.id}.json"), ("POST", f"/jobs/{job.id}/cancel"), ("POST", f"/jobs/{job.id}/resume"),
        ("GET", f"/jobs/{job.id}/events"), ("GET", f"/jobs/{job.id}/files/report.html"),
        ("DELETE", f"/tokens/{own_token}"), ("GET", "/sites/x.json"), ("GET", "/now.json"),
        ("POST", "/proposals/p-1/approve"), ("POST", "/alarms/a-1/acknowledge"),
    ]  # fmt: skip
    seen: dict[str, list[int]] = {"home": [], "north": []}
    lists: dict[str, str] = {}

    async def ask() -> None:
        transport = httpx.ASGITransport(app=whole.app, raise_app_exceptions=False, client=("127.0.0.1", 1))
        async with (
            whole.app.router.lifespan_context(whole.app),
            httpx.AsyncClient(transport=transport, base_url=ADDRESS) as client,
        ):
            for tenant in ("north", "home"):
                headers = {"Authorization": f"Bearer {secrets[tenant]}"}
                for method, path in paths:
                    seen[tenant].append((await client.request(method, path, headers=headers)).status_code)
                found = [await client.get(f"/{name}.json", headers=headers) for name in ("jobs", "accounts", "audit")]
                assert [one.status_code for one in found] == [200, 200, 200]
                lists[tenant] = found[0].text + found[1].text  # The log holds the ids that north itself asked for.
                tenants = {one.get("tenant", "home") for one in found[2].json()["items"]}
                assert tenants <= {tenant}

    whole.runner.run(ask())

    assert seen["north"] == [404] * len(paths)
    found = {path for (_, path), status in zip(paths, seen["home"], strict=True) if status != 404}
    assert {path for path in found if "files" not in path} >= {path for _, path in paths[:3] + paths[5:8:2]}
    assert job.id in lists["home"]
    assert [word for word in (job.id, '"wu"') if word in lists["north"]] == []


def test_a_job_is_ended_or_resumed_by_who_may_ask_for_it_and_an_exported_book_is_the_auditors(whole: Whole) -> None:
    """A planner let a settlement go on that a trader had stopped; a viewer took the book that an auditor exported."""
    at = "2026-11-23T00:00:00+00:00"
    uses = {"settle_month": "a" * 24, "ledger_export": "b" * 24, "plan_site": "c" * 24}
    for use, name in uses.items():
        whole.app.state.here.jobs.store.add(
            Job(id=name, tenant="home", asked_by="matrix", use=use, asked="{}", state="done", created_at=at)
        )
        run = whole.app.state.here.jobs.folder("home", name) / "run"
        run.mkdir(parents=True)
        (run / "told.txt").write_text(use)
    roles = {role: whole.token(role, "home", Zone.MANAGEMENT) for role in (Role.VIEWER, Role.PLANNER, Role.TRADER)}

    async def ask(role: Role, use: str) -> list[int]:
        transport = httpx.ASGITransport(app=whole.app, raise_app_exceptions=False, client=("127.0.0.1", 1))
        headers = {"Authorization": f"Bearer {roles[role]}"}
        async with httpx.AsyncClient(transport=transport, base_url=ADDRESS, headers=headers) as client:
            asked = [client.get(f"/jobs/{uses[use]}.json"), client.get(f"/jobs/{uses[use]}/files/told.txt"),
                     client.post(f"/jobs/{uses[use]}/resume"), client.post(f"/jobs/{uses[use]}/cancel")]  # fmt: skip
            return [(await one).status_code for one in asked]

    seen = {(role.value, use): whole.runner.run(ask(role, use)) for role in roles for use in uses}

    assert seen == {
        ("viewer", "settle_month"): [200, 200, 403, 403], ("viewer", "ledger_export"): [404, 404, 403, 403],
        ("viewer", "plan_site"): [200, 200, 403, 403],
        ("planner", "settle_month"): [200, 200, 403, 403], ("planner", "ledger_export"): [404, 404, 404, 404],
        ("planner", "plan_site"): [200, 200, 409, 409],
        ("trader", "settle_month"): [200, 200, 409, 409], ("trader", "ledger_export"): [200, 200, 409, 409],
        ("trader", "plan_site"): [200, 200, 409, 409],
    }  # fmt: skip


@pytest.mark.parametrize(
    "part", ["bytes=0-1", "bytes=0-1,3-4", "bytes=99-", "bytes=5-1", "lines=1", "bytes=" + "9" * 5_000]
)
def test_who_asks_for_a_part_of_a_file_gets_the_whole(part: str, whole: Whole) -> None:
    """Parts were answered in ways that the OpenAPI file does not tell, and a wrong one as text."""
    name, at = "c" * 24, "2026-11-23T00:00:00+00:00"
    job = Job(id=name, tenant="home", asked_by="m", use="plan_site", asked="{}", state="done", created_at=at)
    whole.app.state.here.jobs.store.add(job)
    run = whole.app.state.here.jobs.folder("home", name) / "run"
    run.mkdir(parents=True)
    (run / "report.html").write_text("0123456789")
    headers = {"Authorization": f"Bearer {whole.token(Role.VIEWER, 'home', Zone.MANAGEMENT)}", "Range": part}

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app=whole.app, client=("127.0.0.1", 1))
        async with httpx.AsyncClient(transport=transport, base_url=ADDRESS, headers=headers) as client:
            return await client.get(f"/jobs/{name}/files/report.html")

    answer = whole.runner.run(ask())

    assert (answer.status_code, answer.text) == (200, "0123456789")
    assert not {"accept-ranges", "content-range"} & set(answer.headers)
