"""Where does the command line begin?"""

from __future__ import annotations

from wattloom.edge.cli.commands import commands
from wattloom.edge.cli.doors import Doors
from wattloom.wiring import find


def main() -> None:
    """Run the command line."""
    commands(Doors(find=find))()
