"""Is a wrong certificates file told in full, with lines, and a right one read?"""

from __future__ import annotations

from pathlib import Path

import pytest

from wattloom.domain.errors import InputError
from wattloom.edge.projects import read_certificates

EXAMPLE = Path(__file__).parents[3] / "examples" / "certificates_campus.yaml"
WRONG = """\
name: Wrong in many ways
devices:
  wind: {owner: windco, technology: wind, capacity_mw: 50, zone: north, scheme: both,
         meter: {generated: {shape: wind, peak_mw: 4}}}
  sun: {owner: sunco, technology: sun, capacity_mw: 0, zone: north, use: storage, meter: {}}
  sea: {owner: seaco, technology: wind, capacity_mw: 9, zone: north, meter: {file: nowhere.csv, column: kwh}}
  roof: {owner: sunco, technology: solar, capacity_mw: 5, zone: north,
         meter: {generated: {shape: solar, peak_mw: 4}, rolls_over_at: 100}}
users:
  hall: {zone: south, territory: atlantis, meter: {generated: {shape: load, peak_mw: 1}}}
contracts:
  - {name: a, devices: [roof, gone], users: [hall]}
  - {name: b, devices: [roof], users: [hall], price_cny_per_mwh: 3}
carbon: {data_year: 2023}
"""


def problems(folder: Path, text: str) -> list[str]:
    """Every problem, as a person reads it."""
    path = folder / "certificates.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as wrong:
        read_certificates(path, territories=("ningxia",))
    return [str(problem).replace(f"{path}:", "") for problem in wrong.value.problems]


def test_the_example_is_read() -> None:
    project = read_certificates(EXAMPLE, territories=("ningxia",))

    assert list(project.devices) == ["wind_field", "sun_field", "hill_wind"]
    assert project.contracts[0].shared
    assert project.stores["battery"].efficiency == 0.86


def test_everything_that_is_wrong_is_told_at_once_with_its_line(tmp_path: Path) -> None:
    told = problems(tmp_path, WRONG)

    assert [line.split(" ")[0] for line in told] == sorted((line.split(" ")[0] for line in told), key=int)
    text = "\n".join(told)
    for said in (
        "3 devices.wind: found no granular_share",
        "6 devices.sea.meter.file: found",
        "5 devices.sun.technology: found sun",
        "5 devices.sun.capacity_mw: found 0",
        "5 devices.sun.meter: found neither file nor generated",
        "8 devices.roof.meter.rolls_over_at: found rolls_over_at of a meter whose sort is interval",
        "10 users.hall.territory: found atlantis",
        "13 contracts item 2: found a price without shares",
        "14 carbon: found no untracked",
    ):
        assert said in text, text


def test_names_of_nothing_and_zones_that_differ_are_told_once_the_rest_is_right(tmp_path: Path) -> None:
    text = """\
name: Nearly right
devices:
  roof: {owner: sunco, technology: solar, capacity_mw: 5, zone: north,
         meter: {generated: {shape: solar, peak_mw: 4}}}
users:
  hall: {zone: south, meter: {generated: {shape: load, peak_mw: 1}}}
contracts:
  - {name: a, devices: [roof, gone], users: [hall]}
  - {name: b, devices: [roof], users: [hall]}
"""

    told = problems(tmp_path, text)

    assert [line.split(": ", 1)[1] for line in told] == [
        "found gone in contract 'a'; expected a device or store of this file; correct the name",
        ("found zones north, south in contract 'b'; expected one zone, or `delivery:`; "
         "name the document that shows delivery"),
    ]  # fmt: skip
