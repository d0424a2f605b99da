"""How much CPU does sizing take, against PyPSA and plain linopy on the same problem?

    python benchmarks/sizing.py            the full year, one site and five: some twenty minutes
    python benchmarks/sizing.py --quick    eight weeks of one site and two of five, in under a minute

Each contender builds and solves `sizing_problem` in a fresh process, one after the other; CPU seconds of all threads of
that process count, imports do not. Ratios compare runs of one call only. The last line is one JSON object.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import sizing_problem as problem

SITES_MANY = 5
HOURS_QUICK = {1: 8 * 7 * problem.HOURS_PER_DAY, SITES_MANY: 2 * 7 * problem.HOURS_PER_DAY}
BUILDS = 3  # Builds are short: the middle of three is taken.

RUNS = (
    ("wattloom", 1),
    ("wattloom_build", 1),
    ("linopy_build", 1),
    ("linopy_hipo", 1),
    ("pypsa_hipo", 1),
    ("pypsa", 1),
    ("wattloom", SITES_MANY),
    ("linopy_hipo", SITES_MANY),
    ("wattloom_exact", SITES_MANY),
)


def main() -> None:
    """Run all contenders, or one in this process where the parent asks for it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="weeks in place of the year")
    parser.add_argument("--only", nargs=2, metavar=("CONTENDER", "SITES"), action="append", help="run these alone")
    parser.add_argument("--contender", help=argparse.SUPPRESS)
    parser.add_argument("--sites", type=int, default=1, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.contender:
        hours = HOURS_QUICK[asked.sites] if asked.quick else problem.HOURS_PER_YEAR
        print(json.dumps(_contend(asked.contender, asked.sites, hours)))
        return
    runs = [(name, int(sites)) for name, sites in asked.only] if asked.only else RUNS
    results: dict[tuple[str, int], dict[str, Any]] = {}
    print(f"{'contender':<16}{'sites':>6}{'build s':>9}{'solve s':>9}{'CPU s':>9}{'MB':>7}{'objective':>16}  method")
    for name, sites in runs:
        results[name, sites] = _in_own_process(name, sites, quick=asked.quick)
        _print_row(name, sites, results[name, sites])
    print(json.dumps(summary(results, quick=asked.quick)))


def summary(results: dict[tuple[str, int], dict[str, Any]], *, quick: bool) -> dict[str, Any]:
    """The figures that are held against the bars; those of runs that were left out are missing."""
    exact = {1: problem.OBJECTIVE_1_SITE, SITES_MANY: problem.OBJECTIVE_5_SITES}
    if quick:
        exact = {
            sites: results["linopy_hipo", sites]["objective"] for sites in exact if ("linopy_hipo", sites) in results
        }
    judge = results.get(("linopy_hipo", 1), {})
    green = judge.get("green_price", float("nan")) if quick else problem.GREEN_PRICE_1_SITE
    figures = {
        "quick": quick,
        "hours_1site": HOURS_QUICK[1] if quick else problem.HOURS_PER_YEAR,
        "hours_5site": HOURS_QUICK[SITES_MANY] if quick else problem.HOURS_PER_YEAR,
        "cpu_ratio_vs_pypsa_1site": _ratio(results, "cpu_s", ("pypsa", 1), ("wattloom", 1)),
        "cpu_ratio_vs_hipo_1site": _ratio(results, "cpu_s", ("pypsa_hipo", 1), ("wattloom", 1)),
        "cpu_ratio_vs_linopy_hipo_1site": _ratio(results, "cpu_s", ("linopy_hipo", 1), ("wattloom", 1)),
        "cpu_ratio_vs_hipo_5site": _ratio(results, "cpu_s", ("wattloom", SITES_MANY), ("linopy_hipo", SITES_MANY)),
        "cpu_ratio_exact_vs_hipo_5site": _ratio(
            results, "cpu_s", ("wattloom_exact", SITES_MANY), ("linopy_hipo", SITES_MANY)
        ),
        "build_ratio_vs_linopy_1site": _ratio(results, "cpu_s", ("wattloom_build", 1), ("linopy_build", 1)),
    }
    for key, name, sites in (
        ("objective_rel_error_1site", "wattloom", 1),
        ("objective_rel_error_5site_fast", "wattloom", SITES_MANY),
        ("objective_rel_error_5site_exact", "wattloom_exact", SITES_MANY),
        ("objective_rel_error_pypsa_1site", "pypsa", 1),
    ):
        if (name, sites) in results and sites in exact:
            figures[key] = results[name, sites]["objective"] / exact[sites] - 1
    if ("wattloom", 1) in results:
        ours = results["wattloom", 1]
        figures["green_dual_rel_error_1site"] = abs(ours["green_price"] / green - 1)
        figures["peak_mb_1site"] = round(ours["peak_mb"], 1)
        figures["gap_1site"], figures["max_violation_1site"] = ours["gap"], ours["max_violation"]
    return {key: value for key, value in figures.items() if value is not None}


def _ratio(
    results: dict[tuple[str, int], dict[str, Any]], key: str, above: tuple[str, int], below: tuple[str, int]
) -> float | None:
    """One contender's figure over another's; None where one did not run."""
    if above not in results or below not in results:
        return None
    return round(results[above][key] / results[below][key], 4)


def _in_own_process(name: str, sites: int, *, quick: bool) -> dict[str, Any]:
    """One contender in a fresh interpreter; of a build, the middle of some."""
    command = [sys.executable, str(Path(__file__).resolve()), "--contender", name, "--sites", str(sites)]
    command += ["--quick"] if quick else []
    times = BUILDS if name.endswith("_build") and not quick else 1
    runs = []
    for _ in range(times):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"{name} with {sites} sites ended with {done.returncode}:\n{done.stderr[-2000:]}")
        runs.append(json.loads(done.stdout.strip().splitlines()[-1]))
    middle = statistics.median_low(run["cpu_s"] for run in runs)
    return next(run for run in runs if run["cpu_s"] == middle)


def _contend(name: str, sites: int, hours: int) -> dict[str, Any]:
    """Run one contender here."""
    warnings.simplefilter("ignore")  # Other libraries' advice; their answers are compared below.
    import sizing_contenders  # noqa: PLC0415 - the parent needs none of what it imports

    return sizing_contenders.run(name, problem.draw_sites(sites, hours))


def _print_row(name: str, sites: int, result: dict[str, Any]) -> None:
    """One line of the table."""
    solve, objective = result.get("solve_cpu_s", float("nan")), result.get("objective", float("nan"))
    figures = f"{result['build_cpu_s']:>9.2f}{solve:>9.2f}{result['cpu_s']:>9.2f}{result['peak_mb']:>7.0f}"
    print(f"{name:<16}{sites:>6}{figures}{objective:>16.4f}  {result.get('method', '')}", flush=True)


if __name__ == "__main__":
    main()
