"""Can an administrator let people and programs in, and shut them out, without doing more than was meant?"""

from __future__ import annotations

import re
from typing import Any

import pytest
from tests.console.conftest import Screen, Standing
from tests.console.shown_access import SECRET
from tests.console.test_pages import SIZES, serious

pytestmark = pytest.mark.browser
SENTENCE = "a heron stands in the reeds"


def test_an_account_is_added_once_its_name_password_and_roles_are_right(screen: Screen, standing: Standing) -> None:
    page = screen.go("/accounts")
    page.get_by_role("button", name="Add an account").click()
    dialog = page.get_by_role("dialog")
    add = dialog.get_by_role("button", name="Add an account")
    said = []
    for name, password in (("night-shift", SENTENCE), ("dawn", "too short"), ("dawn", f"Dawn: {SENTENCE}")):
        dialog.get_by_label("Account name").fill(name)
        dialog.get_by_label("First password").fill(password)
        said += [dialog.locator("small.wrong").inner_text(), add.is_disabled()]
    dialog.get_by_label("First password").fill(SENTENCE)
    dialog.get_by_role("checkbox", name=re.compile("^operator")).check()
    add.click()
    page.locator("tbody tr").filter(has_text="dawn").wait_for()

    assert said[1::2] == [True, True, True]
    assert re.search("of this name already.*9 characters.*account's name is in it", " ".join(said[::2]))
    body = {"name": "dawn", "password": SENTENCE, "roles": ["viewer", "operator"]}
    assert standing.room.asked == [("/accounts", body)]


def test_what_the_server_says_against_an_account_is_told_in_all_its_parts(screen: Screen) -> None:
    page = screen.go("/accounts")
    page.get_by_role("button", name="Add an account").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Account name").fill("taken")
    dialog.get_by_label("First password").fill(SENTENCE)
    dialog.get_by_role("button", name="Add an account").click()
    told = dialog.get_by_role("alert")
    told.wait_for()

    said = told.inner_text()
    assert all(word in said for word in ("This was not done", "a new name", "choose another"))


def test_disabling_says_what_ends_with_it_and_asks(screen: Screen, standing: Standing) -> None:
    page = screen.go("/accounts")
    page.get_by_role("button", name="Change night-shift").click()
    dialog = page.get_by_role("dialog")
    dialog.locator("dd").filter(has_text="nightly-report").wait_for()
    dialog.get_by_role("button", name="Disable").click()
    said = dialog.inner_text()
    dialog.get_by_role("button", name="Back").click()
    before = list(standing.room.asked)
    dialog.get_by_role("button", name="Disable").click()
    dialog.get_by_role("button", name="Disable").click()
    page.locator("tbody tr").filter(has_text="night-shift").get_by_text("disabled").wait_for()

    assert before == []
    assert "1 token in this name is revoked for good" in said
    assert "nightly-report" in said
    assert standing.room.asked == [("/accounts/night-shift", {"disabled": True})]


def test_nobody_locks_themselves_out(screen: Screen) -> None:
    page = screen.go("/accounts")
    page.get_by_role("button", name="Change operator").click()
    dialog = page.get_by_role("dialog")

    assert dialog.get_by_role("button", name="Disable").is_disabled()
    assert dialog.get_by_role("checkbox", name=re.compile("^administrator")).is_disabled()


def test_roles_are_shown_before_and_after(screen: Screen, standing: Standing) -> None:
    page = screen.go("/accounts")
    page.get_by_role("button", name="Change night-shift").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("checkbox", name=re.compile("^operator")).uncheck()
    dialog.get_by_role("button", name="Save roles").click()
    rows = dialog.locator(".facts dd").all_inner_texts()
    dialog.get_by_role("button", name="Save roles").click()
    dialog.wait_for(state="detached")

    assert rows == ["viewer, operator", "viewer"]
    assert standing.room.asked == [("/accounts/night-shift", {"roles": ["viewer"]})]


def test_a_token_is_shown_once_and_closed_by_who_has_kept_it(screen: Screen, standing: Standing) -> None:
    page = screen.go("/tokens")
    page.get_by_role("button", name="Make a token").click()
    page.get_by_role("dialog").get_by_label("Name of the token").fill("weather")
    page.get_by_role("dialog").get_by_role("button", name="Make a token").click()
    secret = page.get_by_label("Secret", exact=True)
    secret.wait_for()
    shown = secret.input_value()
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    still = secret.is_visible()
    close = page.get_by_role("dialog").get_by_role("button", name="Close")
    shut = close.is_disabled()
    page.get_by_role("dialog").get_by_role("checkbox").check()
    close.click()
    page.locator("tbody tr").filter(has_text="weather").wait_for()

    body = {"name": "weather", "roles": ["operator"], "scopes": ["read"], "zone": "management", "days": 90, "sites": []}
    assert standing.room.asked == [("/tokens", body)]
    assert (shown, still, shut) == (SECRET, True, True)
    assert SECRET not in page.content()


