"""Is the command line there at once, and does it load nothing heavy before it must?"""

from __future__ import annotations

import subprocess
import sys

import pytest
from typer.testing import CliRunner

from wattloom import __version__
from wattloom.edge.cli.commands import commands
from wattloom.edge.cli.doors import Doors
from wattloom.wiring import AS_THEY_STAND, USE_CASES, doors, find

HEAVY = (
    "numpy",
    "pandas",
    "linopy",
    "highspy",
    "pvlib",
    "xarray",
    "scipy",
    "rich.progress",
    "jinja2",
    "httpx",
    "ruamel",
)


@pytest.mark.parametrize("words", [["--help"], ["plan", "--help"], ["plan", "site", "--help"], ["--version"]])
def test_help_loads_nothing_heavy(words: list[str]) -> None:
    program = f"""
import sys
sys.argv = ["wattloom", *{words!r}]
from wattloom.main import main
try:
    main()
except SystemExit as end:
    assert end.code in (0, None), end.code
print("LOADED", *sorted({HEAVY!r} & sys.modules.keys()))
""".replace(f"{HEAVY!r}", f"set({HEAVY!r})")

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout.splitlines()[-1].split() == ["LOADED"]


def test_the_version_is_told() -> None:
    assert CliRunner().invoke(commands(Doors(find=find)), ["--version"]).output == f"wattloom {__version__}\n"


@pytest.mark.parametrize("name", [*USE_CASES, *AS_THEY_STAND, *doors()])
def test_every_door_opens(name: str) -> None:
    assert callable(find(name))


def test_a_door_that_is_not_there_is_an_error() -> None:
    with pytest.raises(KeyError, match="plan_castle"):
        find("plan_castle")
