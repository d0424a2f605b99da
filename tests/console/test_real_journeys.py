"""Does the console carry each main journey through on the real server, `wattloom serve --demo` on a fresh store?

One server for all of them, at sixty times real time; nothing here pretends. Each journey ends with what a person came
for: a report, a command in force, an event delivered, a statement, a verdict, a name on an alarm.
"""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.console.conftest import Screen

pytestmark = pytest.mark.browser
EXAMPLES = Path(__file__).parents[2] / "examples"
USABLE_S = 15.0
"""From the command to a console that a person can use, on a machine with nothing else to do."""
BUSY_S = 60.0
"""The same where others keep the machine busy."""
SENTENCE = "a heron stands in the reeds"
JOB_MS = 45_000
LONG_MS = 60_000


@dataclass
class Demo:
    """A running demonstration."""

    base: str
    link: str
    """Signs in once."""
    started_s: float
    busy: bool
    """Whether more wanted to run than there are cores, as it began."""


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder, began_s = tmp_path_factory.mktemp("demo"), time.monotonic()
    busy = os.getloadavg()[0] > (os.cpu_count() or 1)
    told = (folder / "told.txt").open("w+")
    command = [
        str(Path(sys.executable).parent / "wattloom"),
        "serve",
        "--demo",
        "--port",
        str(port),
        "--store",
        str(folder / "s"),
    ]
    server = subprocess.Popen(command, stdout=told, stderr=subprocess.STDOUT, cwd=folder)
    base = f"http://127.0.0.1:{port}"
    try:
        yield Demo(base, _link(folder / "told.txt", server), time.monotonic() - began_s, busy)
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(30)
        told.close()


def _link(told: Path, server: subprocess.Popen[bytes]) -> str:
    """The one-time link on the server's screen."""
    for _ in range(600):
        found = re.search(r"once: (http\S+)", told.read_text("utf-8"))
        if found:
            return found[1]
        assert server.poll() is None, told.read_text("utf-8")[-2_000:]
        time.sleep(0.1)
    pytest.fail(told.read_text("utf-8")[-2_000:])


@pytest.fixture(scope="module")
def room(browser: Any, demo: Demo) -> Iterator[Screen]:
    """A console that was signed in by the link."""
    began_s = time.monotonic()
    screen = Screen(browser, demo.base)
    screen.page.set_default_timeout(LONG_MS)
    screen.page.goto(demo.link)
    screen.page.locator(".schematic").wait_for()
    demo.started_s += time.monotonic() - began_s
    yield screen
    screen.context.close()


def asked(screen: Screen, path: str) -> Any:
    """A twin, as whoever is signed in gets it."""
    return screen.context.request.get(screen.base + path).json()


def sent(screen: Screen, path: str, body: dict[str, Any]) -> Any:
    """A write by the API in the browser's session."""
    csrf = asked(screen, "/me.json")["csrf"]
    answer = screen.context.request.post(
        screen.base + path, data=body, headers={"X-Wattloom-CSRF": csrf, "Prefer": "wait=60"}, timeout=LONG_MS
    )
    assert answer.ok, answer.text()
    return answer.json()


def test_the_console_is_usable_soon_after_the_command_and_the_link_works_once(demo: Demo, room: Screen) -> None:
    name = asked(room, "/me.json")["name"]
    again = room.context.request.post(demo.base + "/sign-in/once", data={"once": demo.link.rpartition("=")[2]})

    assert name == "admin"
    assert room.page.url == f"{demo.base}/now"
    assert again.status == 401
    assert demo.started_s < (BUSY_S if demo.busy else USABLE_S)


@pytest.fixture(scope="module")
def called(room: Screen) -> str:
    """A grid event that was proposed and approved, and what the dialog said before; it runs while others are tried."""
    page = room.go("/vpp")
    page.get_by_label("Territory").select_option("jiangsu")
    page.get_by_label(re.compile("Asked reduction")).fill("40")
    page.get_by_label(re.compile("Length")).fill("0.25")
    at = datetime.fromisoformat(asked(room, "/vpp.json")["at"]) + timedelta(minutes=3)
    page.get_by_label(re.compile("^Start")).fill(at.strftime("%Y-%m-%dT%H:%M"))
    page.get_by_role("button", name="Propose the event").click()
    page.get_by_text("Proposed; it waits for approval.").first.wait_for()
    page.get_by_role("button", name="Review").first.click()
    page.locator(".card").filter(has_text="Grid event in Jiangsu").get_by_role("button").click()
    dialog = page.get_by_role("dialog")
    said: str = dialog.inner_text()
    dialog.get_by_role("checkbox").check()
    dialog.get_by_role("button", name="Approve").click()
    dialog.get_by_text("Approvals").wait_for()
    page.keyboard.press("Escape")
    return said


def test_a_grid_event_is_proposed_and_asks_in_whole_sentences_before_it_moves_power(called: str) -> None:
    assert all(word in called for word in ("40.00", "MW", "Jiangsu", "a grid event needs a person"))


