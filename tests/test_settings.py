from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from work365.settings import PartnerIdentity, Settings, SettingWrong

URL = "https://contoso.crm4.dynamics.com"
KEY = "a-long-and-random-key"
OLD_KEY = "the-key-before-that-one"


def read(**settings: str) -> Settings:
    return Settings.read({"WORK365_DATAVERSE_URL": URL, **settings})


class TestDefaults:
    def test_the_address_of_dataverse_is_enough(self) -> None:
        settings = Settings.read({"WORK365_DATAVERSE_URL": URL})

        assert settings == Settings(dataverse_url=URL)
        assert settings.sweep_delay_seconds == 2
        assert settings.time_zone == ZoneInfo("UTC")
        assert settings.webhook_keys == ()

    def test_blank_means_not_set(self) -> None:
        blank = dict.fromkeys(
            [
                "WORK365_WEBHOOK_KEYS",
                "WORK365_SWEEP_DELAY_SECONDS",
                "WORK365_TIME_ZONE",
                "WORK365_QUEUE_FILE",
                "WORK365_CLOCK_URL",
                "WORK365_PARTNER_NAME",
                "WORK365_PARTNER_ADDRESS",
                "WORK365_PARTNER_LOGO",
                "WORK365_DATAVERSE_TOKEN",
            ],
            " ",
        )

        assert read(**blank) == Settings(dataverse_url=URL)

    def test_what_else_stands_in_the_environment_does_not_matter(self) -> None:
        assert read(PATH="/usr/bin", WORK365_ELSE="?") == Settings(dataverse_url=URL)


class TestReading:
    def test_every_setting_is_read(self, tmp_path: Path) -> None:
        logo = tmp_path / "logo.svg"
        logo.write_text("<svg/>")

        settings = read(
            WORK365_DATAVERSE_TOKEN="token",  # noqa: S106  no secret
            WORK365_MANAGED_IDENTITY_CLIENT_ID="client",
            WORK365_WEBHOOK_KEYS=KEY,
            WORK365_SWEEP_DELAY_SECONDS="0",
            WORK365_TIME_ZONE="Europe/Berlin",
            WORK365_QUEUE_FILE="queue.sqlite",
            WORK365_CLOCK_URL="http://127.0.0.1/clock",
            WORK365_PARTNER_NAME="Northwind Cloud",
            WORK365_PARTNER_ADDRESS="Hafen 1 | 20457 Hamburg || DE",
            WORK365_PARTNER_LOGO=str(logo),
            AzureWebJobsStorage="UseDevelopmentStorage=true",
            AzureWebJobsStorage__queueServiceUri="https://a.queue.core.windows.net",
        )

        assert settings == Settings(
            dataverse_url=URL,
            dataverse_token="token",  # noqa: S106  no secret
            managed_identity_client_id="client",
            webhook_keys=(KEY,),
            sweep_delay_seconds=0,
            time_zone=ZoneInfo("Europe/Berlin"),
            queue_file=Path("queue.sqlite"),
            clock_url="http://127.0.0.1/clock",
            partner=PartnerIdentity("Northwind Cloud", ("Hafen 1", "20457 Hamburg", "DE"), logo),
            storage_connection="UseDevelopmentStorage=true",
            storage_queue_url="https://a.queue.core.windows.net",
        )

    def test_the_address_ends_without_a_slash(self) -> None:
        assert read(WORK365_DATAVERSE_URL=f"{URL}/") == Settings(dataverse_url=URL)

    @pytest.mark.parametrize("url", ["http://127.0.0.1:36501", "http://localhost", f"{URL}:443"])
    def test_an_emulator_of_this_machine_may_speak_plain_http(self, url: str) -> None:
        assert read(WORK365_DATAVERSE_URL=url).dataverse_url == url

    def test_there_are_two_keys_while_one_is_changed(self) -> None:
        settings = read(WORK365_WEBHOOK_KEYS=f" {KEY} ,{OLD_KEY},")

        assert settings.webhook_keys == (KEY, OLD_KEY)

    @pytest.mark.parametrize(("text", "seconds"), [("0", 0), ("300", 300), (" 7 ", 7)])
    def test_the_delay_is_a_number_of_seconds(self, text: str, seconds: int) -> None:
        settings = read(WORK365_SWEEP_DELAY_SECONDS=text)

        assert settings == replace(read(), sweep_delay_seconds=seconds)


