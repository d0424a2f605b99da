"""Is the plan the bill? Every example's planned year, metered and billed, costs what the plan paid.

Here on steps of a day, so that nine programs are quick; `campaigns/plan_is_bill.py` takes every hour of the year.
"""

from __future__ import annotations

import pytest
from tests.app.test_examples import EXAMPLES, FOLDER

from wattloom.app.plan_inputs import question_of
from wattloom.app.settle_plan import settle_plan
from wattloom.domain.ports import OneByOne
from wattloom.plan.design import best_design
from wattloom.wiring import find

MINUTES_PER_DAY = 1440
GAP_MAX = 1e-6
FEN_OF_ROUNDING_CNY = 12 * 0.005
"""Half a fen an item and month."""


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_plan_is_the_bill(name: str) -> None:
    project = find("read_project")(FOLDER / f"{name}.yaml", step_minutes=MINUTES_PER_DAY)
    question = question_of(project, folder=FOLDER).question
    outcome, _ = best_design(question, OneByOne())

    found = settle_plan(question, outcome)

    if project.connection.type == "off_grid":
        assert found is None
        return
    assert found is not None
    assert len(found.bills) == 12
    assert found.gap_share < GAP_MAX
    for item, planned in found.planned_cny.items():
        assert found.billed_cny[item] == pytest.approx(planned, rel=GAP_MAX, abs=FEN_OF_ROUNDING_CNY)
    grid = next(part.name for part in outcome.parts.values() if part.kind == "grid")
    unbilled = {line.item for line in outcome.costs if line.asset == grid} - set(found.billed_cny)
    assert unbilled <= {"connection", "capacity_charge"}  # Built, or agreed beside the tariff: no item of the bill.
    assert sum(found.planned_cny.values()) != 0
