"""A copy brings back what was copied and nothing else: no link, no file beside the list, no name that leads out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from wattloom.domain.errors import InputError
from wattloom.edge.store.whole import MANIFEST, backup, restore


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of a store with one file."""
    store = tmp_path / "store"
    store.mkdir()
    (store / "access.toml").write_text("hosts = []\n")
    backup(store, tmp_path / "copy")
    return tmp_path / "copy"


def refused(copy: Path) -> str:
    """What is said of a copy that was tampered with; nothing was brought back."""
    back = copy.with_name("back")
    with pytest.raises(InputError) as wrong:
        restore(copy, back)
    assert not back.exists()
    return "; ".join(f"{one.where}: {one.found}" for one in wrong.value.problems)


def test_a_copy_that_nobody_touched_comes_back(copy: Path) -> None:
    restore(copy, copy.with_name("back"))

    assert (copy.with_name("back") / "access.toml").read_text() == "hosts = []\n"


def test_a_link_in_place_of_a_file_is_not_followed(copy: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("hosts = []\n")
    (copy / "access.toml").unlink()
    (copy / "access.toml").symlink_to(tmp_path / "secret")

    assert refused(copy) == "access.toml: a way out of the copy"


def test_a_folder_that_is_a_link_and_a_file_that_was_laid_beside_are_named(copy: Path, tmp_path: Path) -> None:
    (copy / "files").symlink_to(tmp_path)
    (copy / "more.toml").write_text("x = 1\n")

    assert refused(copy) == "files: a file that is not on the list; more.toml: a file that is not on the list"


def test_a_name_on_the_list_that_leads_out_is_refused(copy: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("x")
    told = json.loads((copy / MANIFEST).read_text())
    told["sha256"]["../secret"] = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"
    (copy / MANIFEST).write_text(json.dumps(told))

    assert refused(copy) == "../secret: a way out of the copy"
