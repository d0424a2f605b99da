"""Does the server keep every promise of its OpenAPI file? Schemathesis asks each operation a thousand times and more.

    python campaigns/schemathesis_api.py                       # 1,000 cases an operation, all checks
    python campaigns/schemathesis_api.py --cases 50            # fewer

A server of its own (`wattloom serve --demo`) is asked as somebody with every role. What never ends, the stream of
ticks, is left to tests of its own, and so is what would end the asker's own way in. A request may be right in form and
its project wrong in content: 422 is then the right answer, and counts as such. Prints Schemathesis' report and one line
of JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import httpx

sys.path.insert(0, str(Path(__file__).parent))
from load_server import server

LEFT_OUT = ("live", "sign_out", "me_password", "accounts_password", "accounts_change", "tokens_revoke")
CONFIG = """
[checks.positive_data_acceptance]
# Text may be a project in form and none in content; names may be well formed and of nothing.
expected-statuses = ["2xx", "400", "401", "403", "404", "409", "413", "422", "429", "503"]
[checks.negative_data_rejection]
# What is not allowed, not there or too much is told before anybody looks at the data.
expected-statuses = ["400", "401", "403", "404", "405", "406", "409", "411", "413", "415", "421", "422", "429", "503"]
"""
EVERY_SCOPE = ["read", "plan", "operate", "trade", "audit", "admin"]
EVERY_ROLE = ["viewer", "planner", "operator", "trader", "auditor", "admin"]


def token_of(port: int, once: str) -> str:
    """A token of somebody with every role."""
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=20) as client:
        client.post("/sign-in/once", json={"once": once}).raise_for_status()
        client.headers["X-Wattloom-CSRF"] = client.get("/me.json").json()["csrf"]
        made = client.post("/tokens", json={"name": "all", "roles": EVERY_ROLE, "scopes": EVERY_SCOPE})
        made.raise_for_status()
        return str(made.json()["secret"])


def asked_all(address: str, headers: dict[str, str], *, cases: int, folder: Path, more: tuple[str, ...] = ()) -> Any:
    """Schemathesis against a server; its exit status, report and figures."""
    config = folder / "schemathesis.toml"
    config.write_text(CONFIG, encoding="utf-8")
    command = [
        str(Path(sys.executable).parent / "schemathesis"), "--config-file", str(config), "run",
        f"{address}/openapi.json", "--checks", "all", "--max-examples", str(cases), "--continue-on-failure",
        "--request-timeout", "90", "--max-response-time", "90", "--report", "ndjson", "--report-dir", str(folder),
        "--suppress-health-check", "all",
        "--generation-database", "none", "--exclude-operation-id", *_each(LEFT_OUT, "--exclude-operation-id"),
        *[part for name, value in headers.items() for part in ("-H", f"{name}: {value}")], *more,
    ]  # fmt: skip
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder, env={**os.environ})


def _each(words: tuple[str, ...], option: str) -> list[str]:
    """The words, with the option between them."""
    return [part for word in words for part in (word, option)][:-1]


def main() -> None:
    """Ask; the last line is JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=1_000, help="of each operation")
    parser.add_argument("--seed", type=int, default=None)
    asked = parser.parse_args()
    more = ("--rate-limit", "200/s", *(("--seed", str(asked.seed)) if asked.seed is not None else ()))
    with tempfile.TemporaryDirectory() as name, server(Path(name)) as (_, port, once, _):
        headers = {"Authorization": f"Bearer {token_of(port, once)}"}
        done = asked_all(f"http://127.0.0.1:{port}", headers, cases=asked.cases, folder=Path(name), more=more)
        log = (Path(name) / "server.log").read_text()
    unforeseen = [line for line in log.splitlines() if '"level": "error"' in line]
    print(done.stdout[-20_000:], done.stderr[-2_000:])
    print("\n".join(unforeseen[:20]))
    print(json.dumps({"cases": asked.cases, "status": done.returncode, "unforeseen_errors": len(unforeseen)}))
    raise SystemExit(done.returncode or bool(unforeseen))


if __name__ == "__main__":
    main()
