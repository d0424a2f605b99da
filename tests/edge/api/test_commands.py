"""Can the server do what the command line can, and does a page say why not where it cannot?"""

from __future__ import annotations

import re
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import pytest
import typer.main
from fastapi import FastAPI
from tests.ledger.conftest import AT, opening

from wattloom.edge.api.access.rules import operation_rules
from wattloom.edge.api.settings import Settings
from wattloom.edge.cli.commands import commands
from wattloom.edge.cli.doors import Doors
from wattloom.edge.store.ledger import SqliteBook
from wattloom.ledger import Ledger

Run = Callable[..., None]
PAGE = Path(__file__).parents[3] / "docs/how-to/run-the-control-room.md"
EXAMPLES = Path(__file__).parents[3] / "examples"
EMPTY = bytes(32)
"""The mark before the first record of a book."""


def test_a_command_is_a_route_of_the_same_name_or_the_page_says_what_it_is() -> None:
    tree: Any = typer.main.get_command(commands(Doors(find=lambda name: name)))
    known = {f"{noun} {verb}" for noun, group in tree.commands.items() for verb in getattr(group, "commands", {})}
    section = PAGE.read_text("utf-8").partition("## What has another name over HTTP, or none")[2].partition("\n## ")[0]
    said = set(re.findall(r"`wattloom (\w+ \w+)`", section))

    assert known - said == {name for name in known if name.replace(" ", "_") in operation_rules()}
    assert said <= known


def test_what_differs_between_two_days_is_told_over_http_as_by_the_command(on_server: Run) -> None:
    async def test(client: httpx.AsyncClient, app: FastAPI) -> None:
        asked = {"territory": "xinjiang", "day": "2026-01-15", "other": "gansu"}
        told = await client.post("/rules/diff", json={"options": asked})
        alike = await client.post("/rules/diff", json={"options": {**asked, "other": "xinjiang"}})
        same = await client.post("/rules/diff", json={"options": {"territory": "xinjiang", "day": "2026-01-15"}})
        never = await client.post("/rules/diff", json={"options": {**asked, "day": "2026-13-40"}})
        nowhere = await client.post("/rules/diff", json={"options": {**asked, "other": "atlantis"}})

        found = told.json()["result"]["differences"]
        assert {"fact", "before", "after", "document"} <= set(found[0])
        assert all(one["before"] != one["after"] for one in found)
        assert alike.json()["result"]["differences"] == []
        assert (same.status_code, never.status_code, nowhere.status_code) == (422, 422, 422)
        assert "two of either" in same.text

    on_server(test)


def test_a_project_begins_with_the_text_that_the_command_writes(on_server: Run) -> None:
    async def test(client: httpx.AsyncClient, app: FastAPI) -> None:
        told = await client.post("/project/new", json={"options": {"kinds": ["cluster", "grid"], "lang": "zh"}})
        wrong = await client.post("/project/new", json={"options": {"kinds": ["windmill"]}})
        text = told.json()["result"]["project"]
        checked = await client.post("/project/check", json={"project": text})

        assert checked.json()["result"]["right"] is True, checked.text
        assert sorted(checked.json()["result"]["assets"]) == ["Cluster", "GridConnection"]
        assert wrong.status_code == 422
        assert "windmill" in wrong.text

    on_server(test)


@pytest.fixture
def booked(settings: Settings) -> Settings:
    """A server whose tenant has a book of two accounts."""
    folder = settings.of_tenant("tenants", "home")
    folder.mkdir(parents=True)
    with SqliteBook(folder / "book.sqlite") as store:
        Ledger(store, lambda: AT).post([opening("cash"), opening("energy bought")])
    return settings


def test_a_book_is_exported_as_a_job_and_anybody_works_its_marks_out(booked: Settings, on_server: Run) -> None:
    async def test(client: httpx.AsyncClient, app: FastAPI) -> None:
        job = (await client.post("/ledger/export", json={"options": {}}, headers={"Prefer": "wait=60"})).json()
        lines = (await client.get(f"/jobs/{job['id']}/files/{job['result']['file']}")).text.splitlines()
        stranger = await client.post(
            "/ledger/export", json={"options": {}}, headers={"Prefer": "wait=60", "X-Test-Tenant": "other"}
        )

        mark = EMPTY
        for line in lines:
            told, _, body = line.partition(" ")
            mark = sha256(mark + body.encode("ascii")).digest()
            assert told == mark.hex()
        assert job["result"] == {"records": 2, "head": f"2:{mark.hex()}", "file": "ledger.txt"}
        assert len(lines) == 2
        assert stranger.json()["state"] == "failed", "a tenant without a book has none to give away"

    on_server(test, settings=booked)


def test_a_file_of_any_sort_is_checked_with_the_files_that_it_names(on_server: Run) -> None:
    async def test(client: httpx.AsyncClient, app: FastAPI) -> None:
        bid, prices = ((EXAMPLES / name).read_text("utf-8") for name in ("market_bid.yaml", "market_prices.yaml"))
        file = (await client.put("/files/market_prices.yaml", content=prices.encode())).json()["id"]
        asked = {"project": bid, "options": {"sort": "bids"}}
        alone = await client.post("/project/check", json=asked)
        both = await client.post("/project/check", json={**asked, "files": {"market_prices.yaml": file}})
        as_plan = await client.post("/project/check", json={"project": bid, "files": {"market_prices.yaml": file}})
        gone = await client.post("/project/check", json={**asked, "files": {"market_prices.yaml": "0" * 64}})
        other = (await client.put("/files/market_prices.yaml", content=b"name: no prices")).json()["id"]
        within = await client.post("/project/check", json={**asked, "files": {"market_prices.yaml": other}})
        drawn = (await client.get("/project/schema.json?sort=bids")).json()

        assert [one["found"] for one in alone.json()["result"]["problems"]] == [
            "market_prices.yaml, which is not there"
        ]
        assert both.json()["result"] == {
            "right": True, "problems": [], "name": "Campus that bids", "territory": "", "assets": {},
        }  # fmt: skip
        assert as_plan.json()["result"]["right"] is False
        assert (gone.status_code, gone.json()["problems"][0]["expected"]) == (422, "the id of a file that you sent")
        assert within.json()["result"]["problems"][0]["where"].startswith("market_prices.yaml:1")
        assert str(app.state.here.settings.store) not in within.text
        assert drawn["title"] == "The bid file"
        assert (await client.get("/project/schema.json?sort=bid")).status_code == 422

    on_server(test)
