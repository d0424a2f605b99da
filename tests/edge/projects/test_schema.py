"""Editors and the check must say the same of a file. The judge is the `jsonschema` package."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from wattloom.assets.contract import AssetKind
from wattloom.domain.errors import Problem
from wattloom.edge import projects

Check = Callable[[str], list[Problem]]


@pytest.fixture
def schema(kinds: dict[str, AssetKind]) -> dict[str, Any]:
    return projects.schema(territories=("xinjiang", "ningxia"), kinds=kinds)


def errors(schema: dict[str, Any], text: str) -> list[str]:
    """Where an editor would underline the text."""
    data = YAML(typ="safe", pure=True).load(text)
    found = Draft202012Validator(schema).iter_errors(data)
    return sorted({".".join(map(str, error.absolute_path)) for error in found})


def test_the_schema_is_one(schema: dict[str, Any]) -> None:
    Draft202012Validator.check_schema(schema)
    Draft202012Validator.check_schema(projects.schema())

    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def test_a_right_file_has_no_error_in_an_editor(schema: dict[str, Any], right: str) -> None:
    assert errors(schema, right) == []
    assert errors(schema, right.replace("mwh: 300", "mwh: {dataset: germany-2018-price}") + "finance:\n") == []


@pytest.mark.parametrize(
    ("piece", "other", "path"),
    [
        ("latitude_deg: 43.8", "latitude_deg: 99", "site.latitude_deg"),
        ("voltage_kv: 110", "voltage_kv: 0", "connection.voltage_kv"),
        ("voltage_kv: 110", "voltage_v: 110", "connection"),
        ("territory: xinjiang", "territory: mars", "connection.territory"),
        ("kind: solar", "kind: moon", "assets.pv.kind"),
        ("power_mw: {min: 0, max: 20, unit_size: 2.5}", "power_kw: 3", "assets.pv"),
        ("it_mw: 5", 'it_mw: "5"', "assets.hall.it_mw"),
        ("sort: batch", "sort: party", "assets.hall.classes.jobs.sort"),
        ("sources: [pv]", "sources: pv", "assets.wire.sources"),
        ("mwh: 300", "mwh: {by_month: [1, 2]}", "assets.grid.price_cny_per_mwh"),
        ("of_site: false", "of_site: no way", "weather.of_site"),
        ("name: Five megawatts", "title: 5", ""),
    ],
)
def test_what_the_check_refuses_an_editor_underlines(
    schema: dict[str, Any], right: str, check: Check, piece: str, other: str, path: str
) -> None:
    wrong = right.replace(piece, other)

    assert path in errors(schema, wrong)
    assert check(wrong)


def test_a_key_shows_its_sentence_unit_and_bounds(schema: dict[str, Any]) -> None:
    voltage = schema["properties"]["connection"]["properties"]["voltage_kv"]
    mounting = schema["$defs"]["solar"]["properties"]["mounting"]

    assert voltage.pop("description").endswith("kV, > 0, ≤ 1000")
    assert voltage == {"type": "number", "exclusiveMinimum": 0, "maximum": 1000, "x-unit": "kV"}
    assert mounting["enum"] == ["fixed", "single_axis"]
    assert mounting["default"] == "fixed"
    assert schema["$defs"]["solar"]["properties"]["kind"] == {"const": "solar"}


def test_every_kind_of_the_package_has_its_keys_in_the_schema() -> None:
    definitions = projects.schema()["$defs"]

    assert {"cluster", "grid", "solar", "wind", "battery"} <= set(definitions)
    assert all(definition["additionalProperties"] is False for definition in definitions.values())
