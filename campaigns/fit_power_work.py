"""How well is a set-up's power-work curve foretold before anybody measures it? Fits the shipped model and tries it.

    WATTLOOM_DATA=FOLDER python campaigns/fit_power_work.py [--write]

reads three measured sources (all Apache-2.0) under FOLDER/compute, as their readme files describe them:

- zeus_power_limit: training of five networks under a power limit on three boards (You et al., NSDI 2023);
- perseus_llm_training_a100: pipelines under one cap, and stages at locked clocks (Chung et al., SOSP 2024);
- emerald_field_demo: language models under a cap (Colangelo et al., arXiv:2507.00909).

A set-up counts when its deepest limit takes at least a tenth of its own uncapped draw: the others show noise and no
curve (their errors are told too). Each counts alike. The trial leaves out one set-up, then one family (equipment and
work), then one board at a time; intervals are of 4,000 draws of set-ups. With `--write` the fitted parameters go into
the package. The pulls of partial pooling in `power_work_fit` were chosen by hand on the first of these errors, which
stays between 0.021 and 0.025 for pulls of equipment and work between 0.1 and 1.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from wattloom.assets.kinds.cluster import power_work_fit as fitting
from wattloom.assets.kinds.cluster.power_work_fit import Missed, SetUp
from wattloom.assets.kinds.cluster.power_work_model import PowerWorkModel

TARGET = Path(__file__).parents[1] / "src" / "wattloom" / "assets" / "kinds" / "cluster" / "power_work_model.toml"
BITES = 0.9
"""Share of its uncapped draw that a set-up must fall to under its deepest limit."""
ZEUS_LIMIT_W = {"V100": 250, "P100": 250, "RTX6000": 260}
ZEUS_WORK = {
    "shufflenetv2": "vision",
    "resnet50": "vision",
    "deepspeech2": "speech",
    "ncf": "recommendation",
    "bert_base_uncased": "fine_tuning",
}
EMERALD_WORK = {"fine-tune": "fine_tuning", "pretrain": "pretraining", "inference": "inference"}
EMERALD_COPIES = {"infer_llama_8b_32g", "infer_llama_8b_48g"}
"""One measured curve scaled by the number of GPUs: counted once."""
TITLES = {
    "a100_300w_cap": "A100 of 300 W under one cap for all stages of a pipeline",
    "a100_sxm_frequency": "A100 SXM at locked clocks, stages of a pipeline",
    "gpu_400w_cap": "GPUs of 400 W (model not named by the source) under a cap",
    "p100_250w_cap": "P100 of 250 W under a cap",
    "rtx6000_260w_cap": "Quadro RTX 6000 of 260 W under a cap",
    "v100_250w_cap": "V100 of 250 W under a cap",
}
HEAD = """\
# Fitted by campaigns/fit_power_work.py. Numbers of the fit only: no measured row is held here.
title = "Work kept under a power limit, by equipment, work and fullness: a partially pooled curve with an 80 % band"
licence = "fitted from data under Apache-2.0"
sources = [
  "You et al., Zeus, NSDI 2023; repository ml-energy/zeus, commit 75a8b9398034, examples/research_reproducibility/zeus_nsdi23/trace",
  "Chung et al., Reducing Energy Bloat in Large Model Training, SOSP 2024; repository ml-energy/zeus, commit 38cb3f90c30d, sosp24_data",
  "Colangelo et al., Turning AI Data Centers into Grid-Interactive Assets, arXiv:2507.00909 (2025); repository ai-emerald/emerald-ai-demo-may-2025, commit 34403aef78c2, data/dvfs_sweep.csv",
]
"""  # noqa: E501 - strings of TOML on one line


def setups(folder: Path) -> list[SetUp]:
    """All set-ups of the three sources, also those that hardly feel a limit."""
    compute = folder / "compute"
    return [*_zeus(compute), *_perseus_caps(compute), *_perseus_stages(compute), *_emerald(compute)]


def biting(every: Sequence[SetUp]) -> list[SetUp]:
    """Those whose deepest limit takes at least a tenth of their draw."""
    return [one for one in every if one.power_shares.min() <= BITES]


def _zeus(compute: Path) -> Iterator[SetUp]:
    """Training under a power limit; a configuration without a run at the highest limit has no reference."""
    table = pd.read_parquet(compute / "zeus_power_limit" / "power_limit_sweep.parquet")
    for (gpu, dataset, network, batch, optimizer), rows in table.groupby(
        ["gpu", "dataset", "network", "batch_size", "optimizer"]
    ):
        limit = ZEUS_LIMIT_W[gpu]
        full = rows[rows["power_limit_w"] == limit]
        rest = rows[rows["power_limit_w"] < limit]
        if len(full) == 1 and len(rest):
            yield _setup(
                f"zeus {gpu} {network} {dataset} {batch} {optimizer}",
                equipment=f"{gpu.lower()}_{limit}w_cap",
                work=ZEUS_WORK[network],
                fullness=float(full["average_power_w"].iloc[0]) / limit,
                power=rest["average_power_w"] / full["average_power_w"].iloc[0],
                speed=full["time_per_epoch_s"].iloc[0] / rest["time_per_epoch_s"],
            )


def _perseus_caps(compute: Path) -> Iterator[SetUp]:
    """Pipelines of four A100 under one cap for all."""
    table = pd.read_parquet(compute / "perseus_llm_training_a100" / "pipeline_power_limit_sweep.parquet")
    table = table[table["policy"] == "zeus_global"].assign(
        power_w=lambda rows: rows["iteration_energy_j"] / rows["iteration_time_s"]
    )
    for model, rows in table.groupby("model_name"):
        ordered = rows.sort_values("power_limit_0")
        full, rest = ordered.iloc[-1], ordered.iloc[:-1]
        yield _setup(
            f"perseus {model} cap",
            equipment="a100_300w_cap",
            work="vision" if "resnet" in model else "pretraining",
            fullness=full["power_w"] / 4 / 300,
            power=rest["power_w"] / full["power_w"],
            speed=full["iteration_time_s"] / rest["iteration_time_s"],
        )


def _perseus_stages(compute: Path) -> Iterator[SetUp]:
    """Stages, forward and backward together, at locked clocks: no limit binds, so the fullness is 1."""
    table = pd.read_parquet(compute / "perseus_llm_training_a100" / "stage_freq_profile.parquet")
    for (model, stage), rows in table.groupby(["model", "stage"]):
        both = rows.groupby("sm_freq_mhz")[["time_s", "energy_j"]].sum().sort_index()
        power = both["energy_j"] / both["time_s"]
        yield _setup(
            f"perseus {model} stage {stage}",
            equipment="a100_sxm_frequency",
            work="pretraining",
            fullness=1.0,
            power=power.iloc[:-1] / power.iloc[-1],
            speed=both["time_s"].iloc[-1] / both["time_s"].iloc[:-1],
        )


def _emerald(compute: Path) -> Iterator[SetUp]:
    """Language models under a cap."""
    table = pd.read_csv(compute / "emerald_field_demo" / "dvfs_sweep.csv")
    for name, rows in table.groupby("workload"):
        if name in EMERALD_COPIES:
            continue
        ordered = rows.sort_values("gpu_power_cap_w")
        yield _setup(
            f"emerald {name}",
            equipment="gpu_400w_cap",
            work=EMERALD_WORK[ordered["job_class"].iloc[0]],
            fullness=ordered["power_per_gpu_w"].iloc[-1] / 400,
            power=ordered["power_rel"].iloc[:-1],
            speed=ordered["throughput_rel"].iloc[:-1],
        )


def _setup(name: str, *, equipment: str, work: str, fullness: float, power: Any, speed: Any) -> SetUp:
    """A set-up; what measured above its own uncapped run is noise and taken as 1."""
    return SetUp(
        name=name,
        source=name.split(maxsplit=1)[0],
        equipment=equipment,
        work=work,
        fullness=float(fullness),
        power_shares=np.minimum(np.asarray(power, dtype=np.float64), 1.0),
        speeds=np.minimum(np.asarray(speed, dtype=np.float64), 1.0),
    )


def fitted(chosen: Sequence[SetUp]) -> tuple[PowerWorkModel, dict[str, Any]]:
    """The model with its bands, and what the trial found."""
    plain = fitting.fit(chosen)
    own, pooled = fitting.left_out(chosen, by=lambda one: one.name, model=plain)
    plain = replace(plain, severity_spread=fitting.severity_spread(own))
    known, known_pooled = fitting.left_out(chosen, by=lambda one: one.name, model=plain, measured=True)
    family, family_pooled = fitting.left_out(chosen, by=lambda one: (one.equipment, one.work), model=plain)
    board, board_pooled = fitting.left_out(chosen, by=lambda one: one.equipment, model=plain)
    model = replace(
        plain,
        band=fitting.band_of(own),
        band_pooled=fitting.band_of(board_pooled),
        band_measured=fitting.band_of(known),
    )
    found = {
        "setups": len(chosen),
        "set_up_left_out": _compared(own, pooled),
        "one_point_measured": _compared(known, known_pooled),
        "family_left_out": _compared(family, family_pooled),
        "board_left_out": _compared(board, board_pooled),
        "coverage": round(fitting.coverage(own), 4),
        "coverage_of_family": round(fitting.coverage(family, by=lambda one: (one.equipment, one.work)), 4),
        "coverage_measured": round(fitting.coverage(known), 4),
        "coverage_unseen_board": round(fitting.coverage(board_pooled, by=lambda one: one.equipment), 4),
        "by_source": {
            source: [round(fitting.error([one for one in of if one.setup.source == source]), 4) for of in (own, pooled)]
            for source in ("zeus", "perseus", "emerald")
        },
        "at_70_percent_and_below": [round(_deep(of), 4) for of in (own, pooled)],
    }
    return model, found


def _compared(own: Sequence[Missed], pooled: Sequence[Missed]) -> dict[str, Any]:
    """Mean absolute errors of both, their difference, and intervals of 95 % over draws of set-ups, and of families."""
    errors = np.array([[one.error for one in of] for of in (own, pooled)])
    chance = np.random.default_rng(0)
    draws = errors[:, chance.integers(0, errors.shape[1], (4000, errors.shape[1]))].mean(axis=2)
    values = {"model": draws[0], "pooled": draws[1], "difference": draws[0] - draws[1]}
    families = sorted({(one.setup.equipment, one.setup.work) for one in own})
    of = np.array([families.index((one.setup.equipment, one.setup.work)) for one in own])
    drawn = chance.multinomial(len(families), np.full(len(families), 1 / len(families)), 4000)[:, of]
    values["difference_by_family"] = (drawn * (errors[0] - errors[1])).sum(axis=1) / drawn.sum(axis=1)
    means = {"model": errors[0].mean(), "pooled": errors[1].mean(), "difference": (errors[0] - errors[1]).mean()}
    means["difference_by_family"] = means["difference"]
    return {
        name: [round(float(x), 4) for x in (means[name], *np.quantile(values[name], [0.025, 0.975]))] for name in values
    }


def _deep(missed: Sequence[Missed]) -> float:
    """Mean absolute error at or below 70 % of full power."""
    errors = [
        np.abs(one.speeds - one.setup.speeds)[one.setup.power_shares <= 0.7].mean()
        for one in missed
        if (one.setup.power_shares <= 0.7).any()
    ]
    return float(np.mean(errors))


def text_of(model: PowerWorkModel, found: dict[str, Any]) -> str:
    """The model's file."""
    lines = [HEAD, "[trial]", "# Mean absolute errors of the share of full speed, with intervals of 95 %.", ""]
    for name, value in found.items():
        if not isinstance(value, dict):
            lines.append(f"{name} = {value}")
        else:
            lines += [f"{name}_{key} = {number}" for key, number in value.items()]
    lines += ["", "[model]"]
    for name in ("weights", "pooled_weights", "band", "band_pooled", "band_measured"):
        lines.append(f"{name} = [{', '.join(f'{value:.5g}' for value in getattr(model, name))}]")
    lines += [
        f"{name} = {getattr(model, name):.5g}" for name in ("fullness_slope", "severity_spread", "power_share_min")
    ]
    lines += ["", "[model.work]", *(f"{name} = {value:.5g}" for name, value in model.work.items())]
    for name, board in model.equipment.items():
        lines += ["", f"[model.equipment.{name}]", f'title = "{TITLES[name]}"']
        numbers = ("floor", "severity", "fullness", "power_share_min")
        lines += [f"{field} = {getattr(board, field):.5g}" for field in numbers] + [f"setups = {board.setups}"]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Fit, try and tell; write where that is wanted."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--write", action="store_true", help="put the parameters into the package")
    chosen = arguments.parse_args()
    folder = os.environ.get("WATTLOOM_DATA")
    if not folder:
        raise SystemExit("WATTLOOM_DATA names no folder of source tables")
    begun = time.process_time()
    every = setups(Path(folder))
    model, found = fitted(biting(every))
    all_own, all_pooled = fitting.left_out(every, by=lambda one: one.name, model=fitting.fit(every))
    found["also_those_that_hardly_feel_a_limit"] = [round(fitting.error(of), 4) for of in (all_own, all_pooled)]
    found["all_setups"] = len(every)
    for name, value in found.items():
        print(f"{name:36} {value}")
    if chosen.write:
        TARGET.write_text(text_of(model, found), encoding="utf-8")
    print(json.dumps(found | {"cpu_s": round(time.process_time() - begun, 1)}))


if __name__ == "__main__":
    main()
