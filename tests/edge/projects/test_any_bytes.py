"""Whatever stands in the file, reading gives a project or an `InputError`, and nothing else."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wattloom.assets.contract import AssetKind
from wattloom.domain.errors import InputError
from wattloom.edge import projects
from wattloom.plan.project import Project

WORDS = [
    "",
    "~",
    "yes",
    "300 kW",
    "-1",
    ".nan",
    ".inf",
    "[",
    "{a: 1}",
    "[1, 2]",
    "&x",
    "*x",
    "!!int 3",
    "'",
    "|",
    "null",
]
WORDS += [
    "1e999",
    "0x1F",
    "2026-01-01",
    "12:30",
    "\t",
    "%YAML 3.0",
    "? a",
    "<<: *x",
    "新疆",
    "\u2028",
    "\x00",
    "- 1",
    "{}",
]
EXAMPLE = Path(__file__).parents[3] / "examples" / "xinjiang_300mw.yaml"


def mutated(text: str, chance: random.Random) -> bytes:
    """The text with a few lines deleted, doubled, indented, renamed or given another value, or bytes scrambled."""
    lines = text.splitlines()
    for _ in range(chance.randint(1, 4)):
        i = chance.randrange(len(lines))
        key, colon, value = lines[i].partition(":")
        lines[i : i + 1] = chance.choice(
            [
                [],
                [lines[i]] * 2,
                ["  " + lines[i]],
                [lines[i].strip()],
                [f"{key}{colon} {chance.choice(WORDS)}"],
                [f"{key[:-1]}{chance.choice('xyz_kw')}{colon}{value}"],
                [f"{key}{colon} {value[::-1]}"],
                [lines[i], "  " + chance.choice(WORDS)],
            ]
        ) or [""]
    raw = bytearray("\n".join(lines).encode())
    for _ in range(chance.choice([0, 0, 1, 5])):
        raw[chance.randrange(len(raw))] = chance.randrange(256)
    return bytes(raw)


def reads(raw: bytes, folder: Path, kinds: dict[str, AssetKind] | None) -> bool:
    """Whether the bytes are a project; anything but a project or an `InputError` is raised."""
    path = folder / "site.yaml"
    path.write_bytes(raw)
    try:
        project = projects.read(path, territories=("xinjiang",), datasets=("typical-greensboro",), kinds=kinds)
    except InputError as error:
        told = [(p.found, p.expected, p.remedy) for p in error.problems]
    else:
        assert isinstance(project, Project)
        return True
    assert told
    assert all(all(parts) for parts in told)
    return False


@pytest.mark.parametrize("seed", range(20))
def test_a_mutated_file_is_a_project_or_an_input_error(
    right: str, tmp_path: Path, kinds: dict[str, AssetKind], seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 - not for secrets

    read = [reads(mutated(right, chance), tmp_path, kinds) for _ in range(30)]

    assert not all(read)


@pytest.mark.parametrize("seed", range(5))
def test_a_mutated_file_of_the_real_kinds_is_one_too(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - not for secrets
    text = EXAMPLE.read_text(encoding="utf-8")

    read = [reads(mutated(text, chance), tmp_path, None) for _ in range(20)]

    assert not all(read)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(raw=st.one_of(st.binary(max_size=200), st.text(max_size=200).map(lambda text: text.encode("utf-8", "ignore"))))
def test_any_bytes_are_no_project(tmp_path: Path, kinds: dict[str, AssetKind], raw: bytes) -> None:
    assert reads(raw, tmp_path, kinds) is False