class TestWrongValues:
    @pytest.mark.parametrize(
        "url",
        [
            "",
            "contoso.crm4.dynamics.com",
            "http://contoso.crm4.dynamics.com",
            "http://127.0.0.1.contoso.example",
            "http://localhost.contoso.example",
            "https://",
            "https://[",
            f"{URL}/api/data/v9.2",
            f"{URL}?x=1",
            "https://name:password@contoso.example",
        ],
    )
    def test_an_address_is_that_of_an_environment_and_encrypted(self, url: str) -> None:
        with pytest.raises(SettingWrong) as refused:
            read(WORK365_DATAVERSE_URL=url)

        told = str(refused.value)
        assert f"WORK365_DATAVERSE_URL is {url!r}; set it to the address" in told

    def test_without_an_address_nothing_starts(self) -> None:
        with pytest.raises(SettingWrong, match="WORK365_DATAVERSE_URL is ''"):
            Settings.read({})

    @pytest.mark.parametrize(
        ("name", "value", "remedy"),
        [
            ("WORK365_SWEEP_DELAY_SECONDS", "-1", "use a whole number from 0 to 300"),
            ("WORK365_SWEEP_DELAY_SECONDS", "1.5", "use a whole number from 0 to 300"),
            ("WORK365_SWEEP_DELAY_SECONDS", "soon", "use a whole number from 0 to 300"),
            ("WORK365_SWEEP_DELAY_SECONDS", "301", "use a whole number from 0 to 300"),
            ("WORK365_TIME_ZONE", "Berlin", "use one like Europe/Berlin"),
            ("WORK365_TIME_ZONE", "Europe", "use one like Europe/Berlin"),
            ("WORK365_TIME_ZONE", "../../etc/hosts", "use one like Europe/Berlin"),
            ("WORK365_PARTNER_LOGO", "/no/such/logo.svg", "use the path of an SVG or PNG file"),
        ],
    )
    def test_a_refusal_names_the_setting_its_value_and_the_remedy(
        self, name: str, value: str, remedy: str
    ) -> None:
        with pytest.raises(SettingWrong) as refused:
            read(**{name: value})

        assert f"{name} is {value!r}" in str(refused.value)
        assert remedy in str(refused.value)

    def test_a_folder_is_no_logo(self, tmp_path: Path) -> None:
        with pytest.raises(SettingWrong, match="where there is no file"):
            read(WORK365_PARTNER_LOGO=str(tmp_path))

    def test_a_short_key_is_refused_without_being_told(self) -> None:
        short = "0123456789abcde"

        with pytest.raises(SettingWrong) as refused:
            read(WORK365_WEBHOOK_KEYS=f"{KEY},{short}")

        told = str(refused.value)
        assert "WORK365_WEBHOOK_KEYS has a key shorter than 16 characters" in told
        assert "use a long random one" in told
        assert short not in told
        assert KEY not in told

    def test_a_vault_reference_that_was_not_resolved_is_no_key(self) -> None:
        # Its text is in the deployment, so whoever has read that would know the key.
        reference = "@Microsoft.KeyVault(SecretUri=https://v.vault.azure.net/secrets/ring)"

        with pytest.raises(SettingWrong) as refused:
            read(WORK365_WEBHOOK_KEYS=reference)

        told = str(refused.value)
        assert "WORK365_WEBHOOK_KEYS is a Key Vault reference that was not resolved" in told
        assert "Key Vault Secrets User" in told