def test_a_token_of_the_control_zone_names_whom_it_speaks_for(screen: Screen, standing: Standing) -> None:
    page = screen.go("/tokens")
    page.get_by_role("button", name="Make a token").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name of the token").fill("gateway-8")
    dialog.get_by_role("radio", name="control").check()
    make = dialog.get_by_role("button", name="Make a token")
    shut = make.is_disabled()
    dialog.get_by_label("Speaks for").fill("ningxia-008, regions/ningxia")
    make.click()
    page.get_by_label("Secret", exact=True).wait_for()

    _, body = standing.room.asked[0]
    assert shut
    assert (body["zone"], body["sites"]) == ("control", ["ningxia-008", "regions/ningxia"])
    assert body["scopes"] == ["telemetry", "advice"]


def test_revoking_asks_and_the_token_stays_in_the_list_of_all(screen: Screen, standing: Standing) -> None:
    page = screen.go("/tokens")
    page.get_by_role("button", name="Revoke nightly-report").click()
    said = page.get_by_role("dialog").inner_text()
    page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    before = list(standing.room.asked)
    page.get_by_role("button", name="Revoke nightly-report").click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    page.locator("tbody tr").filter(has_text="nightly-report").wait_for(state="detached")
    page.get_by_role("button", name=re.compile("^All")).click()

    assert "cannot be undone" in said
    assert before == []
    assert standing.room.asked == [("/tokens/t1", None)]
    assert "revoked" in page.locator("tbody tr").filter(has_text="nightly-report").inner_text()


def test_who_may_not_see_accounts_is_not_led_to_them_and_sees_tokens(browser: Any, standing: Standing) -> None:
    standing.room.may, standing.room.roles = ["tokens_json", "tokens_add", "tokens_revoke"], ["viewer"]
    screen = Screen(browser, standing.base)
    page = screen.go("/tokens")
    page.get_by_role("button", name="Make a token").click()
    offered = page.get_by_role("dialog").get_by_role("checkbox").count()
    page.keyboard.press("Escape")
    led = page.locator(".nav a").all_inner_texts()
    screen.context.close()

    assert "API tokens" in led
    assert "Accounts" not in led
    assert offered == 6 + 1  # Six scopes, and of the roles their own alone.


@pytest.mark.parametrize(("size", "lang"), [("phone", "zh"), ("desktop", "en")])
def test_every_dialog_of_access_is_open_to_all_and_fits(browser: Any, standing: Standing, size: str, lang: str) -> None:
    screen = Screen(browser, standing.base, lang=lang, viewport=SIZES[size])
    page = screen.go("/accounts")
    page.locator("tbody tr").first.wait_for()
    faults = []
    for path, opener in (("/accounts", ".panel-actions .primary"), ("/accounts", "tbody button"),
                         ("/tokens", ".panel-actions .primary"), ("/tokens", "tbody button.danger")):  # fmt: skip
        page = screen.go(path)
        page.locator(opener).first.click()
        page.locator("dialog[open] h2").wait_for()
        faults += serious(page)
        box = page.locator("dialog[open]").bounding_box()
        if box["x"] < 0 or box["x"] + box["width"] > SIZES[size]["width"]:
            faults.append(f"{path} {opener}: {box}")
    screen.context.close()

    assert faults == []
    assert screen.said == []


def test_it_goes_by_keys_alone(screen: Screen, standing: Standing) -> None:
    page = screen.go("/now")
    page.locator(".schematic").wait_for()
    page.keyboard.press("g")
    page.keyboard.press("w")
    page.get_by_role("heading", name="Accounts", level=1).wait_for()
    page.get_by_role("button", name="Change night-shift").focus()
    page.keyboard.press("Enter")
    page.get_by_role("dialog").get_by_role("checkbox", name=re.compile("^trader")).focus()
    page.keyboard.press("Space")
    page.get_by_role("dialog").get_by_role("button", name="Save roles").focus()
    page.keyboard.press("Enter")
    page.locator("dialog[open] .facts").get_by_text("viewer, operator, trader").wait_for()
    page.get_by_role("dialog").get_by_role("button", name="Save roles").focus()
    page.keyboard.press("Enter")
    page.get_by_role("dialog").wait_for(state="detached")

    assert standing.room.asked == [("/accounts/night-shift", {"roles": ["viewer", "operator", "trader"]})]
    page.wait_for_function("document.activeElement.innerText.startsWith('Change')")
