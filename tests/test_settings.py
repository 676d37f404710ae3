from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from work365.adapters.partner_center.subscription_bodies import ScheduleSpelling
from work365.identity.clouds import CHINA
from work365.ports.secrets import Secret
from work365.settings import PartnerIdentity, Settings, SettingWrong

URL = "https://contoso.crm4.dynamics.com"
KEY = "a-long-and-random-key"
OLD_KEY = "the-key-before-that-one"
APPLICATION = "8a1e5b0c-1d2f-4c3b-9e7a-5f60718293a4"
TENANT = "c0ffee00-1111-4222-8333-444455556666"


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
                "WORK365_CLIENT_ID",
                "WORK365_PARTNER_TENANT",
                "WORK365_CLOUD",
                "WORK365_KEY_VAULT_URL",
                "WORK365_DEVELOPMENT_SECRET",
                "WORK365_DEVELOPMENT_CERTIFICATE",
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
        certificate = tmp_path / "development.pem"
        certificate.write_text("PEM")

        settings = read(
            WORK365_DATAVERSE_TOKEN="token",  # noqa: S106  no secret
            WORK365_MANAGED_IDENTITY_CLIENT_ID="client",
            WORK365_CLIENT_ID=APPLICATION.upper(),
            WORK365_PARTNER_TENANT=TENANT.upper(),
            WORK365_CLOUD="21vianet",
            WORK365_KEY_VAULT_URL="https://contoso.vault.azure.cn/",
            WORK365_DEVELOPMENT_SECRET="secret",  # noqa: S106  no secret
            WORK365_DEVELOPMENT_CERTIFICATE=str(certificate),
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
            client_id=APPLICATION,
            partner_tenant=TENANT,
            cloud=CHINA,
            key_vault_url="https://contoso.vault.azure.cn",
            development_secret=Secret("secret"),
            development_certificate=certificate,
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

    def test_nothing_that_opens_something_is_printed_with_the_settings(self) -> None:
        settings = read(
            WORK365_DATAVERSE_TOKEN="token-of-dataverse",  # noqa: S106  no secret
            WORK365_DEVELOPMENT_SECRET="secret-of-the-app",  # noqa: S106  no secret
            WORK365_WEBHOOK_KEYS=KEY,
            AzureWebJobsStorage="AccountKey=key-of-the-storage",
        )

        printed = f"{settings!r} {settings}"

        for secret in ("token-of-dataverse", "secret-of-the-app", KEY, "key-of-the-storage"):
            assert secret not in printed


class TestDevelopment:
    def test_a_developers_machine_says_that_it_is_one(self) -> None:
        assert read(AZURE_FUNCTIONS_ENVIRONMENT="Development").is_development

    @pytest.mark.parametrize("kind", ["Production", "Staging", "development"])
    def test_any_other_environment_is_none(self, kind: str) -> None:
        assert not read(AZURE_FUNCTIONS_ENVIRONMENT=kind).is_development

    def test_an_app_in_azure_is_none_whatever_it_says(self) -> None:
        settings = read(AZURE_FUNCTIONS_ENVIRONMENT="Development", WEBSITE_INSTANCE_ID="1")

        assert not settings.is_development


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
            f"{URL}:0",
            f"{URL}:65536",
            "https://contoso..example",
            "https://-",
            f"https://{'a' * 64}.example",
        ],
    )
    def test_an_address_is_that_of_an_environment_and_encrypted(self, url: str) -> None:
        with pytest.raises(SettingWrong) as refused:
            read(WORK365_DATAVERSE_URL=url)

        told = str(refused.value)
        assert f"WORK365_DATAVERSE_URL is {url!r}; set it to the address" in told

    def test_a_password_in_an_address_is_not_repeated(self) -> None:
        with pytest.raises(SettingWrong, match="an address with a user name in it") as refused:
            read(WORK365_DATAVERSE_URL="https://name:pass-word@contoso.example")

        assert "pass-word" not in str(refused.value)

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
            ("WORK365_CLIENT_ID", "my-app", "the id as Microsoft Entra shows it"),
            ("WORK365_PARTNER_TENANT", "contoso.example", "the id as Microsoft Entra shows it"),
            ("WORK365_KEY_VAULT_URL", "contoso", "such as https://name.vault.azure.net"),
            ("WORK365_DEVELOPMENT_CERTIFICATE", "/no/such.pem", "use the path of a PEM file"),
        ],
    )
    def test_a_refusal_names_the_setting_its_value_and_the_remedy(
        self, name: str, value: str, remedy: str
    ) -> None:
        with pytest.raises(SettingWrong) as refused:
            read(**{name: value})

        assert f"{name} is {value!r}" in str(refused.value)
        assert remedy in str(refused.value)

    def test_a_cloud_is_one_of_microsofts(self) -> None:
        with pytest.raises(SettingWrong) as refused:
            read(WORK365_CLOUD="germany")

        told = str(refused.value)
        assert "WORK365_CLOUD is wrong: the cloud is 'germany'" in told
        assert "use global, us-government, 21vianet" in told

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


class TestWebhookAuthorities:
    def test_are_a_file_that_is_there(self, tmp_path: Path) -> None:
        roots = tmp_path / "roots.pem"
        roots.write_text("PEM")
        given = {"WORK365_DATAVERSE_URL": "https://contoso.crm4.dynamics.com"}

        settings = Settings.read({**given, "WORK365_WEBHOOK_AUTHORITIES": str(roots)})

        assert settings.webhook_authorities == roots
        with pytest.raises(SettingWrong, match="there is no file"):
            Settings.read({**given, "WORK365_WEBHOOK_AUTHORITIES": str(tmp_path / "none.pem")})


class TestTheSpellingOfASchedule:
    def test_is_one_of_the_two_that_are_known(self) -> None:
        unsaid, told = read(), read(WORK365_SCHEDULE_SPELLING="scheduleType")

        assert unsaid.schedule_spelling is ScheduleSpelling.SCHEDULED_TYPE
        assert told.schedule_spelling is ScheduleSpelling.SCHEDULE_TYPE
        with pytest.raises(SettingWrong, match="scheduledType or scheduleType"):
            read(WORK365_SCHEDULE_SPELLING="schedule_type")
