"""Nominate and run an event from the command line, on the example without its jobs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.edge.cli.conftest import Run

from wattloom.domain.errors import InputError
from wattloom.edge.projects import read_pool

EXAMPLE = Path(__file__).parents[3] / "examples" / "vpp_guangdong.yaml"


def lean(folder: Path) -> Path:
    """The example without the member that is known by its jobs: quicker."""
    text = EXAMPLE.read_text("utf-8")
    start, end = text.index("computing:\n"), text.index("clusters:\n")
    path = folder / "pool.yaml"
    path.write_text(text[:start] + text[end:], encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def place(wattloom: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which both commands have run."""
    folder = tmp_path_factory.mktemp("vpp")
    file = lean(folder)
    for verb, lang in (("nominate", "zh"), ("event", "en")):
        found = wattloom("vpp", verb, file, "--out", folder / verb, "--lang", lang)
        assert found.exit_code == 0, found.output
    return folder


def summary(folder: Path, verb: str) -> dict[str, Any]:
    """What a machine reads of a run."""
    read: dict[str, Any] = json.loads((folder / verb / "summary.json").read_text("utf-8"))
    return read


def test_each_step_stands_in_the_report_and_in_the_summary(place: Path) -> None:
    told, page = summary(place, "event"), (place / "event" / "report.html").read_text("utf-8")

    assert sum(line["amount_fen"] for line in told["shares"]) == told["paid_fen"]
    assert told["nominate"]["nominated_mw"][0] * 0.8 == pytest.approx(told["awarded_mw"][0], abs=1e-3)
    for step in ("Nominated", "Awarded and called", "Baseline energy", "Counted by the rule", "Paid to the pool"):
        assert step in page
    for step in ("申报容量", "中标并调用", "有效响应电量", "收益分配", "记账分录"):
        assert step in page
    assert "To be confirmed before money moves" in page


def test_the_ledgers_lines_lie_in_a_file_of_their_own(place: Path) -> None:
    entries = json.loads((place / "event" / "ledger.json").read_text("utf-8"))

    assert [one["kind"] for one in entries[:-1]] == ["open"] * (len(entries) - 1)
    assert entries[-1]["kind"] == "provisional"
    assert entries == summary(place, "event")["entries"]


def test_a_nomination_says_how_sure_it_is(place: Path) -> None:
    told = summary(place, "nominate")

    assert told["probability"] == 0.95
    assert told["coverage"][0]["high"] >= 0.95
    assert told["admitted"] is True
    assert '<html lang="zh' in (place / "nominate" / "report.html").read_text("utf-8")


def test_json_is_the_summary(wattloom: Run, place: Path) -> None:
    found = wattloom("vpp", "event", place / "pool.yaml", "--json", "--out", place / "again")

    assert json.loads(found.stdout)["paid_fen"] == summary(place, "event")["paid_fen"]


WRONG = """\
name: wrong
territory: guangdong
event: {start: "2026-07-15 19:00", hours: 1.1}
rule: {programme: guangdong_shave}
loads:
  mill: {load_mw: 5, interruptible_mw: 6, hours_min: 3, hours_max: 1}
fleets:
  mill: {vehicles: 3, charger_kw: 7, need_kwh: 900, arrive: "18h", depart: "07:00"}
award: {meters: {nobody: 3}}
"""


def test_a_wrong_file_is_told_in_full_with_lines(tmp_path: Path) -> None:
    path = tmp_path / "pool.yaml"
    path.write_text(WRONG, encoding="utf-8")

    with pytest.raises(InputError) as wrong:
        read_pool(path, territories=("guangdong",))

    told = [str(problem).replace(f"{path}:", "") for problem in wrong.value.problems]
    assert [one.split(":")[0] for one in told] == [
        "3 event.start",
        "3 event.hours",
        "6 loads.mill.interruptible_mw",
        "6 loads.mill.hours_min",
        "8 fleets.mill.arrive",
    ]


def test_what_does_not_fit_together_is_told(tmp_path: Path) -> None:
    path = tmp_path / "pool.yaml"
    path.write_text(
        WRONG.replace("2026-07-15 19:00", "2026-07-15T19:00+08:00").replace("hours: 1.1", "hours: 1")
        .replace("interruptible_mw: 6, hours_min: 3", "interruptible_mw: 4").replace("need_kwh: 900", "need_kwh: 9")
        .replace("18h", "18:00"),
        encoding="utf-8",
    )  # fmt: skip

    with pytest.raises(InputError) as wrong:
        read_pool(path, territories=("guangdong",))

    assert "2 members of this name" in str(wrong.value)
    assert "no member nobody" in str(wrong.value)


def test_open_parameters_of_the_programme_are_asked_for(wattloom: Run, tmp_path: Path) -> None:
    file = lean(tmp_path)
    file.write_text(
        "\n".join(line for line in file.read_text("utf-8").splitlines() if "given:" not in line), encoding="utf-8"
    )

    found = wattloom("vpp", "event", file, "--out", tmp_path / "run")

    assert found.exit_code != 0
    assert "penalty_of_price" in found.output
