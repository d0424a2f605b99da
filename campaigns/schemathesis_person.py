"""Who asks where a token may not? A person with a session, signed in anew whenever a case has ended it.

Schemathesis loads this as its hooks (`SCHEMATHESIS_HOOKS`); `schemathesis_api.py` says by the environment which server
is asked and by whom. Doors that take a person get the person's cookie and the page's token. A change of one's password
is asked with the right one every second time, so that it comes to pass, and is followed. Ids that a path asks for are
every second time those of jobs and tokens that are there, so that more than "there is none" is answered.
"""

from __future__ import annotations

import json
import os
from itertools import count
from typing import Any

import httpx
import schemathesis

ADDRESS, NAME, PASSWORD, TOKEN = (
    os.environ[f"WATTLOOM_ASKED_{word}"] for word in ("ADDRESS", "NAME", "PASSWORD", "TOKEN")
)
OPERATION = os.environ["WATTLOOM_ASKED_OPERATION"]
PERSONAL = os.environ["WATTLOOM_ASKED_PERSONAL"] == "yes"
LISTS = {
    "/jobs/{id}": "/jobs.json", "/tokens/{id}": "/tokens.json", "/accounts/{name}": "/accounts.json",
    "/proposals/{id}": "/proposals.json", "/alarms/{id}": "/alarms.json", "/sites/{site}.json": "/sites.json",
    "/telemetry/{site}.json": "/sites.json", "/advice/{site}.json": "/sites.json",
    "/rules/{territory}.json": "/rules.json",
}  # fmt: skip
"""Where the ids of a path are listed."""
TOKENS = frozenset({"all", "field"})
"""Those that the campaign asks by: no case revokes them."""
KEPT = "asker-"
"""Accounts that no case takes away begin so."""

WAITED_EVERY = 20
"""The end of a job is waited for in one case of so many: there is one worker."""


class Person:
    """Somebody with every role, in a browser."""

    def __init__(self) -> None:
        """Not signed in yet."""
        self.password, self.headers, self.asked = PASSWORD, dict[str, str](), count()
        self.known = self._known()

    def come_in(self) -> None:
        """A session, with what a page of ours sends along."""
        with httpx.Client(base_url=ADDRESS, timeout=60) as client:
            told = client.post("/sign-in", json={"name": NAME, "password": self.password})
            told.raise_for_status()
            cookie = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
            self.headers = {"Cookie": cookie, "X-Wattloom-CSRF": told.json()["csrf"]}

    def _known(self) -> list[str]:
        """Ids that the path of the operation could mean."""
        listed = next((page for path, page in LISTS.items() if OPERATION.partition(" ")[2].startswith(path)), None)
        if listed is None:
            return []
        told = httpx.get(f"{ADDRESS}{listed}", headers={"Authorization": f"Bearer {TOKEN}"}, timeout=60).json()
        items = [one.get("id") or one.get("name") or one.get("territory") for one in told["items"]]
        by_asker = {one["id"] for one in told["items"] if one.get("name") in TOKENS}
        return [one for one in items if one and one not in {"admin", *by_asker} and not one.startswith(KEPT)]


PERSON = Person()


@schemathesis.hook
def before_call(_context: Any, case: Any, _given: dict[str, Any]) -> None:
    """Every second time for something that is there; as the person, where a token may not."""
    own, well_formed = OPERATION.partition("{")[2].partition("}")[0], case.meta.generation.mode.is_positive
    turn = next(PERSON.asked)
    if own and well_formed and PERSON.known and turn % 2:
        case.path_parameters[own] = PERSON.known[turn // 2 % len(PERSON.known)]
    if turn % WAITED_EVERY and case.headers:
        case.headers.pop("Prefer", None)
    if not PERSONAL:
        return
    if not PERSON.headers:
        PERSON.come_in()
    case.headers.update(PERSON.headers)
    if OPERATION.endswith("/me/password") and well_formed and turn % 2:
        case.body = {**case.body, "old": PERSON.password}


@schemathesis.hook
def after_call(_context: Any, _case: Any, response: Any) -> None:
    """Follow a change of the password; come in anew where the session has ended."""
    if not PERSONAL:
        return
    if OPERATION.endswith("/me/password") and response.status_code == httpx.codes.NO_CONTENT:
        PERSON.password = json.loads(response.request.body)["new"]
        PERSON.headers = {}
    if response.status_code == httpx.codes.UNAUTHORIZED or OPERATION.endswith("/sign-out"):
        PERSON.headers = {}
