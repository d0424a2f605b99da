"""Is a folder its own registry, and does a missing constant say what to add?"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

from wattloom.domain.errors import MemberError
from wattloom.domain.members import member, members_of, names_of


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """A package of two members, one module that is private, and one that forgot its constant."""
    package = tmp_path / "models_for_a_test"
    (package / "wind").mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "sun.py").write_text("MODEL = 'of the sun'\n")
    (package / "wind" / "__init__.py").write_text("MODEL = 'of the wind'\n")
    (package / "_shared.py").write_text("raise RuntimeError('nobody asked for me')\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    yield import_module("models_for_a_test")
    for name in [name for name in sys.modules if name.startswith("models_for_a_test")]:
        del sys.modules[name]


def test_members_are_modules_and_folders_sorted_without_private_ones(folder: ModuleType) -> None:
    assert names_of(folder) == ("sun", "wind")


def test_names_are_known_before_anything_is_imported(folder: ModuleType) -> None:
    names_of(folder)

    assert "models_for_a_test.sun" not in sys.modules


def test_every_member_is_found_by_its_constant(folder: ModuleType) -> None:
    assert members_of(folder, "MODEL") == {"sun": "of the sun", "wind": "of the wind"}


def test_a_member_without_its_constant_says_what_to_add(folder: ModuleType) -> None:
    with pytest.raises(MemberError, match=r"models_for_a_test\.sun declares no FEED; add `FEED = …` at its end"):
        member(folder, "sun", "FEED")


def test_an_unknown_member_is_answered_with_those_that_are_there(folder: ModuleType) -> None:
    with pytest.raises(MemberError, match="no member 'rain'; it has sun, wind"):
        member(folder, "rain", "MODEL")


def test_a_private_module_is_no_member(folder: ModuleType) -> None:
    with pytest.raises(MemberError, match="no member '_shared'"):
        member(folder, "_shared", "MODEL")