def test_a_set_point_is_approved_and_its_site_follows_under_that_name(room: Screen) -> None:
    page = room.go("/now")
    page.keyboard.press("b")
    card = page.locator("dialog[open] .card").filter(has_text="Set-point").first
    card.wait_for()
    site = card.locator("strong").inner_text().removeprefix("Set-point of ")
    card.get_by_role("button").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label(re.compile("Your note")).fill("cheap hours ahead")
    dialog.get_by_role("checkbox").check()
    dialog.get_by_role("button", name="Approve").click()
    page.get_by_role("status").filter(has_text="Approved").wait_for()
    page.keyboard.press("Escape")
    page = room.go(f"/sites/{site}")
    page.locator("tbody tr").filter(has_text="admin").first.wait_for()
    kept = [one for one in asked(room, "/audit.json?limit=50")["items"] if one["operation"] == "proposals_approve"]

    assert kept[0]["who"] == "admin"
    assert kept[0]["outcome"] == "done"


def test_a_site_is_planned_and_its_report_opens(room: Screen) -> None:
    page = room.go("/plan/site")
    page.get_by_label("Begin with").select_option("small_5mw")
    page.get_by_label("Name of the project").fill("A hall on the grid")
    for asset in ("sun", "wind", "storage"):
        page.locator("details").filter(has_text=asset).locator("summary").filter(has_text=asset).last.click()
        page.get_by_role("button", name=f"Remove {asset}").click()
    page.get_by_label(re.compile("^Green share, hour by hour")).fill("")
    page.get_by_label(re.compile("^Green share, hour by hour")).blur()
    page.get_by_role("button", name="Check", exact=True).click()
    page.get_by_text("The project is in order.").first.wait_for()
    page.get_by_role("button", name="Plan this site").click()
    page.get_by_role("progressbar", name="Progress").first.wait_for()
    title = opened(page, page.locator(".files").get_by_role("link", name=re.compile("Open the report")).first)

    assert "A hall on the grid" in title


def test_a_month_is_settled_into_the_ledger_and_its_statement_opens(room: Screen) -> None:
    page = room.go("/market")
    page.get_by_label("Project file").set_input_files(EXAMPLES / "settle_month.yaml")
    page.get_by_label(re.compile("^Month")).fill("2026-08")
    page.get_by_role("button", name="Settle a month").click()
    page.get_by_role("dialog").get_by_role("button", name="Settle a month").click()
    said = opened(page, page.locator(".files").get_by_role("link", name=re.compile("Open the report")).first)
    book = sent(room, "/ledger/verify", {"options": {}})["result"]

    assert "ningxia_hall" in said
    assert book["records"] >= 6


def test_a_claim_made_by_issue_and_match_is_verified_and_one_changed_by_a_digit_is_not(
    room: Screen, tmp_path: Path
) -> None:
    project = (EXAMPLES / "certificates_campus.yaml").read_text("utf-8")
    body = {"project": project, "options": {"month": "2026-03"}}
    sent(room, "/certificates/issue", body)
    job = sent(room, "/certificates/match", body)
    names = [one["name"] if isinstance(one, dict) else one for one in job["files"]]
    name = next(one for one in names if "proof" in one and one.endswith(".json"))
    proof = room.context.request.get(f"{room.base}/jobs/{job['id']}/files/{name}").text()
    true, false = tmp_path / "claim.json", tmp_path / "changed.json"
    true.write_text(proof, "utf-8")
    false.write_text(changed(proof), "utf-8")

    assert verdict(room, true) == "The claim holds"
    assert verdict(room, false) == "The claim does not hold"


def test_the_approved_event_was_delivered_and_shows_its_baseline(room: Screen, called: str) -> None:
    assert called
    page = room.go("/vpp")
    page.locator("tbody tr").filter(has_text="Jiangsu").get_by_text("done").wait_for()
    page.get_by_role("heading", name=re.compile("Baseline against actual")).wait_for()
    event = next(one for one in asked(room, "/vpp.json")["events"] if one["territory"] == "jiangsu")

    assert (event["state"], event["approved_by"], event["asked_down_mw"]) == ("done", "admin", 40.0)
    assert event["delivered_mw"] > 0.5 * event["asked_down_mw"]


def test_an_alarm_is_acknowledged_under_a_name(room: Screen) -> None:
    page = room.go("/alarms")
    page.locator(".alarm").first.wait_for()
    page.locator(".alarm").first.get_by_role("button", name="Acknowledge").click()
    page.get_by_role("dialog").get_by_label("Note").fill("on the phone with the site")
    page.get_by_role("dialog").get_by_role("button", name="Acknowledge").click()
    page.get_by_role("dialog").wait_for(state="detached")
    page.get_by_role("button", name=re.compile("^Acknowledged")).click()
    page.locator(".alarm").filter(has_text="on the phone with the site").wait_for()
    mine = next(one for one in asked(room, "/alarms.json")["items"] if one["note"])

    assert (mine["by"], mine["state"]) == ("admin", "acknowledged")


