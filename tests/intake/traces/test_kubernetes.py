"""Kubernetes objects as the API documents them, written by hand."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from wattloom.domain.errors import InputError
from wattloom.intake.traces import Deadline, Promise, read_trace

Write = Callable[..., Path]
Item = dict[str, Any]


def spec(gpus: Any = 8, **more: Any) -> Item:
    resources = {} if gpus is None else {"limits": {"nvidia.com/gpu": gpus}}
    return {"priorityClassName": "red", "containers": [{"name": "main", "resources": resources}], **more}


def job(name: str = "train", *, gpus: Any = "8", pods: int = 2, **status: Any) -> Item:
    plain = {
        "startTime": "2026-03-01T00:10:00Z",
        "completionTime": "2026-03-01T02:10:00Z",
        "conditions": [{"type": "Complete", "status": "True", "lastTransitionTime": "2026-03-01T02:10:00Z"}],
    }
    return {
        "kind": "Job",
        "metadata": {
            "name": name,
            "namespace": "lab",
            "creationTimestamp": "2026-03-01T00:00:00Z",
            "labels": {"q": "blue"},
        },
        "spec": {
            "parallelism": pods,
            "completions": pods,
            "activeDeadlineSeconds": 14400,
            "template": {"spec": spec(gpus)},
        },
        "status": plain | status,
    }


def pod(name: str = "serve", *, gpus: Any = 1, owner: str = "", restarts: int = 0, end: str = "01:00:00") -> Item:
    ended = {"terminated": {"startedAt": "2026-03-01T00:30:00Z", "finishedAt": f"2026-03-01T{end}Z"}}
    owners = {"ownerReferences": [{"kind": "Job", "name": owner}]} if owner else {}
    return {
        "kind": "Pod",
        "metadata": {"name": name, "namespace": "lab", "creationTimestamp": "2026-03-01T00:20:00Z", **owners},
        "spec": spec(gpus),
        "status": {
            "phase": "Succeeded",
            "startTime": "2026-03-01T00:25:00Z",
            "containerStatuses": [{"restartCount": restarts, "state": ended}],
        },
    }


def listed(*items: Any) -> str:
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": list(items)})


def faults_of(path: Path, promise: Promise) -> list[tuple[str, str]]:
    with pytest.raises(InputError) as caught:
        read_trace(path, format="kubernetes", promise=promise)
    return [(problem.where, problem.found) for problem in caught.value.problems]


def test_a_job_holds_the_gpus_of_all_pods_that_run_at_once(write: Write, promise: Promise) -> None:
    asked = replace(promise, deadlines={"training": Deadline(from_time_limit=True)})

    jobs = read_trace(write(listed(job(), pod()), "jobs.json"), format="kubernetes", promise=asked).jobs

    assert jobs is not None
    assert jobs.id.tolist() == ["lab/job/train", "lab/pod/serve"]
    assert jobs.arrive_s.tolist() == [0.0, 1200.0]
    assert jobs.run_s.tolist() == [7200.0, 1800.0]
    assert jobs.gpus.tolist() == [16.0, 1.0]
    assert jobs.due_s.tolist() == [14400.0, 3000.0]
    assert [jobs.classes[i].name for i in jobs.class_index] == ["training", "training"]


def test_a_pod_counts_with_its_job_and_what_never_ran_or_has_no_gpu_is_left_out(write: Write, promise: Promise) -> None:
    waiting = job("waiting", startTime=None, completionTime=None, conditions=[{"type": "Suspended", "status": "True"}])
    running = job("running", completionTime=None, conditions=[])
    failed_at = {"type": "Failed", "status": "True", "lastTransitionTime": "2026-03-01T00:40:00Z"}
    failed = job("failed", completionTime=None, conditions=[failed_at])
    items = (job(), pod("train-x", owner="train"), waiting, running, failed, job("small", gpus=None))

    trace = read_trace(write(listed(*items), "jobs.json"), format="kubernetes", promise=promise)

    assert trace.jobs is not None
    assert trace.jobs.id.tolist() == ["lab/job/train", "lab/job/failed"]
    assert trace.jobs.run_s.tolist() == [7200.0, 1800.0]
    assert [(one.count, one.why.en, one.rows) for one in trace.dropped.left_out] == [
        (1, "a pod whose Job stands in the list", (2,)),
        (1, "asks for no nvidia.com/gpu", (6,)),
        (1, "never started", (3,)),
        (1, "has no recorded end", (4,)),
    ]


def test_labels_and_resources_are_those_that_the_promise_names(write: Write, promise: Promise) -> None:
    item = job()
    item["spec"]["template"]["spec"]["containers"][0]["resources"] = {"requests": {"amd.com/gpu": 4}}
    asked = replace(promise, label_column="label:q", gpu_resource="amd.com/gpu", tenant_column="kind")

    jobs = read_trace(write(listed(item), "jobs.json"), format="kubernetes", promise=asked).jobs

    assert jobs is not None
    assert (jobs.gpus.tolist(), jobs.classes[jobs.class_index[0]].name) == ([8.0], "batch")


def test_containers_add_up_and_those_that_prepare_do_not(write: Write, promise: Promise) -> None:
    one = {"resources": {"limits": {"nvidia.com/gpu": 2}}}
    item = job(pods=1)
    item["spec"]["template"]["spec"] |= {"containers": [one, one, {}], "initContainers": [one]}

    jobs = read_trace(write(listed(item), "jobs.json"), format="kubernetes", promise=promise).jobs

    assert jobs is not None
    assert jobs.gpus.tolist() == [4.0]


def test_a_pod_that_was_restarted_began_when_its_node_took_it_up(write: Write, promise: Promise) -> None:
    jobs = read_trace(write(listed(pod(restarts=3)), "pods.json"), format="kubernetes", promise=promise).jobs

    assert jobs is not None
    assert jobs.run_s.tolist() == [2100.0]


@pytest.mark.parametrize(
    ("item", "column", "found"),
    [
        (job(gpus="many"), "gpus", "no number"),
        (job(gpus=-8), "nvidia.com/gpu", "GPUs that are not above zero (-16)"),
        (job(gpus=0), "nvidia.com/gpu", "GPUs that are not above zero (0)"),
        (job(startTime="2026-02-28T23:00:00Z"), "status.startTime", "starts before it was submitted"),
        (job(completionTime="2026-03-01T00:05:00Z"), "status.completionTime or finishedAt", "ends before it starts"),
        (job(completionTime="2026-03-01T00:10:00Z"), "status.completionTime or finishedAt - status.startTime", "(0)"),
        (job(completionTime=None), "status.completionTime or finishedAt", "no value"),
        (job(startTime="soon"), "status.startTime", "no readable time (soon)"),
        (job("other"), "metadata.name", "an id that stands before (lab/job/other)"),
        (job(""), "metadata.name", "no usable id (empty)"),
        ({"kind": "Service"}, "kind", "not of the documented shape (Service)"),
        (7, "kind", "not of the documented shape (int)"),
        (job() | {"spec": []}, "", ""),
    ],
)
def test_what_no_object_can_be_is_told_with_its_place_in_the_list(
    write: Write, promise: Promise, item: Any, column: str, found: str
) -> None:
    path = write(listed(job("first"), job("other"), item), "jobs.json")

    spared = read_trace(path, format="kubernetes", promise=promise, lenient=True)

    assert spared.dropped.rows_kept == 2
    if column:
        told = faults_of(path, promise)
        assert told[0][0] == f"jobs.json: item 3 {column}"
        assert found in told[0][1]


@pytest.mark.parametrize("content", ["", "{", "7", '{"items": 3}', "[", "\x00"])
def test_what_is_no_list_is_refused(write: Write, promise: Promise, content: str) -> None:
    assert faults_of(write(content, "jobs.json"), promise)[0][0] == "jobs.json"
