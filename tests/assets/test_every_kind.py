"""Does every asset kind keep the promises that the schema, the forms and the docs build on?"""

from __future__ import annotations

import dataclasses
import types
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import pytest

from wattloom.assets import kinds
from wattloom.assets.contract import AssetKind, Help, Stage, Unit
from wattloom.domain.members import member, names_of

KINDS = names_of(kinds)


def kind_of(name: str) -> AssetKind:
    found = member(kinds, name, "ASSET")
    assert isinstance(found, AssetKind)
    return found


def fields_of(name: str) -> dict[str, Any]:
    """Annotated type of each field, by name."""
    fields = kind_of(name).fields
    hints = get_type_hints(fields, include_extras=True)
    return {item.name: hints[item.name] for item in dataclasses.fields(fields)}


def is_measured(hint: Any) -> bool:
    """Whether a type holds a number, and so needs a unit."""
    if get_origin(hint) is Literal:
        return False
    if get_origin(hint) in {Union, types.UnionType, tuple, Annotated}:
        return any(is_measured(part) for part in get_args(hint))
    return hint in {float, int}


@pytest.mark.parametrize("name", KINDS)
def test_key_of_the_project_file_is_the_folder(name: str) -> None:
    assert kind_of(name).key == name


@pytest.mark.parametrize("name", KINDS)
def test_title_speaks_english_and_chinese(name: str) -> None:
    title = kind_of(name).title

    assert title.en
    assert any("\u4e00" <= letter <= "\u9fff" for letter in title.zh)


@pytest.mark.parametrize("name", KINDS)
def test_fields_are_a_frozen_slotted_dataclass_with_a_docstring(name: str) -> None:
    fields = kind_of(name).fields

    assert dataclasses.is_dataclass(fields)
    assert fields.__dataclass_params__.frozen  # type: ignore[attr-defined]
    assert "__slots__" in vars(fields)
    assert all(item.kw_only for item in dataclasses.fields(fields))
    # A dataclass without a docstring gets its signature for one.
    assert fields.__doc__
    assert not fields.__doc__.startswith(f"{fields.__name__}(")


@pytest.mark.parametrize("name", KINDS)
def test_module_opens_with_a_docstring(name: str) -> None:
    assert (__import__(f"{kinds.__name__}.{name}", fromlist=["ASSET"]).__doc__ or "").strip()


@pytest.mark.parametrize("name", KINDS)
def test_every_field_is_explained_in_english_and_chinese(name: str) -> None:
    silent = []
    for field, hint in fields_of(name).items():
        helps = [part for part in getattr(hint, "__metadata__", ()) if isinstance(part, Help)]
        if len(helps) != 1 or not helps[0].en or not helps[0].zh:
            silent.append(field)

    assert silent == []


@pytest.mark.parametrize("name", KINDS)
def test_every_number_has_a_unit(name: str) -> None:
    bare = []
    for field, hint in fields_of(name).items():
        units = [part for part in getattr(hint, "__metadata__", ()) if isinstance(part, Unit)]
        if is_measured(hint) and len(units) != 1:
            bare.append(field)

    assert bare == []


@pytest.mark.parametrize("name", KINDS)
def test_it_answers_the_contract(name: str) -> None:
    fields = kind_of(name).fields

    assert isinstance(fields.STAGE, Stage)
    assert callable(fields.add_to)
    assert callable(fields.envelope)
    assert fields.add_to.__doc__
    assert fields.envelope.__doc__


def test_kinds_of_the_plain_are_all_found() -> None:
    assert {"solar", "wind", "nuclear", "direct_line", "grid"} <= set(KINDS)
