"""Pages show what finished runs came to: shapes of a run, beside what is live, and the shipped examples of a demo."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from wattloom.app.access.accounts import HOME
from wattloom.domain.errors import Unavailable
from wattloom.edge.api import filled, seeds, shown
from wattloom.edge.api.jobs import files_of
from wattloom.edge.api.lanes import now
from wattloom.edge.api.settings import Settings
from wattloom.wiring import find

EXAMPLES = Path(__file__).parents[3] / "examples"
DAY_OF_TWO = {
    "day": "2026-05-01", "gate": "2026-04-30T09:00:00+08:00", "model": "seasonal_naive", "expected_cost_cny": 1.0,
    "flat_cost_cny": 2.0, "scenarios": 12, "generated": True, "notes": [],
    "steps": [[{"limit_cny_per_mwh": 1300.0, "mw": 50.0}, {"limit_cny_per_mwh": 300.0, "mw": 10.0}],
              [{"limit_cny_per_mwh": 1300.0, "mw": 40.0}]],
}  # fmt: skip


def ran(parts: Any, use: str, rows: dict[str, Any], *, by: str = "planner", state: str = "done", n: int = 1) -> str:
    """A job that ended before the test."""
    name = f"{n:024x}"
    folder = parts.jobs.folder("home", name)
    folder.mkdir(parents=True)
    (folder / shown.SHOWN).write_text(json.dumps(rows), "utf-8")
    parts.jobs.store.add(find("job")(id=name, tenant="home", asked_by=by, use=use, asked="{}", created_at=now(),
                                     state=state))  # fmt: skip
    return name


def test_an_award_goes_to_the_dearest_steps_of_its_period_first(tmp_path: Path) -> None:
    """Two periods of twelve hours: 55 of 60 MW are awarded, then nothing of 40."""
    (tmp_path / "run").mkdir()
    (tmp_path / "project.yaml").write_text("name: Hall\nmarket: {territory: shandong}\n", "utf-8")
    (tmp_path / "run" / "summary.json").write_text(json.dumps({**DAY_OF_TWO, "award_mw": [55.0, 0.0]}), "utf-8")

    shown.keep("market_bid", tmp_path)

    bids = json.loads((tmp_path / shown.SHOWN).read_text("utf-8"))["bids"]
    assert [(one["awarded_mw"], one["state"]) for one in bids] == [(50.0, "awarded"), (5.0, "part"), (0.0, "rejected")]
    assert [one["start"] for one in bids] == ["2026-05-01T00:00:00+08:00"] * 2 + ["2026-05-01T12:00:00+08:00"]
    assert {one["territory"] for one in bids} == {"shandong"}


def test_an_item_of_a_statement_has_its_energy_price_and_document() -> None:
    """2 and 4 MWh at 300 CNY/MWh: 1,800 CNY."""
    summands = [{"unit": "Wh", "quantity": quantity, "document": {"document": {"en": "Doc 7", "zh": "七号文"}}}
                for quantity in ("2000000", "8000000/2")]  # fmt: skip
    item = {"name": {"en": "Energy", "zh": "电量"}, "amount_fen": 180_000, "summands": summands, "documents": [],
            "formula": "energy × price"}  # fmt: skip

    line = shown.line_of(item)

    assert (line["energy_mwh"], line["price_cny_per_mwh"], line["clause"]) == (6.0, 300.0, "Doc 7")


def test_a_page_shows_the_newest_finished_run_beside_what_is_live(on_server: Callable[..., None]) -> None:
    async def test(client: httpx.AsyncClient, app: FastAPI) -> None:
        parts = app.state.here
        rows = {"name": "Hall", "day": "2026-05-01", "bids": [{"id": "b"}], "model": "m", "gate": "g",
                "expected_cost_cny": 1.0, "flat_cost_cny": 2.0, "scenarios": 3, "notes": []}  # fmt: skip
        ran(parts, "market_bid", {**rows, "bids": []}, n=1)
        newest = ran(parts, "market_bid", rows, by="example market_bid.yaml", n=2)
        ran(parts, "market_bid", {**rows, "bids": [{"id": "late"}]}, state="failed", n=3)

        page = (await client.get("/market.json")).json()

        assert [one["id"] for one in page["bids"]] == ["b"]
        assert page["bid"]["from"]["job"] == newest
        assert page["runs"][0]["example"] == "market_bid.yaml"
        assert "shipped example market_bid.yaml" in page["sources"][-1]["en"]
        assert set(page["empty"]) == {"market_backtest", "settle_month"}
        other = (await client.get("/market.json", headers={"x-test-tenant": "elsewhere"})).json()
        assert other["runs"] == []  # Another tenant sees none of it.
        assert "bids" not in other

    on_server(test)


def test_what_is_live_is_told_though_the_store_of_jobs_is_out(on_server: Callable[..., None]) -> None:
    class Out:
        def some(self, *_: Any, **__: Any) -> Any:
            raise Unavailable("the disk does not answer")

    async def test(client: httpx.AsyncClient, app: FastAPI) -> None:
        kept, app.state.here.jobs.store = app.state.here.jobs.store, Out()
        answer = await client.get("/vpp.json")
        app.state.here.jobs.store = kept

        assert answer.status_code == 200
        assert "does not answer" in answer.json()["runs_missing"]

    on_server(test)


@pytest.mark.parametrize("file", sorted({name for seed in seeds.SEEDS for name in (seed.file, *seed.beside)}))
def test_the_package_has_the_shipped_examples_as_they_are(file: str) -> None:
    assert (seeds.FILES / file).read_bytes() == (EXAMPLES / file).read_bytes()


def test_the_package_has_no_other_examples() -> None:
    assert set(files_of(seeds.FILES)) == {name for seed in seeds.SEEDS for name in (seed.file, *seed.beside)}
    assert seeds.TENANT == HOME


def test_a_demonstration_runs_its_examples_once_and_tells_them_as_such(
    on_server: Callable[..., None], settings: Settings
) -> None:
    some = tuple(seed for seed in seeds.SEEDS if seed.use in {"market_bid", "certificates_issue"})

    async def test(client: httpx.AsyncClient, app: FastAPI) -> None:
        parts = app.state.here
        for _ in range(2):  # Started again, it finds them there.
            planted = seeds.Seeds(parts, first_s=0.0, seeds=some)
            planted.start()
            for _ in range(600):
                jobs = (await client.get("/jobs.json")).json()["items"]
                if [job["state"] for job in jobs] == ["done", "done"]:
                    break
                await asyncio.sleep(0.1)
            await asyncio.to_thread(planted.stop)

        assert [job["asked_by"] for job in jobs] == ["example certificates_campus.yaml", "example market_bid.yaml"]
        page = (await client.get("/market.json")).json()
        assert page["day"] == "2026-05-01"
        assert len({one["start"] for one in page["bids"]}) == 24
        assert page["runs"][0]["example"] == "market_bid.yaml"

    on_server(test, settings=replace(settings, demo=True, examples=False))


def test_every_page_of_runs_says_what_to_do_where_none_ran() -> None:
    assert {use for uses in filled.USES.values() for use in uses} == set(filled.NOTHING) == set(shown.SHAPES)
