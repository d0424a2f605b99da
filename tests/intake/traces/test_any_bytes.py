"""Whatever a file holds, it is read with an account of every row, or refused in four parts; nothing else happens."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wattloom.domain.errors import InputError
from wattloom.intake.traces import Clock, Promise, read_trace

GOOD = {
    "philly": "job_id,submit_time,duration_s,num_gpus,vc\n"
    + "".join(f"{i},2026-03-01T0{i}:00:00,{60 * i + 60},{i + 1},{'blue' if i % 2 else 'red'}\n" for i in range(9)),
    "openb": "pod,num_gpu,gpu_milli,qos,creation_s,deletion_s,scheduled_s\n"
    + "".join(f"p{i},1,500,blue,{i},{i + 90},{i + 2}\n" for i in range(9)),
    "pai": "arrival_h,length_h,units\n" + "".join(f"{i}.5,0.{i}1,{i + 1}\n" for i in range(9)),
    "sacct": "JobID|Submit|Start|End|Elapsed|State|AllocTRES|NNodes|Timelimit|Partition|Account\n"
    + "".join(
        f"{i}|2026-03-01T0{i}:00:00|2026-03-01T0{i}:00:01|2026-03-01T0{i}:10:01|00:10:00|COMPLETED|gres/gpu={i + 1}|1|"
        "01:00:00|blue|lab\n"
        for i in range(9)
    ),
    "helios": "time,vc,total_gpu_num,running_gpu_num,pending_gpu_num,idle_gpu_num\n"
    + "".join(f"2020-05-01 08:0{i},a,8,{i % 8},0,{8 - i % 8}\n" for i in range(9)),
    "azure": "service,timestamp,context_tokens,generated_tokens\n"
    + "".join(f"conv,2026-03-01 08:0{i}:30,{i},{i}\n" for i in range(9)),
    "servegen": "model,client,t_s,rate_rps\n" + "".join(f"m,1,{600 * i},0.{i}\n" for i in range(9)),
}
WORDS = (
    *(
        "",
        "-1",
        "0",
        "1e308",
        "-1e308",
        "1e999",
        "NaN",
        "inf",
        "0x10",
        "１２",
        "9" * 30,
        "2026-02-30",
        "9999-12-31",
        "1.5",
    ),
    *(
        "1699999999",
        "0001-01-01T00:00:00",
        "2026-03-29T02:30:00",
        "2026-03-01T08:00:00+99:00",
        "Unknown",
        "None",
        "gres/gpu=",
    ),
    *(
        "gres/gpu:a=1",
        "1-1-1",
        "99999999999-00:00:00",
        "\x00",
        "�",
        '"',
        "|",
        ",",
        "\r",
        "blue",
        "p1",
        "3",
        "T",
        "a" * 400,
    ),
)


def mutated(text: str, chance: random.Random) -> bytes:
    """A right file with some cells, lines or bytes changed."""
    lines = text.splitlines()
    mark = "|" if "|" in lines[0] else ","
    for _ in range(chance.randint(1, 6)):
        i = chance.randrange(len(lines))
        cells = lines[i].split(mark)
        cells[chance.randrange(len(cells))] = chance.choice(WORDS)
        line = mark.join(cells)
        lines[i : i + 1] = chance.choice([[line]] * 6 + [[], [lines[i]] * 2, [line, ""], [lines[i] + mark]])
        lines = lines or [""]
    raw = bytearray("\n".join(lines).encode())
    if raw and chance.random() < 0.2:
        raw[chance.randrange(len(raw))] = chance.randrange(256)
    return bytes(raw)


@pytest.mark.parametrize("form", GOOD)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32))
def test_a_mutated_file_is_read_or_refused(form: str, tmp_path: Path, promise: Promise, seed: int) -> None:
    path = tmp_path / "trace.csv"
    path.write_bytes(mutated(GOOD[form], random.Random(seed)))  # noqa: S311 - no secret
    asked = replace(promise, clock=Clock(zone=ZoneInfo("Europe/Berlin")))
    if form == "pai":
        asked = replace(asked, classes=asked.classes[:1], class_of={}, deadlines={})

    try:
        trace = read_trace(path, format=form, promise=asked, lenient=True)
    except InputError as error:
        refused = error.problems
    else:
        refused = ()
    if refused:
        assert all(one.where and one.found and one.expected and one.remedy for one in refused)
        return

    dropped = trace.dropped
    assert dropped.rows_faulty >= 0
    assert all(one.count >= len(one.rows) > 0 for one in (*dropped.faults, *dropped.left_out))
    assert bool(dropped.faults) == bool(dropped.rows_faulty)
    assert all(text.en and text.zh for text in (*dropped.words(), *trace.notes))
    if trace.jobs is not None:
        assert len(trace.jobs) == dropped.rows_kept
    if dropped.faults:
        with pytest.raises(InputError):
            read_trace(path, format=form, promise=asked)


@pytest.mark.parametrize("form", [*GOOD, "kubernetes"])
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(raw=st.binary(max_size=200))
def test_mere_bytes_are_refused(form: str, tmp_path: Path, promise: Promise, raw: bytes) -> None:
    path = tmp_path / "trace.csv"
    path.write_bytes(raw)

    with pytest.raises(InputError):
        read_trace(path, format=form, promise=replace(promise, clock=Clock(zone=ZoneInfo("UTC"))), lenient=True)
