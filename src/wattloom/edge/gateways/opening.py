"""Which gateway is opened for what a command was given? Keys, places and policy judged together, all at once."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from wattloom.domain.errors import InputError, Problem
from wattloom.domain.live import shown
from wattloom.edge.gateways.control_side import KINDS, ControlSide, PlantFiles, SitePolicy
from wattloom.edge.gateways.outward import fetched, reported


def opened(site: str, *,  # noqa: PLR0913  An argument an option.
           advice: str, keys: Path, plant: Path, folder: Path, report: str, token_file: Path | None,
           policy: Mapping[str, Any]) -> ControlSide:  # fmt: skip
    """A gateway; `InputError` names all that is wrong."""
    problems: list[Problem] = []
    if policy["kind"] not in KINDS:
        problems.append(Problem(where="--policy", found=shown(policy["kind"]), expected=", ".join(KINDS),
                                remedy="say how this site approves"))  # fmt: skip
    if not plant.is_dir():
        problems.append(Problem(where="--plant", found=f"no folder {plant}", expected="the controls' folder",
                                remedy="make it, or correct the path"))  # fmt: skip
    known = _keys(keys, problems)
    token = _token(token_file, problems)
    if problems:
        raise InputError(problems)
    return ControlSide(
        site,
        keys=known,
        fetch=lambda: fetched(advice, site=site, token=token),
        plant=PlantFiles(plant),
        policy=SitePolicy(**policy),
        folder=folder,
        now=lambda: datetime.now(tz=UTC),
        report=(lambda updates: reported(report, updates, token=token)) if report else lambda _: None,
    )


def _keys(path: Path, problems: list[Problem]) -> list[Mapping[str, Any]]:
    """Public keys; a private one has no place here."""
    try:
        told = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        problems.append(Problem(where="--keys", found=type(error).__name__, expected="a JSON list of public keys",
                                remedy="bring what `wattloom gateway key` prints"))  # fmt: skip
        return []
    found = told if isinstance(told, list) and all(isinstance(one, dict) for one in told) else []
    if not found or any("d" in one for one in found):
        what = "a private key" if found else "no list of keys"
        problems.append(Problem(where="--keys", found=what, expected="public keys alone",
                                remedy="bring what `wattloom gateway key` prints"))  # fmt: skip
    return found


def _token(path: Path | None, problems: list[Problem]) -> str:
    """The site's token."""
    if path is None:
        return ""
    try:
        return path.read_text("ascii").strip()
    except (OSError, ValueError) as error:
        problems.append(Problem(where="--token-file", found=type(error).__name__, expected="a token",
                                remedy="correct the path"))  # fmt: skip
        return ""
