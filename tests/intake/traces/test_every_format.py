"""What every format of traces must do, whichever it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from wattloom.domain.errors import InputError
from wattloom.intake.traces import Promise, format_keys, read_trace, trace_format


@pytest.mark.parametrize("key", format_keys())
def test_a_format_is_named_told_in_both_languages_and_has_a_source(key: str) -> None:
    form = trace_format(key)

    assert form.key == key
    assert form.title.en
    assert form.title.zh
    assert form.source.en
    assert form.source.zh
    # A zone or an epoch of its own says why.
    assert bool(form.zone) == bool(form.zone_why.en) == bool(form.zone_why.zh)
    assert bool(form.epoch) == bool(form.epoch_why.en) == bool(form.epoch_why.zh)


@pytest.mark.parametrize("key", format_keys())
def test_a_file_that_is_not_there_is_refused(key: str, tmp_path: Path, promise: Promise) -> None:
    with pytest.raises(InputError, match=r"no such file|no zone"):
        read_trace(tmp_path / "none.csv", format=key, promise=promise)


@pytest.mark.parametrize("key", sorted(set(format_keys()) - {"kubernetes", "sacct", "table", "acme"}))
def test_a_table_of_something_else_is_refused_with_every_column_that_lacks(
    key: str, tmp_path: Path, promise: Promise
) -> None:
    path = tmp_path / "other.csv"
    path.write_text("colour,taste\nred,sweet\n", encoding="utf-8")

    with pytest.raises(InputError) as caught:
        read_trace(path, format=key, promise=promise)

    assert len(caught.value.problems) >= 3
    assert all(problem.found == "colour, taste" for problem in caught.value.problems)


def test_an_unknown_format_is_refused_with_those_that_are_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="found 'pbs'; expected one of acme, azure, helios, kubernetes, mooncake"):
        read_trace(tmp_path, format="pbs")
