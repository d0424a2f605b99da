"""A newcomer's data file: what is read, and every fault told at once."""

from __future__ import annotations

import pytest

from wattloom.domain.errors import InputError
from wattloom.rules.reading import parse_territory

GOOD = """
name_en = "Nowhere"
name_zh = "无处"
[documents.own]
document = "Own notice"
in_force = 2026-08-01
confidence = "verified-primary"
source = "https://example.org"
[tariff]
source = "own"
[[tariff.tiers]]
tier = "110kV"
kv = [110.0, 220.0]
energy_cny_per_kwh = 0.05
[facts]
loss_rate = [{ value = 0.03, source = "own", in_force = 2027-01-01 }, { value = 0.04, source = "own" }]
"""


def test_a_folder_may_bring_its_own_documents_and_dates() -> None:
    territory = parse_territory(GOOD, key="nowhere")

    assert [fact.value for fact in territory.facts["loss_rate"]] == [0.04, 0.03]
    assert territory.tiers[0].clause.document.en == "Own notice"


def test_every_fault_of_a_file_is_told_with_its_place() -> None:
    bad = """
[tariff]
source = "gossip"
[[tariff.tiers]]
tier = "35kV"
[facts]
losses = { value = 0.03, source = "doc650" }
loss_rate = { value = 3.0, source = "doc650", confidence = "surely" }
[time_of_use]
source = "doc650"
[[time_of_use.bands]]
months = [1]
half_hours = "FFX"
"""
    with pytest.raises(InputError) as refused:
        parse_territory(bad, key="nowhere")

    places = [problem.where for problem in refused.value.problems]
    assert places[:5] == [
        "nowhere/facts.toml tariff",
        "nowhere/facts.toml tariff.tiers 1",
        "nowhere/facts.toml facts.losses",
        "nowhere/facts.toml facts.loss_rate",
        "nowhere/facts.toml facts.loss_rate",
    ]
    assert len(places) == 5 + 12, "each month without 48 letters"


def test_overlapping_tiers_are_refused() -> None:
    second = '[[tariff.tiers]]\ntier = "220kV"\nkv = [200.0, inf]\n[facts]'

    with pytest.raises(InputError, match="220kV: found from 200 kV; expected from 220 kV"):
        parse_territory(GOOD.replace("[facts]", second), key="nowhere")


def test_a_note_in_english_only_is_a_fault() -> None:
    text = GOOD.replace("value = 0.04", 'note = "as printed", value = 0.04')

    with pytest.raises(InputError, match="found note in English only; expected note_zh"):
        parse_territory(text, key="somewhere")
