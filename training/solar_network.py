"""Train the solar network on generated stations and write it as ONNX: `make pretrained`.

    python training/solar_network.py --out src/wattloom/forecast/models/weights   the weights that are shipped
    python training/solar_network.py --steps 20 --out somewhere                   a trial

One thread, fixed seeds, no record of a real station: the same machine and PyTorch give the same file. The network is a
transformer over the days of a fortnight, written out in plain matrix products so that the exported graph has few and
common operators.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import sys
import time
from pathlib import Path

import numpy as np
import torch
from generated_sun import STEPS, stations
from torch import nn

sys.path.insert(0, str(Path(__file__).parents[1] / "src"))

from wattloom.domain.forecasts import LEVELS
from wattloom.forecast.solar.days import AHEAD_DAYS, DAYS, HEADROOM, PLANES, solar_days

SEED = 20261123
WIDTH, HEADS, BLOCKS = 128, 4, 3
BATCH = 192
STATIONS_A_POOL, POOL_DAYS, POOL_STEPS = 600, 40, 60
"""A new pool of stations is drawn after so many steps."""
RATE = 2e-3
WARM_STEPS = 100
OPSET = 17
"""The newest that domestic accelerators' tools read without doubt."""
GAPPY_SHARE = 0.15
HELD_OUT_SEED = 7


class Block(nn.Module):
    """Attention over days, then a step of its own for each."""

    def __init__(self) -> None:
        """Layers of one block."""
        super().__init__()
        self.before, self.after = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.ask, self.key, self.value, self.out = (nn.Linear(WIDTH, WIDTH) for _ in range(4))
        self.wide, self.narrow = nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(3 * WIDTH, WIDTH)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Shape (contexts, tokens, WIDTH) in and out."""
        tokens, deep = DAYS + AHEAD_DAYS, WIDTH // HEADS
        y = self.before(x)

        def split(z: torch.Tensor) -> torch.Tensor:
            return z.reshape(-1, tokens, HEADS, deep).permute(0, 2, 1, 3)

        weight = torch.softmax(
            torch.matmul(split(self.ask(y)), split(self.key(y)).permute(0, 1, 3, 2)) / math.sqrt(deep), dim=-1
        )
        mixed = torch.matmul(weight, split(self.value(y))).permute(0, 2, 1, 3).reshape(-1, tokens, WIDTH)
        x = x + self.out(mixed)
        return x + self.narrow(torch.relu(self.wide(self.after(x))))


class SolarNetwork(nn.Module):
    """Quantiles of the share of the headroom over a fortnight's envelope, two days ahead."""

    def __init__(self) -> None:
        """Layers and learned tokens."""
        super().__init__()
        self.read = nn.Linear(PLANES * STEPS, WIDTH)
        self.asked = nn.Parameter(torch.randn(1, AHEAD_DAYS, WIDTH) * 0.02)
        self.place = nn.Parameter(torch.randn(1, DAYS + AHEAD_DAYS, WIDTH) * 0.02)
        self.blocks = nn.ModuleList(Block() for _ in range(BLOCKS))
        self.last = nn.LayerNorm(WIDTH)
        self.write = nn.Linear(WIDTH, STEPS * len(LEVELS))
        rising = torch.tril(torch.ones(len(LEVELS), len(LEVELS))).T
        self.register_buffer("rising", rising)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        """(contexts, DAYS, PLANES × STEPS) to (contexts, AHEAD_DAYS, STEPS, levels), rising along the last axis."""
        x = self.read(tokens)
        asked = self.asked + torch.zeros_like(x[:, :AHEAD_DAYS, :])
        x = torch.cat([x, asked], dim=1) + self.place
        for block in self.blocks:
            x = block(x)
        raw = self.write(self.last(x[:, DAYS:, :])).reshape(-1, AHEAD_DAYS, STEPS, len(LEVELS))
        first, more = raw[..., :1] - 1.5, torch.nn.functional.softplus(raw[..., 1:] - 1.5)
        return torch.sigmoid(torch.matmul(torch.cat([first, more], dim=-1), self.rising))


