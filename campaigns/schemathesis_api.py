"""Does the server keep every promise of its OpenAPI file? Schemathesis asks each operation a thousand times and more.

    python campaigns/schemathesis_api.py                                    # 1,000 cases an operation, all checks
    python campaigns/schemathesis_api.py --cases 50 --only tokens,/jobs     # fewer, of some operations
    python campaigns/schemathesis_api.py --results asked.jsonl --resume     # go on where a run was cut off

A server of its own (`wattloom serve --demo`) is asked as somebody with every role, one operation after the other; what
the field's side calls, as a gateway of the control zone; what a token may not do, as a person in a browser who signs in
anew whenever a case has ended the session (`schemathesis_person.py`). Of the stream of ticks the first event is read.
No operation is left out. A request may be right in form and its project wrong in content: 422 is then the right answer,
and counts as such; an operation without parameters and body has few cases to ask. With `--results` each operation's row
is written when it ends, its report beside it where it failed. Prints a row an operation and one line of JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

sys.path.insert(0, str(Path(__file__).parent))
from load_server import server

HERE = Path(__file__).parent
OF_A_PERSON = ("sign_out", "me_password", "accounts_add", "accounts_change", "accounts_password", "tokens_add",
               "tokens_revoke")  # fmt: skip
OF_THE_FIELD = ("telemetry_offer", "advice_json")
LAST = ("me_password", "accounts_change", "accounts_password", "tokens_revoke", "accounts_add", "sign_out")
"""What takes accounts and tokens away."""
CONFIG = """
max-stream-events = 1
[checks.not_a_server_error]
# Too much or not now is told, with when to come again: 503 is a promise of the file, any other 5xx a fault.
expected-statuses = ["2xx", "3xx", "4xx", "503"]
[checks.positive_data_acceptance]
# Text may be a project in form and none in content; names may be well formed and of nothing.
expected-statuses = ["2xx", "3xx", "400", "401", "403", "404", "409", "413", "422", "429", "503"]
[checks.negative_data_rejection]
# What is not allowed, not there or too much is told before anybody looks at the data.
expected-statuses = ["400", "401", "403", "404", "405", "406", "409", "411", "413", "415", "421", "422", "429", "503"]
"""
ACCESS = """
per_principal = {per_s = 100000, burst = 100000}
per_address = {per_s = 100000, burst = 100000}
sign_ins = {per_s = 100000, burst = 100000}
"""
"""The campaign asks what stands behind the limits of rates."""
EVERY_SCOPE = ["read", "plan", "operate", "trade", "audit", "admin"]
EVERY_ROLE = ["viewer", "planner", "operator", "trader", "auditor", "admin"]
NAME, PASSWORD = "asker", "a long one of the campaign"
OPERATION_S_MAX = 1_800
"""An operation that takes longer hangs."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A server, and by whom it is asked."""

    address: str
    every: str
    """Token of somebody with every role."""
    field: str
    """Token of a gateway of the control zone."""


def asked_of(port: int, once: str) -> Asked:
    """Tokens, and an account for what they may not do."""
    address = f"http://127.0.0.1:{port}"
    with httpx.Client(base_url=address, timeout=60) as client:
        client.post("/sign-in/once", json={"once": once}).raise_for_status()
        client.headers["X-Wattloom-CSRF"] = client.get("/me.json").json()["csrf"]
        for name in map(account_of, OF_A_PERSON):
            client.post("/accounts", json={"name": name, "password": PASSWORD, "roles": EVERY_ROLE}).raise_for_status()
        every = {"name": "all", "roles": EVERY_ROLE, "scopes": EVERY_SCOPE}
        field = {"name": "field", "roles": ["operator"], "scopes": ["telemetry", "advice"], "zone": "control",
                 "sites": ["sites/*"]}  # fmt: skip
        secrets = [client.post("/tokens", json=one).raise_for_status().json()["secret"] for one in (every, field)]
        return Asked(address, *secrets)


def account_of(operation: str) -> str:
    """The account by which an operation is asked: one each, as a case may change its password."""
    return f"{NAME}-{operation.replace('_', '-')}"


def operations(address: str) -> dict[str, str]:
    """Method and path by name, those that take something away at the end."""
    drawn = httpx.get(f"{address}/openapi.json", timeout=60).json()
    found = {one["operationId"]: f"{method.upper()} {path}" for path, of_path in drawn["paths"].items()
             for method, one in of_path.items()}  # fmt: skip
    return {name: found[name] for name in sorted(found, key=lambda name: (name in LAST, list(found).index(name)))}


