"""Is there any text that makes the reading of a project file fail in another way than by telling what is wrong?

The long form of tests/edge/projects/test_any_bytes.py: files mutated by chance from the examples and from starting
files, and bytes of no sense, are read until the time is over. What is not a project must be an `InputError` whose every
problem has a place, a finding, an expectation and a remedy. A file that does something else is kept in the working
folder as `fuzz-SEED.yaml`, with the seed that made it.

    python campaigns/fuzz_project_files.py [--seconds 600] [--seed 0]
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
import traceback
from collections import Counter
from pathlib import Path

from wattloom.domain.errors import InputError
from wattloom.edge import projects
from wattloom.edge.projects.table import kinds_found
from wattloom.intake import datasets
from wattloom.rules import territory_keys

EXAMPLES = Path(__file__).parents[1] / "examples"
SLOW_SECONDS = 5.0
"""A person's file must never take longer to read."""
PLAIN_WORDS = "~ yes no on off null true .nan .inf -.inf 0 -1 1e999 1e-320 0x1F 0o17 1_000 12:30 2026-01-01 300kW 5%"
SIGNS = "[ ] { } {a:1} [1,2] [[1,2],[3]] &x *x !!int !!python/object:os.system | > - ? : %YAML @ ` ' \" # <<:"
WORDS = ("", *PLAIN_WORDS.split(), *SIGNS.split(), "\\", "新疆", "６", "\u2028", "\u00a0", "\ufeff")
MERE_BYTES = 0.05
"""Share of files that have no sense at all."""
KEYS = ("kind", "assets", "site", "min", "max", "file", "dataset", "by_hour", "by_month", "unit", "classes", "share")


def starts() -> list[str]:
    """Right files to begin from."""
    every = [path.read_text(encoding="utf-8") for path in sorted(EXAMPLES.glob("*.yaml"))]
    texts = [text for text in every if "\nconnection:" in text]
    return texts + [projects.template(list(kinds_found()), lang=lang) for lang in ("en", "zh")]


def mutated(texts: list[str], chance: random.Random) -> bytes:
    """A right file with some lines deleted, doubled, moved, indented, or given other keys and values; or mere bytes."""
    if chance.random() < MERE_BYTES:
        return chance.randbytes(chance.randrange(400))
    lines = chance.choice(texts).splitlines()
    for _ in range(chance.randint(1, 8)):
        i = chance.randrange(len(lines))
        key, colon, value = lines[i].partition(":")
        word = chance.choice(WORDS)
        changes = [
            [],
            [lines[i]] * 2,
            ["  " + lines[i]],
            ["\t" + lines[i]],
            [lines[i].strip()],
            [f"{key}{colon} {word}"],
            [f"{key}{colon} {word}{value}"],
            [f"{key}{colon} {value[::-1]}"],
            [f"{key[: len(key) - len(key.lstrip())]}{chance.choice(KEYS)}{colon}{value}"],
            [lines[i], "  " + word],
            [chance.choice(lines)],
            lines[i : i + chance.randrange(20)] * chance.choice([2, 2, 2, 200]),
        ]
        lines[i : i + 1] = chance.choice(changes)
        lines = lines or [""]
    raw = bytearray("\n".join(lines).encode("utf-8", "surrogatepass"))
    for _ in range(chance.choice([0, 0, 0, 1, 5])):
        if raw:
            raw[chance.randrange(len(raw))] = chance.randrange(256)
    return bytes(raw)


def outcome(path: Path) -> str:
    """What came of a file: a project, refused, or in capitals what should not be."""
    begun = time.perf_counter()
    try:
        projects.read(path, territories=(*territory_keys(), "none"), datasets=datasets.names())
        said = "a project"
    except InputError as error:
        parts = [part for p in error.problems for part in (p.where, p.found, p.expected, p.remedy)]
        said = "refused" if parts and all(parts) else "REFUSED WITHOUT A REASON"
    except Exception:  # noqa: BLE001 - whatever else comes is what we look for
        said = "FAILED: " + traceback.format_exc(limit=-1).strip().splitlines()[-1]
    if time.perf_counter() - begun > SLOW_SECONDS:
        said = f"SLOW: {time.perf_counter() - begun:.1f} s"
    return said


def main() -> None:
    """Read mutated files until the time is over."""
    options = argparse.ArgumentParser(description="Read mutated project files until the time is over.")
    options.add_argument("--seconds", type=float, default=600.0)
    options.add_argument("--seed", type=int, default=0)
    asked = options.parse_args()
    texts, counted, seed = starts(), Counter[str](), asked.seed
    end = time.monotonic() + asked.seconds
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "site.yaml"
        while time.monotonic() < end:
            raw = mutated(texts, random.Random(seed))  # noqa: S311 - not for secrets
            path.write_bytes(raw)
            said = outcome(path)
            counted[said] += 1
            if said not in {"a project", "refused"}:
                Path(f"fuzz-{seed}.yaml").write_bytes(raw)
                print(f"seed {seed}: {said}", flush=True)
            seed += 1
    for said, times in counted.most_common():
        print(f"{times:8} {said}")
    sys.exit(0 if set(counted) <= {"a project", "refused"} else 1)


if __name__ == "__main__":
    main()
