"""Is the matcher compiled for this machine? Where it is not, compile it now, so that the first start need not.

python -m wattloom.dispatch.matching
"""

from __future__ import annotations

import sys
import time

import numpy as np

from wattloom.dispatch.matching import CorridorNumbers, Layout, LineNumbers, Matcher, RegionNumbers, SiteNumbers, Tick

COMPILED_S = 5.0
"""One that is there already is loaded in less."""


def small_tick() -> Tick:
    """Two regions with a site each, a line and a corridor between them: all that the kernels do has a place in it."""
    ends, none, two = np.array([0, 1]), np.zeros(2), np.ones(2)
    return Tick(
        layout=Layout(
            regions=("a", "b"),
            steps=("only",),
            sites=("a1", "b1"),
            site_region=ends,
            line_from=ends[:1],
            line_to=ends[1:],
            corridor_class=ends[1:],
            corridor_from=ends[:1],
            corridor_to=ends[1:],
        ),
        regions=RegionNumbers(
            supply_mw_max=np.full((2, 1), 9.0),
            supply_price_cny_per_mwh=np.array([[300.0], [100.0]]),
            supply_carbon_t_per_mwh=np.zeros((2, 1)),
            other_draw_mw=none,
            carbon_price_cny_per_t=0.0,
            shortfall_price_cny_per_mwh=30_000.0,
        ),
        lines=LineNumbers(
            forward_mw_max=two[:1], backward_mw_max=two[:1], loss_share=none[:1], fee_cny_per_mwh=two[:1]
        ),
        corridors=CorridorNumbers(it_mw_max=two[:1], in_flight_mw=none[:1], cost_cny_per_mwh=two[:1]),
        sites=SiteNumbers(
            demand_mw=np.ones((2, 4)),
            unserved_price_cny_per_mwh=np.full((2, 4), 5_000.0),
            facility_mw_per_it_mw=1.2 * two,
            it_mw_max=9.0 * two,
            it_mw_min=none,
            previous_it_mw=4.0 * two,
            ramp_mw=9.0 * two,
            landing_mw=none,
            reserve_cut_mw=none,
            reserve_raise_mw=none,
            move_out_inference_cny_per_mwh=two,
            move_out_batch_cny_per_mwh=two,
            move_in_cny_per_mwh=two,
            charge_mw_max=two,
            discharge_mw_max=two,
            charge_value_cny_per_mwh=none,
            discharge_value_cny_per_mwh=400.0 * two,
        ),
    )


def main() -> None:
    """Match once; say what that took, where it was much."""
    if sys.stderr.isatty():
        sys.stderr.write("Compiling the matcher, once for this machine …\n")
    begun = time.perf_counter()
    tick = small_tick()
    Matcher(tick.layout).match(tick)
    took = time.perf_counter() - begun
    spent = f" ({took:.0f} s)" if took > COMPILED_S else ""
    sys.stdout.write(f"The matcher is compiled{spent}.\n")


if __name__ == "__main__":
    main()
