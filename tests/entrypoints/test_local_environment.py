import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
import trustme
from starlette.applications import Starlette

from work365.emulators.entra import seeds as entra
from work365.emulators.entra.app import LOCAL_IDENTITY_HEADER
from work365.emulators.partner_center import seeds as partner_center
from work365.entrypoints import local_environment
from work365.entrypoints.demo.administrator import ACCOUNT, PASSWORD
from work365.entrypoints.local_environment import (
    DATAVERSE_PORT,
    IDENTITY_SETTINGS,
    LocalEnvironment,
    free_port,
    is_down,
    settings_or_local,
    take_on_identity,
)
from work365.entrypoints.serving import LocalServer
from work365.settings import Settings

URL = "https://contoso.crm4.dynamics.com"
HERE = LocalEnvironment(state=Path("state"), dataverse_port=36_000, app_port=7_000)


@pytest.fixture(scope="module")
def served() -> Iterator[str]:
    with LocalServer(Starlette()) as server:
        yield server.url


class TestEnvironment:
    def test_says_where_everything_is(self) -> None:
        assert HERE.dataverse_url == "http://127.0.0.1:36000"
        assert HERE.clock_url == "http://127.0.0.1:36000/_emulator/v1/clock"
        assert HERE.webhook_url == "http://127.0.0.1:7000/api/webhooks/dataverse"
        assert HERE.dataverse_file == Path("state/dataverse.sqlite")

    def test_its_settings_are_settings(self) -> None:
        settings = Settings.read(HERE.application_settings())

        assert settings.dataverse_url == HERE.dataverse_url
        assert settings.clock_url == HERE.clock_url
        assert settings.queue_file == Path("state/queue.sqlite")
        assert settings.dataverse_token
        assert settings.webhook_keys

    def test_says_where_microsoft_is_at_the_ports_that_follow(self) -> None:
        assert HERE.sign_in_url == "https://localhost:36001"
        assert HERE.microsoft_url == "http://127.0.0.1:36002"
        assert HERE.vault_url == "https://localhost:36003"
        assert HERE.consent_url == "https://localhost:7001/api/consent"

    def test_its_settings_have_microsoft_only_where_it_is_played(self, tmp_path: Path) -> None:
        here = replace(HERE, state=tmp_path, has_microsoft=True)
        here.certificates.mkdir()
        here.webhook_authorities.touch()

        with_it = Settings.read(here.application_settings())
        without = Settings.read(HERE.application_settings())

        assert without.client_id is None
        assert without.stand_ins is None
        assert with_it.stand_ins is not None
        assert with_it.stand_ins.sign_in_url == HERE.sign_in_url
        assert with_it.stand_ins.authorities == here.certificates / "ca.pem"
        assert with_it.consent_url == HERE.consent_url
        assert with_it.development_secret is None

    def test_names_what_the_emulators_know(self) -> None:
        assert local_environment.PARTNER_TENANT == partner_center.PARTNER
        assert local_environment.APPLICATION_ID == entra.APPLICATION_ID
        assert local_environment.IDENTITY_CLIENT_ID == entra.IDENTITY_CLIENT_ID
        assert local_environment.IDENTITY_HEADER == LOCAL_IDENTITY_HEADER
        assert (ACCOUNT, PASSWORD) == (entra.AGENT, entra.PASSWORD)


class TestSettings:
    def test_are_those_that_name_a_dataverse(self) -> None:
        given = {"WORK365_DATAVERSE_URL": URL, "WORK365_TIME_ZONE": "Europe/Berlin"}

        assert settings_or_local(given) == given

    @pytest.mark.parametrize("given", [{}, {"WORK365_DATAVERSE_URL": " "}])
    def test_are_those_of_this_machine_where_none_is_named(self, given: Mapping[str, str]) -> None:
        assert settings_or_local(given) == LocalEnvironment().application_settings()

    def test_of_this_machine_are_completed_by_what_else_is_given(self) -> None:
        given = {"WORK365_PARTNER_NAME": "Northwind Cloud", "WORK365_CLOCK_URL": ""}

        read = Settings.read(settings_or_local(given))

        assert read.partner.name == "Northwind Cloud"
        assert read.dataverse_url == f"http://127.0.0.1:{DATAVERSE_PORT}"
        assert read.clock_url == LocalEnvironment().clock_url

    def test_are_read_from_the_environment_of_the_process(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("WORK365_DATAVERSE_URL", URL)

        assert settings_or_local()["WORK365_DATAVERSE_URL"] == URL


class TestIdentity:
    def test_is_taken_on_by_the_process_where_the_settings_have_one(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name in IDENTITY_SETTINGS:
            monkeypatch.setenv(name, "of before")

        take_on_identity({"WORK365_PARTNER_NAME": "Northwind Cloud"})
        before = {os.environ[name] for name in IDENTITY_SETTINGS}
        take_on_identity(dict.fromkeys(IDENTITY_SETTINGS, "of this machine"))

        assert before == {"of before"}
        assert {os.environ[name] for name in IDENTITY_SETTINGS} == {"of this machine"}


class TestPorts:
    def test_those_that_follow_a_free_one_are_free_too(self) -> None:
        first = free_port(following=3)

        with ExitStack() as opened:
            for port in range(first, first + 4):
                opened.enter_context(socket.create_server(("127.0.0.1", port)))

    def test_a_free_port_can_be_listened_on(self) -> None:
        with socket.create_server(("127.0.0.1", free_port())) as listener:
            assert listener.getsockname()[1] > 0

    @pytest.mark.parametrize("path", ["", "/", "/api/data/v9.2/"])
    def test_an_address_that_is_listened_on_is_not_down(self, served: str, path: str) -> None:
        assert not is_down(served + path)

    def test_an_encrypted_one_is_not_down_either(self, tmp_path: Path) -> None:
        certificate = tmp_path / "certificate.pem"
        trustme.CA().issue_cert("localhost").private_key_and_cert_chain_pem.write_to_path(
            certificate
        )

        with LocalServer(Starlette(), certificate=certificate) as server:
            assert server.url.startswith("https://localhost:")
            assert not is_down(server.url)

    @pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
    def test_an_address_of_this_machine_without_a_listener_is_down(self, host: str) -> None:
        assert is_down(f"http://{host}:{free_port()}")

    def test_what_is_elsewhere_is_not_looked_at(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def connect(*_: object, **__: object) -> socket.socket:
            raise AssertionError("it was looked at")

        monkeypatch.setattr(socket, "create_connection", connect)

        assert not is_down(URL)
