"""Four small asset kinds with every form that a field may take, and a right project of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

import pytest

from wattloom.assets.contract import (
    AssetKind,
    Bounds,
    Example,
    Help,
    Level,
    Names,
    Part,
    Size,
    Stage,
    Surroundings,
    Unit,
)
from wattloom.domain.errors import Problem
from wattloom.edge import projects
from wattloom.plan.project import Project
from wattloom.solve.program import Program


class Sort(StrEnum):
    SERVING = "serving"
    BATCH = "batch"


@dataclass(frozen=True, slots=True, kw_only=True)
class Silent:
    """An asset that adds nothing."""

    STAGE: ClassVar[Stage] = Stage.LOAD

    def add_to(self, program: Program, name: str, site: Surroundings) -> Part:  # noqa: ARG002 - adds nothing
        return Part(name=name, kind="silent")

    def envelope(self, window: Any) -> None:  # noqa: ARG002 - has no work
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    sort: Annotated[Sort, Help("Which sort of work.")]
    share: Annotated[float, Unit("1"), Bounds(0, 1), Help("Part of the whole.")]
    window_h: Annotated[float, Unit("h"), Bounds(0), Help("How long it may wait.")] = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Computing(Silent):
    STAGE: ClassVar[Stage] = Stage.LOAD

    it_mw: Annotated[float, Unit("MW"), Bounds(0, open_below=True), Example(5), Help("Power of the machines.")]
    classes: Annotated[Mapping[str, Work], Help("By name.")] = field(default_factory=dict)
    curve: Annotated[tuple[tuple[float, float], ...], Help("Points.")] = ()
    phases: Annotated[int, Bounds(1, 3), Help("How many.")] = 3

    def problems(self) -> list[tuple[str, str, str, str]]:
        total = sum(work.share for work in self.classes.values())
        if self.classes and abs(total - 1) > 1e-9:
            return [("classes", f"shares that add up to {total:g}", "shares that add up to 1", "correct the shares")]
        return []


@dataclass(frozen=True, slots=True, kw_only=True)
class Sun(Silent):
    STAGE: ClassVar[Stage] = Stage.SOURCE

    power_mw: Annotated[Size, Unit("MW"), Bounds(0), Example({"min": 0, "max": 20}), Help("Power.", "功率")]
    capacity_factor: Annotated[Level | None, Unit("1"), Bounds(0, 1), Help("In place of weather.")] = None
    life_years: Annotated[float, Unit("year"), Bounds(0, open_below=True), Help("Life.")] = 25.0
    mounting: Annotated[Literal["fixed", "single_axis"], Help("Frames.")] = "fixed"
    tracking: Annotated[bool, Help("Whether it turns.")] = False

    def __post_init__(self) -> None:
        """Refuse what a kind may refuse when it is built."""
        if self.mounting == "single_axis" and not self.tracking:
            raise ValueError("a single axis that does not turn")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line(Silent):
    STAGE: ClassVar[Stage] = Stage.CARRIER

    sources: Annotated[tuple[str, ...], Names("asset"), Help("Names of the assets behind it.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid(Silent):
    STAGE: ClassVar[Stage] = Stage.EXCHANGE

    capacity_mva: Annotated[Size, Unit("MVA"), Bounds(0), Example(10), Help("Capacity.")]
    price_cny_per_mwh: Annotated[Level, Unit("CNY/MWh"), Example(300), Help("Price.", "价格")]
    export_mw_max: Annotated[Level | None, Unit("MW"), Bounds(0), Help("Limit.")] = None


KINDS = {
    "cluster": AssetKind(key="cluster", fields=Computing, title=Help("Computing", "算力")),
    "solar": AssetKind(key="solar", fields=Sun, title=Help("Solar", "光伏"), needs_weather=True),
    "line": AssetKind(key="line", fields=Line, title=Help("Line", "线路")),
    "grid": AssetKind(key="grid", fields=Grid, title=Help("Grid", "接网")),
}
TERRITORIES = ("xinjiang", "ningxia", "jiangsu")
DATASETS = ("typical-greensboro", "germany-2018-price")
FACTS = ("loss_rate", "hub_node")


@pytest.fixture
def kinds() -> dict[str, AssetKind]:
    return KINDS


@pytest.fixture(scope="session")
def right() -> str:
    """A project file that is right."""
    return Path(__file__).with_name("right.yaml").read_text(encoding="utf-8")


@pytest.fixture
def read(tmp_path: Path) -> Callable[[str], Project]:
    """Reads a text as a project file."""

    def reads(text: str) -> Project:
        path = tmp_path / "site.yaml"
        path.write_text(text, encoding="utf-8")
        return projects.read(path, territories=TERRITORIES, datasets=DATASETS, facts=FACTS, kinds=KINDS)

    return reads


@pytest.fixture
def check(tmp_path: Path) -> Callable[[str | bytes], list[Problem]]:
    """Checks a text, or bytes, as a project file."""

    def checks(text: str | bytes) -> list[Problem]:
        path = tmp_path / "site.yaml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return projects.check(path, territories=TERRITORIES, datasets=DATASETS, facts=FACTS, kinds=KINDS)

    return checks


@pytest.fixture
def one_fault(right: str, check: Callable[[str], list[Problem]]) -> Callable[[str, str], Problem]:
    """The one problem of the right file after a piece of it is replaced."""

    def faulty(piece: str, other: str) -> Problem:
        assert right.count(piece) == 1, piece
        found = check(right.replace(piece, other))
        assert len(found) == 1, [str(problem) for problem in found]
        return found[0]

    return faulty