def asked_all(
    address: str, headers: Mapping[str, str], *, cases: int, folder: Path, more: Sequence[str] = (), **set_: str
) -> Any:
    """Schemathesis against a server; its exit status and report. `set_`: of its environment."""
    config = folder / "schemathesis.toml"
    config.write_text(CONFIG, encoding="utf-8")
    command = [
        str(Path(sys.executable).parent / "schemathesis"), "--config-file", str(config), "run",
        f"{address}/openapi.json", "--checks", "all", "--max-examples", str(cases), "--continue-on-failure",
        "--request-timeout", "90", "--max-response-time", "90", "--suppress-health-check", "all",
        "--generation-database", "none",
        *[part for name, value in headers.items() for part in ("-H", f"{name}: {value}")], *more,
    ]  # fmt: skip
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder, env={**os.environ, **set_},
                          timeout=OPERATION_S_MAX)  # fmt: skip


def asked_one(asked: Asked, name: str, operation: str, *, cases: int, folder: Path, more: Sequence[str]) -> Any:
    """One operation, by whom it is for: its row, and the report."""
    person, field = name in OF_A_PERSON, name in OF_THE_FIELD
    headers = {} if person else {"Authorization": f"Bearer {asked.field if field else asked.every}"}
    given = {
        "SCHEMATHESIS_HOOKS": str(HERE / "schemathesis_person.py"), "WATTLOOM_ASKED_ADDRESS": asked.address,
        "WATTLOOM_ASKED_NAME": account_of(name), "WATTLOOM_ASKED_PASSWORD": PASSWORD,
        "WATTLOOM_ASKED_TOKEN": asked.every, "WATTLOOM_ASKED_OPERATION": operation,
        "WATTLOOM_ASKED_PERSONAL": "yes" if person else "no",
    }  # fmt: skip
    only = ["--include-operation-id", name, "--phases", "examples,coverage,fuzzing"]
    only += ["--exclude-checks", "ignored_auth"] if person else []  # The hooks would bring the person's cookie back.
    begun_s = time.perf_counter()
    try:
        done = asked_all(asked.address, headers, cases=cases, folder=folder, more=(*only, *more), **given)
    except subprocess.TimeoutExpired as hung:
        return {"operation": name, "asked": cases, "status": -1, "cases": 0}, str(hung.stdout)
    took_s = round(time.perf_counter() - begun_s, 1)
    counted = re.search(r"([\d,]+) generated", done.stdout)
    tested = int(counted[1].replace(",", "")) if counted else 0
    row = {"operation": name, "asked": cases, "status": done.returncode, "cases": tested, "took_s": took_s}
    return row, done.stdout + done.stderr


@contextmanager
def listened(folder: Path) -> Iterator[Asked]:
    """A server of its own that asks nobody to wait, and tokens for it."""
    with server(folder, ACCESS) as (_, port, once, _):
        yield asked_of(port, once)


def wanted(found: Mapping[str, str], only: str) -> list[str]:
    """Names of operations whose name or path begins with one of the words."""
    words = tuple(word for word in only.split(",") if word)
    return [name for name, operation in found.items()
            if not words or name.startswith(words) or operation.partition(" ")[2].startswith(words)]  # fmt: skip


def main() -> None:
    """Ask; the last line is JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=1_000, help="of each operation")
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--only", default="", help="operations whose name or path begins with one of these, by commas")
    parser.add_argument("--results", type=Path, default=None, help="JSON lines, one added for each operation")
    parser.add_argument("--resume", action="store_true", help="leave out what stands in the results already")
    asked_for = parser.parse_args()
    more = ("--rate-limit", "200/s", *(("--seed", str(asked_for.seed)) if asked_for.seed is not None else ()))
    path: Path | None = asked_for.results
    kept = [json.loads(line) for line in path.read_text().splitlines()] if path and path.exists() else []
    done = {one["operation"]: one for one in kept if asked_for.resume and one["asked"] == asked_for.cases}
    with tempfile.TemporaryDirectory() as temporary, listened(Path(temporary)) as asked:
        folder, found = Path(temporary), operations(asked.address)
        chosen = wanted(found, asked_for.only)
        for name in chosen:
            if name in done:
                continue
            row, report = asked_one(asked, name, found[name], cases=asked_for.cases, folder=folder, more=more)
            done[name] = row
            print(json.dumps(row), "" if row["status"] == 0 else report[-8_000:], flush=True)
            if path is not None:
                with path.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(row) + "\n")
                if row["status"] != 0:
                    path.with_name(f"{path.name}.{name}.txt").write_text(report, encoding="utf-8")
        log = (folder / "server.log").read_text()
    unforeseen = [line for line in log.splitlines() if '"level": "error"' in line]
    print("\n".join(unforeseen[:20]))
    rows = [done[name] for name in chosen]
    failed = [one["operation"] for one in rows if one["status"] != 0]
    print(json.dumps({"operations": len(rows), "cases": sum(one["cases"] for one in rows), "failed": failed,
                      "fewest_cases": min(one["cases"] for one in rows),
                      "unforeseen_errors": len(unforeseen)}))  # fmt: skip
    raise SystemExit(bool(failed or unforeseen))


if __name__ == "__main__":
    main()
