"""Can a person do their work: approve, acknowledge, call an event, plan, settle, verify, sign in, go by keys?"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from tests.console.conftest import Screen, Standing

pytestmark = pytest.mark.browser


def test_a_set_point_is_approved_only_after_it_was_read(screen: Screen, standing: Standing) -> None:
    page = screen.go("/now")
    page.get_by_role("button", name="1 approval waits").click()
    page.get_by_role("button", name="Review Set-point of ningxia-007").click()
    dialog = page.get_by_role("dialog")
    approve = dialog.get_by_role("button", name="Approve")
    before = approve.is_disabled()
    said = dialog.inner_text()

    dialog.get_by_role("checkbox").check()
    approve.click()
    page.get_by_role("status").filter(has_text="Approved").wait_for()

    assert before
    assert all(
        word in said for word in ("18.40", "15.30", "MW", "ningxia-007", "policy of the site", "2027-03-15 09:15")
    )
    assert standing.room.asked == [("/proposals/p1/approve", {})]
    assert standing.room.proposals[0]["state"] == "approved"


def test_an_alarm_is_acknowledged_with_a_note_and_one_that_stands_cannot_be_cleared(
    screen: Screen, standing: Standing
) -> None:
    page = screen.go("/alarms")
    page.locator(".alarm").first.wait_for()
    standing_one = page.locator(".alarm").nth(0).get_by_role("button", name="Clear").is_disabled()
    page.locator(".alarm").nth(0).get_by_role("button", name="Acknowledge").click()
    page.get_by_role("dialog").get_by_label("Note").fill("on the phone with the dispatcher")
    page.get_by_role("dialog").get_by_role("button", name="Acknowledge").click()
    page.get_by_role("button", name=re.compile(r"Open 2")).wait_for()

    assert standing_one
    assert standing.room.asked == [("/alarms/a1/acknowledge", {"note": "on the phone with the dispatcher"})]


def test_the_shift_log_takes_a_line(screen: Screen, standing: Standing) -> None:
    page = screen.go("/alarms")
    page.get_by_label("Write into the log").fill("Line to Shanghai back at 09:40.")
    page.get_by_role("button", name="Add").click()
    page.locator(".log li").filter(has_text="Line to Shanghai").wait_for()

    assert standing.room.asked[0][0] == "/shift-log"


def test_an_event_is_proposed_in_the_rooms_own_time_and_then_waits_for_approval(
    browser: Any, standing: Standing
) -> None:
    screen = Screen(browser, standing.base, timezone_id="America/New_York")
    page = screen.go("/vpp")
    page.get_by_label("Territory").select_option("jiangsu")
    page.get_by_label(re.compile("Asked reduction")).fill("35.5")
    page.get_by_label(re.compile("Length")).fill("1.5")
    page.get_by_label(re.compile("^Start")).fill("2027-03-15T10:30")
    page.get_by_role("button", name="Propose the event").click()
    page.get_by_text("Proposed; it waits for approval.").first.wait_for()
    page.locator("tbody").get_by_text("waiting for approval").first.wait_for()
    screen.context.close()

    asked = {"territory": "jiangsu", "down_mw": 35.5, "start": "2027-03-15T10:30:00+08:00", "hours": 1.5}
    assert standing.room.asked == [("/vpp/call", asked)]


def test_a_site_is_planned_from_an_example_and_leads_to_its_report(screen: Screen, standing: Standing) -> None:
    page = screen.go("/plan/site")
    page.get_by_label("Begin with").select_option("off_grid_10mw")
    page.get_by_label(re.compile("^Latitude")).fill("41.5")
    page.get_by_label(re.compile("^Latitude")).blur()
    page.get_by_role("button", name="Plan this site").click()
    report = page.get_by_role("link", name=re.compile("Open the report"))
    report.wait_for()

    path, body = standing.room.asked[-1]
    assert path == "/plan/site"
    assert body["project"]["site"]["latitude_deg"] == 41.5
    assert body["options"] == {"lang": "en", "step_minutes": 180}
    assert report.get_attribute("href") == f"/jobs/{standing.room.jobs[0]['id']}/files/report.html"


def test_a_project_without_a_name_is_told_what_to_mend(screen: Screen) -> None:
    page = screen.go("/plan/site")
    page.get_by_label("Name of the project").fill("")
    page.get_by_role("button", name="Check", exact=True).click()
    problems = page.locator(".outcome .problems")
    problems.wait_for()

    assert "give it a name" in problems.inner_text()


def test_settling_a_month_asks_before_money_is_bound(screen: Screen, standing: Standing) -> None:
    page = screen.go("/market")
    page.get_by_label("Project (YAML)").fill("name: February\n")
    page.get_by_label(re.compile("^Month")).fill("2027-02")
    page.get_by_role("button", name="Settle a month").click()
    dialog = page.get_by_role("dialog")
    dialog.wait_for()
    before = list(standing.room.asked)
    dialog.get_by_role("button", name="Settle a month").click()
    page.get_by_role("link", name=re.compile("Open the report")).wait_for()

    assert before == []
    options = {"lang": "en", "month": "2027-02"}
    assert standing.room.asked == [("/settle/month", {"project": "name: February\n", "options": options})]


@pytest.mark.parametrize(("mark", "said"), [("good", "The claim holds"), ("bad", "The claim does not hold")])
def test_a_claim_is_verified_by_its_file(screen: Screen, tmp_path: Path, mark: str, said: str) -> None:
    proof = tmp_path / "proof.json"
    proof.write_text(json.dumps({"mark": mark}), "utf-8")
    page = screen.go("/certificates")
    page.get_by_label("Proof files").set_input_files(proof)
    page.get_by_role("button", name="Verify", exact=True).click()

    page.locator(".notice").filter(has_text=said).wait_for()


def test_a_link_signs_in_once_and_leaves_nothing_in_the_address(screen: Screen, standing: Standing) -> None:
    standing.room.signed = False
    page = screen.go("/sign-in#once=abc_123")
    page.locator(".schematic").wait_for()

    assert standing.room.asked == [("/sign-in/once", {"once": "abc_123"})]
    assert page.url == f"{standing.base}/now"


def test_a_viewer_sees_all_and_can_move_nothing(browser: Any, standing: Standing) -> None:
    standing.room.may, standing.room.roles = [], ["viewer"]
    screen = Screen(browser, standing.base)
    page = screen.go("/alarms")
    page.locator(".alarm").first.wait_for()
    able = [button.is_enabled() for button in page.locator(".alarm button").all()]
    page = screen.go("/vpp")
    page.get_by_role("button", name="Propose the event").wait_for()
    able.append(page.get_by_role("button", name="Propose the event").is_enabled())
    page.keyboard.press("b")
    page.locator("dialog[open] .card button").click()
    able.append(page.get_by_role("dialog").get_by_role("button", name="Approve").is_enabled())
    screen.context.close()

    assert not any(able)


def test_keys_lead_to_pages_and_focus_comes_back_from_a_dialog(screen: Screen) -> None:
    page = screen.go("/now")
    page.locator(".schematic").wait_for()
    page.keyboard.press("g")
    page.keyboard.press("v")
    page.get_by_role("heading", name="VPP", level=1).wait_for()
    page.get_by_role("button", name="Help and keyboard").focus()
    page.keyboard.press("Enter")
    page.get_by_role("dialog").wait_for()
    inside = page.evaluate("document.activeElement.closest('dialog') !== null")
    page.keyboard.press("Escape")
    page.get_by_role("dialog").wait_for(state="detached")

    assert inside
    page.wait_for_function("document.activeElement.getAttribute('aria-label') === 'Help and keyboard'")


def test_the_language_and_the_light_switch_and_stay(screen: Screen) -> None:
    page = screen.go("/now")
    page.get_by_role("button", name="切换到中文").click()
    page.get_by_role("heading", name="实时总览").wait_for()
    page.context.add_init_script("")
    page.locator(".theme-button").click()
    page.locator(".theme-button").click()

    assert page.evaluate("document.documentElement.lang") == "zh-CN"
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert page.evaluate("localStorage.getItem('wattloom.lang')") == "zh"


def test_a_room_without_ticks_says_so_after_five_seconds_and_says_when_they_come_again(
    screen: Screen, standing: Standing
) -> None:
    page = screen.go("/now")
    page.locator(".live-state.good").wait_for()
    standing.room.ticking = False
    page.locator(".strip.bad").filter(has_text="No tick for").wait_for(timeout=9_000)
    shown = page.locator(".live-state").inner_text()
    standing.room.ticking = True
    page.locator(".live-state.good").wait_for()

    assert shown == "No tick"
    assert page.locator(".strip.bad").count() == 0


def test_a_page_that_came_too_early_asks_again_by_itself(screen: Screen, standing: Standing) -> None:
    standing.room.mode = "starting"
    page = screen.go("/audit")
    page.locator(".notice.calm").filter(has_text="the live loop is starting. It is asked again by itself.").wait_for()
    standing.room.mode = "good"
    page.get_by_role("heading", name="Chain").wait_for()

    assert page.locator(".notice.calm").count() == 0


def test_a_degraded_room_says_why(screen: Screen, standing: Standing) -> None:
    standing.room.degraded = [{"en": "Broker of telemetry is down", "zh": "遥测消息代理中断"}]
    page = screen.go("/now")
    page.locator(".strip.warn").filter(has_text="Broker of telemetry is down").wait_for()

    assert page.locator(".live-state.warn").inner_text() == "Degraded"


def test_a_page_whose_code_was_lost_on_the_way_comes_by_itself_once_the_room_answers(
    screen: Screen, standing: Standing
) -> None:
    page = screen.go("/now")
    page.locator(".live-state.good").wait_for()
    page.route("**/assets/alarms-*.js", lambda route: route.abort())
    standing.room.ticking = False
    page.locator(".strip.bad").wait_for(timeout=9_000)
    page.locator(".nav").get_by_role("link", name="Alarms").click()
    page.locator(".notice.bad").filter(has_text="The server does not answer").wait_for()
    page.unroute("**/assets/alarms-*.js")
    standing.room.ticking = True
    page.locator(".alarm").first.wait_for()

    assert page.url == f"{standing.base}/alarms"
