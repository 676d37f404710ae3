"""The pages in a browser that runs no script: for the eye, for the keyboard, on a telephone."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, sync_playwright

from tests.emulators.entra.asking import address, redeem, said
from tests.emulators.entra.running import REDIRECT, RunningEntra
from work365.emulators.entra import seeds

CHROMIUM = Path("/usr/bin/chromium")
MILLISECONDS_MAX = 15_000
TELEPHONE = ViewportSize(width=375, height=700)
EVERYTHING = "openid https://api.partnercenter.microsoft.com/.default"

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason=f"there is no browser at {CHROMIUM}")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield started
        started.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    made = browser.new_context(
        ignore_https_errors=True, java_script_enabled=False, viewport=TELEPHONE
    )
    made.set_default_timeout(MILLISECONDS_MAX)
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    # The application is nowhere: where a browser is sent to is enough.
    context.route(f"{REDIRECT}**", lambda route: route.fulfill(status=200, body="back"))
    return context.new_page()


def sign_in(page: Page, account: str, password: str = seeds.PASSWORD) -> None:
    page.get_by_label("Account").select_option(account)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def widest(page: Page) -> float:
    """Return how far to the right anything of the page reaches."""
    boxes = [element.bounding_box() for element in page.locator("body *").all()]
    return max(box["x"] + box["width"] for box in boxes if box)


def test_someone_signs_in_and_consents_by_hand(entra: RunningEntra, page: Page) -> None:
    page.goto(address(entra, scope=EVERYTHING))

    sign_in(page, seeds.AGENT)
    page.get_by_role("button", name="Approve").click()
    page.get_by_label("Consent on behalf of everyone in Northstar Cloud").check()
    with page.expect_request(f"{REDIRECT}**") as sent:
        page.get_by_role("button", name="Accept").click()

    code = sent.value.url.split("code=")[1].split("&")[0]
    assert said(entra, redeem(entra, code, scope=EVERYTHING)).has_mfa


def test_an_answer_is_posted_by_a_button(entra: RunningEntra, page: Page) -> None:
    page.goto(address(entra, response_mode="form_post"))
    sign_in(page, seeds.AGENT)
    page.get_by_role("button", name="Approve").click()
    page.get_by_role("button", name="Accept").click()

    with page.expect_request(REDIRECT) as sent:
        page.get_by_role("button", name="Continue").click()

    assert sent.value.method == "POST"
    assert "code=" in (sent.value.post_data or "")
    assert "code=" not in sent.value.url


def test_each_page_says_that_it_is_local_and_fits_a_telephone(
    entra: RunningEntra, page: Page
) -> None:
    seen = []

    def look() -> None:
        note = page.get_by_role("note").inner_text()
        assert "This is not Microsoft" in note
        assert widest(page) <= TELEPHONE["width"]
        seen.append(page.get_by_role("heading").inner_text())

    page.goto(address(entra, scope=EVERYTHING))
    look()
    sign_in(page, seeds.AGENT)
    look()
    page.get_by_role("button", name="Approve").click()
    look()
    page.goto(address(entra, scope=EVERYTHING))
    sign_in(page, seeds.CLERK)
    page.get_by_role("button", name="Approve").click()
    look()
    page.goto(address(entra, redirect_uri="https://elsewhere.example"))
    look()

    assert seen == [
        "Sign in",
        "Approve sign-in",
        "Permissions requested",
        "An administrator has to approve",
        "That did not work",
    ]


def test_a_wrong_password_is_announced_and_the_account_stays_chosen(
    entra: RunningEntra, page: Page
) -> None:
    page.goto(address(entra))

    sign_in(page, seeds.CLERK, "wrong")

    assert "AADSTS50126" in page.get_by_role("alert").inner_text()
    assert page.get_by_label("Account").input_value() == seeds.CLERK
    assert page.get_by_label("Password").input_value() == ""


def test_the_pages_can_be_used_by_keyboard_alone(entra: RunningEntra, page: Page) -> None:
    page.goto(address(entra))

    page.get_by_label("Account").focus()
    page.keyboard.press("Tab")
    page.keyboard.type(seeds.PASSWORD)
    page.keyboard.press("Enter")

    heading = page.get_by_role("heading", name="Approve sign-in")
    heading.wait_for(timeout=MILLISECONDS_MAX)
    assert heading.is_visible()
