"""The control side takes what is signed for it, by its own policy, once."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from wattloom.app.access.advice import Advice, Signer, new_key
from wattloom.domain.errors import FeedError, InputError
from wattloom.domain.live import SiteCommand, Update
from wattloom.edge.gateways.control_side import ControlSide, PlantFiles, SitePolicy
from wattloom.edge.gateways.mirror import MirrorFiles
from wattloom.edge.gateways.opening import opened
from wattloom.edge.gateways.outward import fetched, reported

NOW = datetime.fromisoformat("2027-03-15T12:00:00+08:00")


class Outside:
    """A server that signs, a plant, and a listener to reports."""

    def __init__(self, folder: Path, policy: SitePolicy) -> None:
        """Measure 10 MW, advise nothing."""
        self.signer, self.text, self.folder, self.now = Signer(new_key()), "", folder, NOW
        self.plant, self.reports = folder / "plant", list[dict[str, Any]]()
        self.plant.mkdir(exist_ok=True)
        self.policy = policy
        self.measure(10.0)

    def measure(self, it_mw: float) -> None:
        (self.plant / "measured.json").write_text(json.dumps({"it_mw": it_mw}))

    def advise(self, it_mw: float, *, tick: int = 7, site: str = "dc1", minutes: int = 15) -> None:
        command = SiteCommand(
            id=f"room-{tick}-0", tick=tick, site=site, at_s=NOW.timestamp(), served_it_mw=(it_mw, 0.0, 0.0, 0.0),
            moved_out_it_mw=(0.0, 0.0), moved_in_it_mw=0.0, idle_it_mw=0.0, charge_mw=0.0, discharge_mw=0.0,
        )  # fmt: skip
        self.text = self.signer.signed(
            Advice(command=command, issued_at=NOW, valid_from=NOW, valid_to=NOW + timedelta(minutes=minutes),
                   by="policy automatic", via="policy")
        )  # fmt: skip

    def gate(self) -> ControlSide:
        return ControlSide(
            "dc1", keys=[self.signer.public], fetch=lambda: self.text or None, plant=PlantFiles(self.plant),
            policy=self.policy, folder=self.folder / "state", now=lambda: self.now, report=self.reports.extend,
        )  # fmt: skip

    def set_mw(self) -> float | None:
        path = self.plant / "setpoints.json"
        return json.loads(path.read_text())["it_mw"] if path.is_file() else None


def test_automatic_applies_what_is_signed_once_even_after_a_restart(tmp_path: Path) -> None:
    outside = Outside(tmp_path, SitePolicy(kind="automatic"))
    outside.advise(12.5)

    assert outside.gate().look().outcome == "applied"
    assert outside.set_mw() == 12.5
    (tmp_path / "plant" / "setpoints.json").unlink()
    assert outside.gate().look().outcome == "known"
    assert outside.set_mw() is None


def test_within_limits_applies_near_what_is_measured_and_asks_beyond(tmp_path: Path) -> None:
    outside = Outside(tmp_path, SitePolicy(kind="within_limits", limit_mw=1.0))
    outside.advise(10.9)
    assert outside.gate().look().outcome == "applied"
    outside.advise(11.2, tick=8)

    looked = outside.gate().look()

    assert looked.outcome == "waiting"
    assert "1.20 MW away from now, limit 1 MW" in looked.why
    assert outside.set_mw() == 10.9


def test_manual_waits_for_a_persons_file_and_names_her(tmp_path: Path) -> None:
    outside = Outside(tmp_path, SitePolicy(kind="manual"))
    outside.advise(11.0)
    gate = outside.gate()
    assert gate.look().outcome == "waiting"
    assert outside.set_mw() is None

    (tmp_path / "state" / "approve" / "room-7-0").write_text("ana")
    looked = gate.look()

    assert looked.outcome == "applied"
    assert "approved here by ana" in looked.by
    assert outside.set_mw() == 11.0


def test_approved_too_late_it_is_not_applied(tmp_path: Path) -> None:
    outside = Outside(tmp_path, SitePolicy(kind="manual"))
    outside.advise(11.0)
    gate = outside.gate()
    gate.look()
    (tmp_path / "state" / "approve" / "room-7-0").write_text("ana")
    outside.now = NOW + timedelta(minutes=16)

    assert gate.look().outcome == "refused"
    assert outside.set_mw() is None


def test_what_is_forged_of_another_site_or_beyond_the_plant_is_left_aside(tmp_path: Path) -> None:
    outside = Outside(tmp_path, SitePolicy(kind="automatic", it_mw_max=20.0))
    outside.advise(11.0, site="dc2")
    assert outside.gate().look().outcome == "refused"
    outside.advise(21.0)
    assert "above the site's 20 MW" in outside.gate().look().why
    outside.advise(11.0, tick=9)
    head, body, mark = outside.text.split(".")
    outside.text = f"{head}.{body}.{mark[:-4]}AAAA"

    assert outside.gate().look().outcome == "refused"
    assert outside.set_mw() is None


def test_an_older_set_point_does_not_undo_a_newer_one(tmp_path: Path) -> None:
    outside = Outside(tmp_path, SitePolicy(kind="automatic"))
    outside.advise(12.0, tick=9)
    gate = outside.gate()
    gate.look()
    outside.advise(3.0, tick=8)

    assert gate.look().outcome == "known"
    assert outside.set_mw() == 12.0


def test_measurements_are_reported_with_numbers_that_rise_over_restarts(tmp_path: Path) -> None:
    outside = Outside(tmp_path, SitePolicy(kind="manual"))
    outside.gate().look()
    outside.gate().look()

    assert [(one["number"], one["name"], one["value"]) for one in outside.reports] == [
        (1, "dc1", 10.0),
        (2, "dc1", 10.0),
    ]


def test_advice_and_reports_travel_as_files_where_there_is_no_network(tmp_path: Path) -> None:
    assert fetched(str(tmp_path), site="dc1", token="") is None
    (tmp_path / "dc1.jws").write_text("a.b.c")
    assert fetched(str(tmp_path), site="dc1", token="") == "a.b.c"

    reported(str(tmp_path / "out"), [{"name": "dc1", "number": 5}], token="")

    (file,) = (tmp_path / "out").glob("*.json")
    assert json.loads(file.read_text()) == [{"name": "dc1", "number": 5}]
    with pytest.raises(InputError):
        fetched("ftp://example.org", site="dc1", token="")
    with pytest.raises(FeedError):
        fetched("http://127.0.0.1:9", site="dc1", token="")


def test_a_gateway_tells_all_that_is_wrong_with_its_options_and_takes_no_private_key(tmp_path: Path) -> None:
    keys = tmp_path / "keys.json"
    keys.write_text(json.dumps([dict(new_key())]))

    with pytest.raises(InputError) as refused:
        opened("dc1", advice="x", keys=keys, plant=tmp_path / "none", folder=tmp_path, report="", token_file=None,
               policy={"kind": "brave"})  # fmt: skip

    assert [problem.where for problem in refused.value.problems] == ["--policy", "--plant", "--keys"]


def test_a_mirror_reads_files_in_order_once_and_writes_nothing_beside_them(tmp_path: Path) -> None:
    inbox, kept = tmp_path / "inbox", list[Update]()
    inbox.mkdir()
    told = {"part": "sites", "name": "dc1", "field": "it_mw", "at_s": 1.0, "source": "diode"}
    for number in (2, 1, 3):
        (inbox / f"{number:09d}.json").write_text(json.dumps([{**told, "value": 1.0 * number, "number": number}]))
    (inbox / "000000002b.json").write_text("{half a file")

    def offer(updates: Any, timeout_s: float) -> dict[str, int]:
        kept.extend(updates)
        return {"taken": len(updates)}

    before = sorted(inbox.iterdir())
    mirror = MirrorFiles(inbox, offer=offer, place=tmp_path / "place.txt")

    assert mirror.look() == 4
    assert MirrorFiles(inbox, offer=offer, place=tmp_path / "place.txt").look() == 0
    assert [one.value for one in kept] == [1.0, 2.0, 3.0]
    assert mirror.unread == 1
    assert sorted(inbox.iterdir()) == before
