"""How good was it? Every score is one function of forecast and outcome, with its formula and source.

Shapes: outcomes (…), values (…), quantiles (…, levels). NaN outcomes do not count, so a score over a part of the
periods, such as daytime, is the score of `only(outcomes, part)`. What ends in `_by_point` keeps the shape, from which
compare.py takes intervals by blocks of days. The accuracies of the Chinese grid codes are rules: `rules.grid_codes`.
"""

from wattloom.forecast.metrics.calibration import (
    inside_by_point,
    interval_score_by_point,
    pit_shares,
    reliability,
    width_by_point,
)
from wattloom.forecast.metrics.points import (
    RelativeError,
    bias,
    mae,
    mase,
    mean_known,
    only,
    rmae,
    rmse,
    seasonal_error,
    wape,
)
from wattloom.forecast.metrics.quantiles import (
    crossings,
    crps,
    crps_by_point,
    level_widths,
    peak_weights,
    pinball,
    pinball_by_point,
    rcrps,
    sql,
    wql,
)
from wattloom.forecast.metrics.turbines import kdd_cup_2022, kdd_cup_2022_counted

__all__ = [
    "RelativeError",
    "bias",
    "crossings",
    "crps",
    "crps_by_point",
    "inside_by_point",
    "interval_score_by_point",
    "kdd_cup_2022",
    "kdd_cup_2022_counted",
    "level_widths",
    "mae",
    "mase",
    "mean_known",
    "only",
    "peak_weights",
    "pinball",
    "pinball_by_point",
    "pit_shares",
    "rcrps",
    "reliability",
    "rmae",
    "rmse",
    "seasonal_error",
    "sql",
    "wape",
    "width_by_point",
    "wql",
]
