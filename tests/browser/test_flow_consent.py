"""The first step of the flow in a real browser, with all of the service behind the pages."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from tests.browser.chromium import browser
from tests.journeys.microsoft.stage import MicrosoftStage, microsoft_stage
from work365.emulators.entra.seeds import AGENT, PASSWORD
from work365.entrypoints.connection import look_at, offer_link
from work365.entrypoints.microsoft import PROVIDER
from work365.entrypoints.provider_work import bring_over
from work365.jobs import ProviderPart
from work365.ports.catalog import CatalogKind, Effect
from work365.ports.providers import ConnectionState


@pytest.fixture
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MicrosoftStage]:
    with microsoft_stage(tmp_path_factory.mktemp("browser")) as stage:
        yield stage


def consent_in(page: Page, link: str) -> None:
    page.goto(link)
    page.get_by_role("button", name="Continue to Microsoft").click()
    page.get_by_label("Account").select_option(AGENT)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Approve").click()
    page.get_by_role("button", name="Accept").click()
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("heading", name="Connected").wait_for()


def test_after_a_consent_in_chromium_price_sheets_come(stage: MicrosoftStage) -> None:
    link = offer_link(stage.services, PROVIDER, requested_by="Berta Bauer")
    refused = bring_over(stage.services, ProviderPart.PRICES, at=stage.now)

    with browser() as context:
        consent_in(context.new_page(), link.address.reveal())
    health = look_at(stage.services, PROVIDER)
    brought = bring_over(stage.services, ProviderPart.PRICES, at=stage.now)

    assert {finding.code for finding in refused.findings} == {"needs_delegated_connection"}
    assert (health.state, health.missing) == (ConnectionState.DELEGATED, ())
    assert brought.tally[CatalogKind.LIST_PRICE, Effect.CREATED] > 0
