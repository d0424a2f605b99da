"""How accurate was a station's forecast in its region's own formula, and is that enough on the delivery day?"""

from wattloom.rules.grid_codes.formulas import FORMULAS, Formula, Powers, accuracy
from wattloom.rules.grid_codes.requirements import (
    AccuracyRequirement,
    Term,
    every_requirement,
    region_of,
    requirements_in_force,
)

__all__ = [
    "FORMULAS",
    "AccuracyRequirement",
    "Formula",
    "Powers",
    "Term",
    "accuracy",
    "every_requirement",
    "region_of",
    "requirements_in_force",
]