def test_an_account_is_made_comes_in_and_is_shut_out_when_it_is_disabled(
    browser: Any, room: Screen, demo: Demo
) -> None:
    page = room.go("/accounts")
    page.get_by_role("button", name="Add an account").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Account name").fill("night-shift")
    dialog.get_by_label("First password").fill(SENTENCE)
    dialog.get_by_role("checkbox", name=re.compile("^operator")).check()
    dialog.get_by_role("button", name="Add an account").click()
    page.locator("tbody tr").filter(has_text="night-shift").wait_for()
    other = Screen(browser, demo.base)
    other.page.goto(f"{demo.base}/alarms")
    other.page.get_by_label("Account").fill("night-shift")
    other.page.get_by_label("Password").fill(SENTENCE)
    other.page.get_by_role("button", name="Sign in").click()
    other.page.get_by_label("Write into the log").wait_for(timeout=LONG_MS)
    may, led = asked(other, "/me.json")["may"], other.page.locator(".nav a").all_inner_texts()
    page.get_by_role("button", name="Change night-shift").click()
    dialog.get_by_role("button", name="Disable").click()
    dialog.get_by_role("button", name="Disable").click()
    page.locator("tbody tr").filter(has_text="night-shift").get_by_text("disabled").wait_for()
    ended = other.page.get_by_role("alert").filter(has_text="Your session has ended")
    ended.wait_for(timeout=LONG_MS)
    other.context.close()
    kept = [one for one in asked(room, "/audit.json?limit=20")["items"] if one["operation"].startswith("accounts_")]

    assert "alarms_acknowledge" in may
    assert "accounts_json" not in may
    assert "Accounts" not in led
    assert [one["operation"] for one in kept] == ["accounts_change", "accounts_add"]
    assert {one["subject"] for one in kept if "add" in one["operation"]} == {"account night-shift"}


def test_a_token_is_shown_once_works_for_a_program_and_is_refused_once_it_is_revoked(room: Screen, demo: Demo) -> None:
    page = room.go("/tokens")
    page.get_by_role("button", name="Make a token").click()
    page.get_by_role("dialog").get_by_label("Name of the token").fill("nightly-report")
    page.get_by_role("dialog").get_by_role("button", name="Make a token").click()
    secret = page.get_by_label("Secret", exact=True).input_value()
    page.get_by_role("dialog").get_by_role("checkbox").check()
    page.get_by_role("dialog").get_by_role("button", name="Close").click()
    row = page.locator("tbody tr").filter(has_text="nightly-report")
    row.wait_for()
    before = by_token(demo.base, secret)
    page.get_by_role("button", name="Revoke nightly-report").click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    row.wait_for(state="detached")
    after = by_token(demo.base, secret)

    assert secret.startswith("wl_")
    assert secret not in page.content()
    assert (before, after) == (200, 401)


def test_work_that_waits_is_told_by_class_with_how_long_it_may(room: Screen) -> None:
    name = asked(room, "/sites.json?limit=1")["items"][0]["id"]
    told = asked(room, f"/sites/{name}.json")
    page = room.go(f"/sites/{name}")
    panel = page.locator(".panel").filter(has=page.get_by_role("heading", name="Jobs: work that waits"))
    panel.wait_for()

    assert abs(sum(one["it_mwh"] for one in told["waiting"]) - told["waiting_it_mwh"]) < 0.01
    assert "Single jobs stay with the site's own scheduler" in panel.inner_text()
    assert all(f"{one['may_wait_h']:g}" in panel.inner_text() for one in told["waiting"])


def test_nothing_was_said_in_anger_and_nothing_left_this_machine(room: Screen) -> None:
    assert room.said == []
    assert room.elsewhere == []


def by_token(base: str, secret: str) -> int:
    """How the server answers a program that shows a token."""
    told = {"Authorization": f"Bearer {secret}"}
    return httpx.get(f"{base}/sites.json?limit=1", headers=told, timeout=10).status_code


def changed(proof: str) -> str:
    """The same proof of one watt-hour more."""
    told = json.loads(proof)
    told["bundles"][0]["wh"][0] += 1
    return json.dumps(told)


def verdict(room: Screen, proof: Path) -> str:
    """What the console says of a proof file."""
    page = room.go("/certificates")
    page.get_by_label("Proof files").set_input_files(proof)
    page.get_by_role("button", name="Verify", exact=True).click()
    shown = page.locator(".notice strong").first
    shown.wait_for()
    return re.sub(r"^[^\w]+", "", shown.inner_text())


def opened(page: Any, link: Any) -> str:
    """What a report says that opens beside the console."""
    link.wait_for(timeout=JOB_MS)
    with page.context.expect_page() as beside:
        link.click()
    report = beside.value
    report.wait_for_load_state()
    said: str = f"{report.title()} {report.locator('body').inner_text()}"
    report.close()
    return said
