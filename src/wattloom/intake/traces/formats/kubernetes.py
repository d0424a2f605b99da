"""Which jobs did a Kubernetes cluster run? What `kubectl get jobs -A -o json` or `kubectl get pods -A -o json` prints.

Fields of batch/v1 Job and core/v1 Pod. A pod whose Job stands in the same list counts with its Job.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa

from wattloom.domain.errors import InputError
from wattloom.domain.text import Text
from wattloom.intake.traces.columns import MICROSECONDS, NO_TIME, Columns, is_one_of
from wattloom.intake.traces.contract import JobRows, Trace, TraceFormat
from wattloom.intake.traces.faults import Faults
from wattloom.intake.traces.promise import Promise
from wattloom.intake.traces.to_jobs import trace_of_jobs

UTC_ZONE = ZoneInfo("UTC")
"""Times of the API are in RFC 3339 and carry their zone."""
LABELS = {"priorityClassName": "priority", "namespace": "namespace", "kind": "kind"}
"""What a promise may call its label or tenant, besides `metadata.labels[KEY]` as "label:KEY"."""
CREATED, STARTED, ENDED = "metadata.creationTimestamp", "status.startTime", "status.completionTime or finishedAt"
DONE = ("Complete", "Succeeded")
OF_A_JOB = Text("a pod whose Job stands in the list", "所属 Job 已在列表中的 Pod")
NEVER_STARTED = Text("never started", "从未开始")
NOT_ENDED = Text("has no recorded end", "无结束时间记录")
NO_GPU = Text("asks for no {resource}", "未申请 {resource}")
CONTROLLER_TIME = Text(
    "a Job runs from the moment its controller took it up to its end, waiting for machines included",
    "Job 的时长自控制器受理起至结束止，含等待资源的时间",
)


def _read(path: Path, promise: Promise, *, lenient: bool) -> Trace:
    """The Jobs and lone pods that asked for GPUs and ended."""
    items = _items(path)
    flat = [_flat(item, promise) for item in items]
    names = {name for row in flat for name in row} | {"id", "owner", "kind", "state", CREATED, STARTED, ENDED}
    names |= {"gpus", "limit", "label", "tenant"}
    table = pa.table({name: pa.array([row.get(name, "") for row in flat], pa.string()) for name in sorted(names)})
    columns = Columns(table, Faults(name=path.name, numbers=np.arange(1, len(items) + 1), place="item"))
    faults, kind, state = columns.faults, columns.text("kind"), columns.text("state")
    faults.note(~is_one_of(kind, ("Job", "Pod")), "object", column="kind", cells=kind)
    ids = columns.text("id")
    jobs = {name for name, what in zip(ids, kind, strict=True) if name and what == "Job"}
    faults.leave_out(np.array([owner in jobs for owner in columns.text("owner")], dtype=np.bool_), OF_A_JOB)
    gpus = columns.number("gpus", needed=False)
    faults.leave_out(np.isnan(gpus), NO_GPU.filled(resource=promise.gpu_resource))
    faults.leave_out(columns.text(STARTED) == "", NEVER_STARTED, column=STARTED)
    faults.leave_out((columns.text(ENDED) == "") & ~is_one_of(state, DONE), NOT_ENDED, column="status", cells=state)
    (arrive_us, _), (start_us, _), (end_us, _) = (columns.time(one, zone=UTC_ZONE) for one in (CREATED, STARTED, ENDED))
    known = (start_us != NO_TIME) & (end_us != NO_TIME)
    faults.note(known & (end_us < start_us), "span", column=ENDED, cells=columns.cells(ENDED))
    early = (start_us < arrive_us) & (start_us != NO_TIME)
    faults.note(early, "early", column=STARTED, cells=columns.cells(STARTED))
    rows = JobRows(
        faults=faults,
        id=ids,
        arrive_us=arrive_us,
        run_s=np.where(known & (end_us >= start_us), (end_us - start_us) / MICROSECONDS, np.nan),
        gpus=gpus,
        label=columns.text("label"),
        tenant=columns.text("tenant"),
        limit_s=columns.number("limit", needed=False),
        columns={
            "id": "metadata.name",
            "run_s": f"{ENDED} - {STARTED}",
            "gpus": promise.gpu_resource,
            "limit_s": "spec.activeDeadlineSeconds",
        },
        notes=(CONTROLLER_TIME,) if jobs else (),
    )
    return trace_of_jobs(TRACE, rows, promise, lenient=lenient)


def _items(path: Path) -> list[Any]:
    """The objects of a list, as JSON has them."""
    if not path.is_file():
        raise InputError.one(str(path), found="no such file", expected="a list of objects", remedy="check the path")
    try:
        whole = json.loads(path.read_bytes())
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise InputError.one(
            path.name, found=f"no JSON ({error})", expected="a list of objects", remedy="export it anew with -o json"
        ) from error
    items = whole.get("items") if isinstance(whole, dict) else whole
    if not isinstance(items, list):
        raise InputError.one(
            path.name, found="no list", expected='an object with "items"', remedy="export it with kubectl get … -o json"
        )
    return items


def _flat(item: Any, promise: Promise) -> dict[str, str]:
    """What the reader needs of one object, as text; what is not there is left away."""
    kind = str(_at(item, "kind") or type(item).__name__)
    if kind not in {"Job", "Pod"}:
        return {"kind": kind}
    namespace, name = _at(item, "metadata", "namespace") or "default", _at(item, "metadata", "name") or ""
    spec = _at(item, "spec", "template", "spec") if kind == "Job" else _at(item, "spec")
    facts = {
        "kind": kind,
        "id": f"{namespace}/{kind.lower()}/{name}" if name else "",
        CREATED: _at(item, "metadata", "creationTimestamp"),
        "namespace": namespace,
        "priority": _at(spec, "priorityClassName"),
        "limit": _at(item, "spec", "activeDeadlineSeconds"),
        "owner": _owner(item, namespace),
        **(_job(item) if kind == "Job" else _pod(item)),
    }
    facts["gpus"] = _gpus(spec, promise.gpu_resource, pods=_pods(item) if kind == "Job" else 1)
    facts["label"] = _named(item, facts, promise.label_column or "priorityClassName")
    facts["tenant"] = _named(item, facts, promise.tenant_column or "namespace")
    return {key: str(value) for key, value in facts.items() if value is not None}


def _named(item: Any, facts: dict[str, Any], column: str) -> Any:
    """A label or tenant by the name that the promise gives it."""
    if column.startswith("label:"):
        return _at(item, "metadata", "labels", column.removeprefix("label:"))
    if column not in LABELS:
        raise InputError.one(
            "promise, label_column or tenant_column",
            found=repr(column),
            expected=f"one of {', '.join(LABELS)}, or label:KEY",
            remedy="choose one of them",
        )
    return facts.get(LABELS[column])


def _job(item: Any) -> dict[str, Any]:
    """State, start and end of a Job; one that failed ended when it was said to have failed."""
    held = [one for one in _list(_at(item, "status", "conditions")) if _at(one, "status") == "True"]
    ends = {_at(one, "type"): _at(one, "lastTransitionTime") for one in held}
    return {
        "state": next((one for one in ("Complete", "Failed") if one in ends), "Active"),
        STARTED: _at(item, "status", "startTime"),
        ENDED: _at(item, "status", "completionTime") or ends.get("Failed"),
    }


def _pod(item: Any) -> dict[str, Any]:
    """State, start and end of a pod, by its containers; one that was restarted began when its node took it up."""
    statuses = _list(_at(item, "status", "containerStatuses"))
    ended = [_at(one, "state", "terminated") for one in statuses]
    starts = [_at(one, "startedAt") for one in ended if _at(one, "startedAt")]
    ends = [_at(one, "finishedAt") for one in ended if _at(one, "finishedAt")]
    restarted = any(_at(one, "restartCount") for one in statuses)
    whole = statuses and len(ends) == len(statuses)
    return {
        "state": _at(item, "status", "phase"),
        STARTED: _at(item, "status", "startTime") if restarted or not starts else min(map(str, starts)),
        ENDED: max(map(str, ends)) if whole else None,
    }


def _pods(item: Any) -> Any:
    """Pods of a Job that run at once: its parallelism, never more than its completions."""
    parallelism, completions = _at(item, "spec", "parallelism"), _at(item, "spec", "completions")
    if parallelism is None:
        return 1
    return min(parallelism, completions) if isinstance(completions, int) else parallelism


def _gpus(spec: Any, resource: str, *, pods: Any) -> Any:
    """GPUs of all containers of all pods; None where nobody asks for any, the text where it is no number."""
    asked = [_quantity(one, resource) for one in _list(_at(spec, "containers"))]
    first = [_quantity(one, resource) for one in _list(_at(spec, "initContainers"))]
    told = [one for one in (*asked, *first) if one is not None]
    if not told:
        return None
    try:
        # Containers that prepare run one after the other and before the rest.
        counts = [int(one or 0) for one in asked]
        return max([sum(counts), *(int(one or 0) for one in first)]) * int(pods)
    except (TypeError, ValueError):
        return f"{told} × {pods} pods"


def _quantity(container: Any, resource: str) -> Any:
    """How much of a resource a container asks for: GPUs are told as limits, which requests must equal."""
    limit = _at(container, "resources", "limits", resource)
    return _at(container, "resources", "requests", resource) if limit is None else limit


def _owner(item: Any, namespace: Any) -> str | None:
    """The Job that a pod belongs to."""
    owners = [one for one in _list(_at(item, "metadata", "ownerReferences")) if _at(one, "kind") == "Job"]
    return f"{namespace}/job/{_at(owners[0], 'name')}" if owners else None


def _at(value: Any, *keys: str) -> Any:
    """What stands under some keys; None where nothing does."""
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _list(value: Any) -> list[Any]:
    """A list, empty where there is none."""
    return value if isinstance(value, list) else []


TRACE = TraceFormat(
    key="kubernetes",
    title=Text("Kubernetes jobs and pods (kubectl -o json)", "Kubernetes 作业与 Pod（kubectl -o json）"),
    read=_read,
    source=Text("Kubernetes API: batch/v1 Job, core/v1 Pod", "Kubernetes API：batch/v1 Job、core/v1 Pod"),
)
