"""The way of an administrator from the link to the connection, in a real browser."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from secrets import token_urlsafe

import pytest
from playwright.sync_api import BrowserContext, Page

from consent.app import Desk, create_app
from tests.browser.chromium import DESK, PHONE, browser
from tests.consent.visits import BASE, FEATURES
from tests.emulators.entra.running import RunningEntra, running_entra
from tests.usecases.consents import PROVIDER, Office, Providers
from work365.emulators.entra.seeds import (
    AGENT,
    AGENT_WITHOUT_MFA,
    APPLICATION_ID,
    CLERK,
    DEVELOPMENT_SECRET,
    PARTNER_TENANT_ID,
    PASSWORD,
    small_directory,
)
from work365.entrypoints.local_environment import free_port
from work365.entrypoints.serving import LocalServer
from work365.identity.application import Application
from work365.identity.clouds import GLOBAL
from work365.identity.credentials import DevelopmentSecret
from work365.identity.sign_in import EntraSignIn
from work365.ports.providers import ConnectionState
from work365.ports.secrets import Secret
from work365.usecases.complete_consent import Parts
from work365.usecases.request_consent import request_consent

TOKEN = Secret("a-link-that-nobody-can-guess")


@dataclass(frozen=True, kw_only=True)
class Setting:
    """The pages, the sign-in behind them, and what was kept."""

    origin: str
    entra: RunningEntra
    office: Office

    @property
    def link(self) -> str:
        return f"{self.origin}{BASE}/links/{TOKEN.reveal()}"

    @property
    def state(self) -> ConnectionState:
        return self.office.providers.kept.connection.state


@pytest.fixture
def setting(tmp_path: Path) -> Iterator[Setting]:
    port = free_port()
    address = f"https://localhost:{port}{BASE}"
    directory = small_directory(redirect_uris=(f"{address}/callback",))
    with running_entra(tmp_path, directory=directory) as entra:
        office = Office(
            providers=Providers(replace(Providers().kept, partner_tenant=PARTNER_TENANT_ID))
        )
        application = Application(
            client_id=APPLICATION_ID,
            credential=DevelopmentSecret(Secret(DEVELOPMENT_SECRET)),
            cloud=replace(GLOBAL, authority=entra.url),
            http=entra.http,
            clock=entra.clock,
        )
        sign_in = EntraSignIn(application)
        desk = desk_of(office, sign_in, address=address, clock=entra.clock, entra=entra.url)
        request_consent(
            provider=PROVIDER,
            requested_by="Berta Bauer",
            token=TOKEN,
            at=entra.clock(),
            providers=office.providers,
            ledger=office.ledger,
        )
        with LocalServer(create_app(desk), port=port, certificate=entra.certified.certificate):
            yield Setting(origin=f"https://localhost:{port}", entra=entra, office=office)


def desk_of(
    office: Office, sign_in: EntraSignIn, *, address: str, clock: object, entra: str
) -> Desk:
    def parts() -> Parts:
        return replace(office.parts, sign_in=sign_in)

    def now() -> datetime:
        assert callable(clock)
        moment = clock()
        assert isinstance(moment, datetime)
        return moment

    return Desk(
        parts=parts,
        clock=now,
        draw=lambda: Secret(token_urlsafe(32)),
        address=address,
        sign_in_address=entra,
        features=FEATURES,
        is_token_kept=True,
    )


@contextmanager
def window(*, phone: bool = False, scripts: bool = True) -> Iterator[tuple[BrowserContext, Page]]:
    with browser(size=PHONE if phone else DESK, scripts=scripts) as context:
        yield context, context.new_page()


def sign_in(page: Page, account: str, *, factor: bool = True) -> None:
    """Sign in as somebody, with the second factor where there is one."""
    page.get_by_label("Account").select_option(account)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    if factor:
        page.get_by_role("button", name="Approve").click()


def go_to_microsoft(page: Page, setting: Setting) -> None:
    page.goto(setting.link)
    page.get_by_role("button", name="Continue to Microsoft").click()


def go_back(page: Page) -> None:
    """Press what Microsoft's own page presses by itself."""
    page.get_by_role("button", name="Continue").click()


class TestAdministrator:
    @pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
    def test_connects(self, setting: Setting, scripts: bool) -> None:
        with window(scripts=scripts) as (_, page):
            go_to_microsoft(page, setting)
            sign_in(page, AGENT)
            page.get_by_role("button", name="Accept").click()
            go_back(page)

            page.get_by_role("heading", name="Connected").wait_for()
            assert AGENT in page.content()
        assert setting.state is ConnectionState.DELEGATED
        assert setting.office.vault.read(PARTNER_TENANT_ID) is not None

    def test_connects_by_the_keyboard_alone(self, setting: Setting) -> None:
        with window(phone=True) as (_, page):
            page.goto(setting.link)
            page.keyboard.press("Tab")
            page.keyboard.press("Enter")
            page.get_by_label("Account").wait_for()
            page.get_by_label("Account").select_option(AGENT)
            page.keyboard.press("Tab")
            page.keyboard.type(PASSWORD)
            page.keyboard.press("Enter")
            page.get_by_role("button", name="Approve").wait_for()
            page.keyboard.press("Tab")
            page.keyboard.press("Enter")
            page.get_by_role("button", name="Accept").focus()
            page.keyboard.press("Enter")
            page.get_by_role("button", name="Continue").wait_for()
            page.keyboard.press("Enter")

            page.get_by_role("heading", name="Connected").wait_for()
        assert setting.state is ConnectionState.DELEGATED

    def test_cannot_use_a_link_twice(self, setting: Setting) -> None:
        with window() as (_, page):
            go_to_microsoft(page, setting)
            sign_in(page, AGENT)
            page.get_by_role("button", name="Accept").click()
            go_back(page)
            page.get_by_role("heading", name="Connected").wait_for()
            page.goto(setting.link)

            assert "was used already" in page.get_by_role("alert").inner_text()

    def test_reads_all_of_it_on_a_phone(self, setting: Setting) -> None:
        with window(phone=True) as (_, page):
            page.goto(setting.link)

            box = page.locator("body").bounding_box()
            assert box is not None
            assert box["width"] <= PHONE[0]
            button = page.get_by_role("button", name="Continue to Microsoft").bounding_box()
            assert button is not None
            assert button["height"] >= 44


class TestRefused:
    def test_is_an_agent_who_sets_up_no_second_factor(self, setting: Setting) -> None:
        with window() as (_, page):
            go_to_microsoft(page, setting)
            sign_in(page, AGENT_WITHOUT_MFA, factor=False)
            page.get_by_role("button", name="Set it up").wait_for()
            page.get_by_role("button", name="Cancel").click()
            go_back(page)

            page.get_by_role("heading", name="Not connected").wait_for()
        assert setting.state is ConnectionState.NOT_CONNECTED
        assert setting.office.vault.read(PARTNER_TENANT_ID) is None

    def test_is_somebody_without_a_role(self, setting: Setting) -> None:
        with window() as (_, page):
            go_to_microsoft(page, setting)
            sign_in(page, CLERK)
            page.get_by_role("button", name="Go back without consent").click()
            go_back(page)

            page.get_by_role("heading", name="Not connected").wait_for()
        assert setting.state is ConnectionState.NOT_CONNECTED

    def test_is_one_who_cancels(self, setting: Setting) -> None:
        with window() as (_, page):
            go_to_microsoft(page, setting)
            page.get_by_role("button", name="Cancel").click()
            go_back(page)

            assert "Nothing was stored" in page.get_by_role("alert").inner_text()
        assert setting.state is ConnectionState.NOT_CONNECTED