def windows(chance: np.random.Generator, power: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Contexts with some gaps and what followed them; shapes (count, DAYS × STEPS) and (count, AHEAD_DAYS × STEPS)."""
    whole = (DAYS + AHEAD_DAYS) * STEPS
    station = chance.integers(0, len(power), count)
    # Half of the origins at midnight, the others at any quarter-hour.
    start = chance.integers(0, power.shape[1] - whole, count)
    start = np.where(chance.random(count) < 0.5, start // STEPS * STEPS, start)
    cut = power[station[:, None], start[:, None] + np.arange(whole)].astype(np.float64)
    context, future = cut[:, : DAYS * STEPS].copy(), cut[:, DAYS * STEPS :]
    for row in np.flatnonzero(chance.random(count) < GAPPY_SHARE):
        days = chance.integers(1, DAYS)
        context[row, : days * STEPS] = np.nan
    return context, future


def loss_of(network: SolarNetwork, context: np.ndarray, future: np.ndarray) -> torch.Tensor:
    """Mean pinball loss in shares of the envelope's peak; dark contexts do not count."""
    days = solar_days(context)
    keep = days.usable
    peak = days.envelope.max(axis=1)[keep]
    shares = network(torch.from_numpy(days.tokens[keep]))
    ceiling = torch.from_numpy((HEADROOM * days.envelope[keep] / peak[:, None]).astype(np.float32))
    answer = shares * ceiling[:, None, :, None]
    truth = torch.from_numpy((future[keep] / peak[:, None]).astype(np.float32)).reshape(-1, AHEAD_DAYS, STEPS, 1)
    level = torch.tensor(LEVELS)
    over = truth - answer
    return torch.maximum(level * over, (level - 1) * over).mean()


def trained(steps: int) -> SolarNetwork:
    """The network after so many steps."""
    torch.manual_seed(SEED)
    torch.use_deterministic_algorithms(mode=True)
    chance = np.random.default_rng(SEED)
    network = SolarNetwork()
    optimizer = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=0.01)
    warm = min(WARM_STEPS, steps // 10 + 1)
    held = windows(
        np.random.default_rng(HELD_OUT_SEED), stations(np.random.default_rng(HELD_OUT_SEED), 64, 40).power, 768
    )
    begun, pool = time.perf_counter(), np.empty(0)
    for step in range(steps):
        if step % POOL_STEPS == 0:
            pool = stations(chance, STATIONS_A_POOL, POOL_DAYS).power
        share = (step - warm) / max(1, steps - warm)
        rate = RATE * (step + 1) / warm if step < warm else RATE * 0.5 * (1 + math.cos(math.pi * share))
        for group in optimizer.param_groups:
            group["lr"] = max(rate, RATE * 0.01)
        loss = loss_of(network, *windows(chance, pool, BATCH))
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        if step % 50 == 0 or step == steps - 1:
            with torch.no_grad():
                kept = loss_of(network, *held).item()
            print(
                f"step {step:5d}  loss {loss.item():.5f}  held out {kept:.5f}  {time.perf_counter() - begun:6.0f} s",
                flush=True,
            )
    return network.eval()


def export(network: SolarNetwork, path: Path) -> None:
    """Write the network as ONNX with any number of contexts."""
    torch.onnx.export(
        network,
        (torch.zeros(2, DAYS, PLANES * STEPS),),
        str(path),
        input_names=["days"],
        output_names=["shares"],
        dynamic_axes={"days": {0: "contexts"}, "shares": {0: "contexts"}},
        opset_version=OPSET,
        dynamo=False,
    )


def main() -> None:
    """Train, export, and write the card beside the weights."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=2500)
    parser.add_argument("--out", type=Path, required=True)
    asked = parser.parse_args()
    torch.set_num_threads(1)
    begun = time.process_time()
    network = trained(asked.steps)
    asked.out.mkdir(parents=True, exist_ok=True)
    path = asked.out / "solar_network.onnx"
    export(network, path)
    card = {
        "steps": asked.steps,
        "batch": BATCH,
        "parameters": sum(one.numel() for one in network.parameters()),
        "seed": SEED,
        "opset": OPSET,
        "torch": torch.__version__.split("+")[0],
        "levels": list(LEVELS),
        "trained_on": "generated stations only (training/generated_sun.py); no record of a real station",
        "training_cpu_s": round(time.process_time() - begun),
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
    }
    (asked.out / "solar_network.json").write_text(json.dumps(card, indent=2) + "\n")
    print(json.dumps(card))


if __name__ == "__main__":
    main()
