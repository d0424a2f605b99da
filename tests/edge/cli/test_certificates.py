"""Issue, match, verify and count carbon from the command line, on the example as it comes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from tests.edge.cli.conftest import Run

EXAMPLE = Path(__file__).parents[3] / "examples" / "certificates_campus.yaml"


@pytest.fixture(scope="module")
def place(wattloom: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the example's March was issued and matched, in hours."""
    folder = tmp_path_factory.mktemp("certificates")
    (folder / "campus.yaml").write_text(
        EXAMPLE.read_text("utf-8").replace("step_minutes: 15", "step_minutes: 60"), encoding="utf-8"
    )
    asked = ("--book", folder / "book.sqlite", "--month", "2026-03")
    for verb in ("issue", "match"):
        found = wattloom("certificates", verb, folder / "campus.yaml", *asked, "--out", folder / verb)
        assert found.exit_code == 0, found.output
    return folder


def summary(folder: Path, verb: str) -> dict[str, object]:
    """What a machine reads of a run."""
    read: dict[str, object] = json.loads((folder / verb / "summary.json").read_text("utf-8"))
    return read


def test_the_example_is_issued_and_matched_and_says_that_it_is_generated(place: Path) -> None:
    issued, matched = summary(place, "issue"), summary(place, "match")

    assert issued["generated"] is True
    assert 0.5 < float(str(matched["period_share"])) < float(str(matched["volume_share"])) < 1
    assert len(list((place / "match").glob("proof-*.json"))) == matched["new_claims"]
    assert "no figure here says anything about a real place" in (place / "match" / "report.html").read_text("utf-8")


def test_a_second_run_changes_nothing(wattloom: Run, place: Path) -> None:
    asked = ("--book", place / "book.sqlite", "--month", "2026-03", "--json")

    issued = wattloom("certificates", "issue", place / "campus.yaml", *asked, "--out", place / "again")
    matched = wattloom("certificates", "match", place / "campus.yaml", *asked, "--out", place / "again")

    assert json.loads(issued.stdout)["new_entries"] == 0
    assert json.loads(matched.stdout)["new_claims"] == 0
    assert json.loads(matched.stdout)["head"] == summary(place, "match")["head"]


def test_proofs_are_checked_offline_and_against_the_book(wattloom: Run, place: Path) -> None:
    proofs = sorted((place / "match").glob("proof-*.json"))

    offline = wattloom("certificates", "verify", *proofs)
    known = wattloom("certificates", "verify", *proofs, "--book", place / "book.sqlite", "--json")

    assert offline.exit_code == 0
    assert "compare each mark with one that was noted elsewhere" in offline.stdout
    assert json.loads(known.stdout)["holds"] is True


def test_a_proof_that_was_changed_or_shown_twice_does_not_hold(wattloom: Run, place: Path) -> None:
    sound = max((place / "match").glob("proof-*.json"), key=lambda path: path.stat().st_size)
    broken = place / "broken.json"
    broken.write_text(sound.read_text("utf-8").replace('"hall_', '"hell_'), encoding="utf-8")

    changed = wattloom("certificates", "verify", broken)
    other = place / "again.json"
    other.write_bytes(sound.read_bytes())
    twice = wattloom("certificates", "verify", sound, other)
    missing = wattloom("certificates", "verify", place / "nowhere.json")

    assert (changed.exit_code, twice.exit_code, missing.exit_code) == (2, 2, 2)
    assert "does not hold" in changed.output
    assert "overlap:" in twice.output
    assert "check the path" in missing.output


def test_carbon_is_reported_by_both_methods_and_posted_once(wattloom: Run, place: Path) -> None:
    asked = ("carbon", "report", place / "campus.yaml", "--year", "2026", "--book", place / "book.sqlite", "--post",
             "--json", "--out", place / "carbon")  # fmt: skip

    first, again = (json.loads(wattloom(*asked).stdout) for _ in range(2))

    hall = first["users"]["hall_a"]
    assert hall["grams"]["location"] == round(hall["load_wh"] * 0.6187)
    assert hall["grams"]["market"] == round((hall["load_wh"] - hall["claimed_wh"]) * 0.6096)
    assert sum(hall["months_wh"]) == hall["load_wh"]
    assert first["new_entries"] > 0
    assert again["new_entries"] == 0
    refused = wattloom("carbon", "report", place / "campus.yaml", "--year", "2026", "--post")
    assert "name it with --book" in refused.output


def test_the_book_is_whole_after_all_of_it(wattloom: Run, place: Path) -> None:
    found = wattloom("ledger", "verify", place / "book.sqlite")

    assert found.exit_code == 0, found.output
    assert "all whole" in found.stdout


def test_a_certificate_is_frozen_and_used_up_with_a_reason_and_known_the_second_time(
    wattloom: Run, place: Path, tmp_path: Path
) -> None:
    for name in ("book.sqlite", "book.bundles"):
        source = place / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, tmp_path / name)
    gec = ("--device", "hill_wind", "--month", "2026-03", "--count", "5", "--holder", "hill company")
    asked = ("certificates", "cancel", "--book", tmp_path / "book.sqlite", *gec)
    use = ("--deed", "cancel", "--beneficiary", "hall a", "--in", "2026-06", "--reason", "year report")

    first, again = wattloom(*asked, *use), wattloom(*asked, *use)
    wrong = wattloom(*asked, "--deed", "burn", "--reason", "none")

    assert "cancel 5 GEC of hill_wind 2026-03: done" in first.stdout
    assert "known: nothing was changed" in again.stdout
    assert wrong.exit_code == 2
    assert "one of freeze, unfreeze, cancel, void, expire" in wrong.output
