"""Configuration, read from the environment once.

Every setting is an application setting of the function app; docs/administrator-guide.md
lists them, and a test holds it to this class.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from work365.adapters.partner_center.subscription_bodies import ScheduleSpelling
from work365.domain.microsoft.guids import is_guid
from work365.errors import Refusal
from work365.http import THIS_MACHINE
from work365.identity.clouds import GLOBAL, Cloud, CloudUnknown, cloud_named
from work365.ports.secrets import Secret

WEBHOOK_KEY_LENGTH_MIN = 16
SWEEP_DELAY_SECONDS_MAX = 300

LABEL = r"\w(?:[\w-]{0,61}\w)?"
ADDRESS = re.compile(
    rf"(?:https://{LABEL}(?:\.{LABEL})*|http://(?:127\.0\.0\.1|localhost))(?::(\d{{1,5}}))?/?",
    re.ASCII,
)
"""Without encryption a token goes no further than this machine. The group is the port."""

PORTS = range(1, 65_536)

MARKET = re.compile(r"[A-Z]{2}", re.ASCII)
"""ISO 3166-1, by which Partner Center names its markets."""

CONSENT_EXAMPLE = "https://name.azurewebsites.net/api/consent"


UTC = ZoneInfo("UTC")


class SettingWrong(Refusal):
    """An application setting is missing, or has a value that cannot be."""

    code = "setting_wrong"


@dataclass(frozen=True, slots=True)
class PartnerIdentity:
    """Who the invoices are from."""

    name: str
    address: tuple[str, ...] = ()
    logo: Path | None = None
    """An SVG or PNG file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StandIns:
    """Where Microsoft's services are played on this machine."""

    sign_in_url: str
    """Microsoft Entra."""
    microsoft_url: str
    """Partner Center, Graph, price sheets and Azure in one."""
    authorities: Path
    """A PEM file of who vouches for their certificates."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How this instance of the service is set up."""

    dataverse_url: str
    """WORK365_DATAVERSE_URL: the environment's address, `https://name.crm4.dynamics.com`."""

    dataverse_token: str | None = field(default=None, repr=False)
    """WORK365_DATAVERSE_TOKEN: a fixed token, for the emulator on this machine only."""

    managed_identity_client_id: str | None = None
    """WORK365_MANAGED_IDENTITY_CLIENT_ID: which user-assigned identity signs in."""

    client_id: str | None = None
    """WORK365_CLIENT_ID: the application that Microsoft knows, in lower case."""

    partner_tenant: str | None = None
    """WORK365_PARTNER_TENANT: tenant id of the partner, in lower case."""

    cloud: Cloud = GLOBAL
    """WORK365_CLOUD: which of Microsoft's clouds the partner is in, by its name."""

    key_vault_url: str | None = None
    """WORK365_KEY_VAULT_URL: the partner's own vault, for delegated tokens; else in memory."""

    development_secret: Secret | None = None
    """WORK365_DEVELOPMENT_SECRET: a secret of the application, on a developer's machine only."""

    development_certificate: Path | None = None
    """WORK365_DEVELOPMENT_CERTIFICATE: a PEM file of its key and certificate, likewise."""

    consent_url: str | None = None
    """WORK365_CONSENT_URL: where browsers find the consent pages."""

    stand_ins: StandIns | None = None
    """WORK365_STAND_IN_SIGN_IN_URL, WORK365_STAND_IN_MICROSOFT_URL and
    WORK365_STAND_IN_AUTHORITIES (a file): in place of Microsoft, on this machine only."""

    is_development: bool = False
    """Whether this is a developer's machine, by what Azure Functions says of itself."""

    webhook_keys: tuple[str, ...] = field(default=(), repr=False)
    """WORK365_WEBHOOK_KEYS: keys that a ring may carry, with commas; two while one is changed."""

    webhook_authorities: Path | None = None
    """WORK365_WEBHOOK_AUTHORITIES: a PEM file of the roots that the certificate of Microsoft's
    webhooks may end in, in place of those that are built in."""

    schedule_spelling: ScheduleSpelling = ScheduleSpelling.SCHEDULED_TYPE
    """WORK365_SCHEDULE_SPELLING: how Partner Center is told what happens when a term ends; client
    libraries spell the key in two ways, and no page of Microsoft's settles it."""

    sweep_delay_seconds: int = 2
    """WORK365_SWEEP_DELAY_SECONDS: how long a sweep waits for further rings to answer at once."""

    markets: tuple[str, ...] = ()
    """WORK365_MARKETS: countries or regions whose price sheets are read, as `DE,AT`."""

    time_zone: ZoneInfo = UTC
    """WORK365_TIME_ZONE: whose calendar says what day it is, such as `Europe/Berlin`."""

    queue_file: Path | None = None
    """WORK365_QUEUE_FILE: keeps the queue in a file of this machine instead of Azure Storage."""

    storage_connection: str | None = field(default=None, repr=False)
    """AzureWebJobsStorage: a connection string, as Azurite has one. Azure needs none."""

    storage_queue_url: str | None = None
    """AzureWebJobsStorage__queueServiceUri: the queue service of the app's storage account."""

    clock_url: str | None = None
    """WORK365_CLOCK_URL: where to ask for the time, when the emulator's clock is moved."""

    partner: PartnerIdentity = PartnerIdentity("")
    """WORK365_PARTNER_NAME, WORK365_PARTNER_ADDRESS (lines with `|` between them) and
    WORK365_PARTNER_LOGO (a file): what stands at the head of an invoice."""

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> Self:
        """Return the settings in `environment`.

        Raises: SettingWrong: one that is needed is missing, or one makes no sense.
        """
        given = {name: value.strip() for name, value in environment.items() if value.strip()}
        queue_file = given.get("WORK365_QUEUE_FILE")
        return cls(
            dataverse_url=dataverse_address(
                given.get("WORK365_DATAVERSE_URL", ""), called="WORK365_DATAVERSE_URL"
            ),
            dataverse_token=given.get("WORK365_DATAVERSE_TOKEN"),
            managed_identity_client_id=given.get("WORK365_MANAGED_IDENTITY_CLIENT_ID"),
            client_id=_guid("WORK365_CLIENT_ID", given.get("WORK365_CLIENT_ID")),
            partner_tenant=_guid("WORK365_PARTNER_TENANT", given.get("WORK365_PARTNER_TENANT")),
            cloud=_cloud(given.get("WORK365_CLOUD", GLOBAL.name)),
            key_vault_url=_vault(given.get("WORK365_KEY_VAULT_URL")),
            development_secret=_secret(given.get("WORK365_DEVELOPMENT_SECRET")),
            development_certificate=_certificate(given.get("WORK365_DEVELOPMENT_CERTIFICATE")),
            consent_url=_consent_url(given.get("WORK365_CONSENT_URL")),
            stand_ins=_stand_ins(given),
            is_development=_is_development(given),
            webhook_keys=_keys(given.get("WORK365_WEBHOOK_KEYS", "")),
            webhook_authorities=_authorities(given.get("WORK365_WEBHOOK_AUTHORITIES")),
            schedule_spelling=_spelling(
                given.get("WORK365_SCHEDULE_SPELLING", ScheduleSpelling.SCHEDULED_TYPE.value)
            ),
            sweep_delay_seconds=_seconds(given.get("WORK365_SWEEP_DELAY_SECONDS", "2")),
            markets=_markets(given.get("WORK365_MARKETS", "")),
            time_zone=_zone(given.get("WORK365_TIME_ZONE", "UTC")),
            queue_file=Path(queue_file) if queue_file else None,
            storage_connection=given.get("AzureWebJobsStorage"),
            storage_queue_url=given.get("AzureWebJobsStorage__queueServiceUri"),
            clock_url=given.get("WORK365_CLOCK_URL"),
            partner=_partner(given),
        )


def dataverse_address(text: str, *, called: str) -> str:
    """Return the address of an environment, without a slash at its end.

    `called` is what the value is known by to whoever gave it.

    Raises: SettingWrong: it is not the address of an environment, or not encrypted.
    """
    return _address(
        text,
        called=called,
        wanted=(
            "the address of the Dataverse environment, with https and without a path, such as"
            " https://name.crm4.dynamics.com"
        ),
    )


def _address(text: str, *, called: str, wanted: str) -> str:
    found = ADDRESS.fullmatch(text.strip())
    if found is None or (found[1] is not None and int(found[1]) not in PORTS):
        shown = "an address with a user name in it" if "@" in text else repr(text)
        raise SettingWrong(f"{called} is {shown}; set it to {wanted}")
    return text.strip().rstrip("/")


def _consent_url(text: str | None) -> str | None:
    if text is None:
        return None
    parts = urlsplit(text)
    is_here = parts.hostname in THIS_MACHINE
    if parts.scheme != "https" or not parts.path.strip("/") or parts.query or parts.username:
        # Cookies that are secure, and Microsoft, ask for https; it is Azure's own without effort.
        example = "https://localhost:7072/api/consent" if is_here else CONSENT_EXAMPLE
        raise SettingWrong(f"WORK365_CONSENT_URL is {text!r}; set it to one such as {example}")
    return text.rstrip("/")


def _stand_ins(given: Mapping[str, str]) -> StandIns | None:
    sign_in = given.get("WORK365_STAND_IN_SIGN_IN_URL")
    microsoft = given.get("WORK365_STAND_IN_MICROSOFT_URL")
    authorities = given.get("WORK365_STAND_IN_AUTHORITIES")
    if sign_in is None and microsoft is None and authorities is None:
        return None
    if sign_in is None or microsoft is None or authorities is None:
        raise SettingWrong(
            "WORK365_STAND_IN_SIGN_IN_URL, WORK365_STAND_IN_MICROSOFT_URL and"
            " WORK365_STAND_IN_AUTHORITIES belong together: set all of them, or none"
        )
    if not _is_development(given):
        raise SettingWrong(
            "WORK365_STAND_IN_SIGN_IN_URL is for a developer's machine: take it away, so that"
            " Microsoft is asked"
        )
    return StandIns(
        sign_in_url=_on_this_machine(sign_in, "WORK365_STAND_IN_SIGN_IN_URL"),
        microsoft_url=_on_this_machine(microsoft, "WORK365_STAND_IN_MICROSOFT_URL"),
        authorities=Path(authorities),
    )


def _on_this_machine(text: str, name: str) -> str:
    wanted = "an address of this machine, such as https://localhost:36502"
    if urlsplit(text).hostname not in THIS_MACHINE:
        raise SettingWrong(f"{name} is {text!r}; set it to {wanted}")
    return _address(text, called=name, wanted=wanted)


def _vault(text: str | None) -> str | None:
    if text is None:
        return None
    return _address(
        text,
        called="WORK365_KEY_VAULT_URL",
        wanted="the address of the partner's own vault, such as https://name.vault.azure.net",
    )


def _guid(name: str, text: str | None) -> str | None:
    if text is None:
        return None
    if not is_guid(text):
        raise SettingWrong(
            f"{name} is {text!r}; set it to the id as Microsoft Entra shows it, such as"
            " 00000000-0000-0000-0000-000000000000"
        )
    return text.lower()


def _cloud(name: str) -> Cloud:
    try:
        return cloud_named(name)
    except CloudUnknown as error:
        raise SettingWrong(f"WORK365_CLOUD is wrong: {error}") from error


def _secret(text: str | None) -> Secret | None:
    return Secret(text) if text is not None else None


def _certificate(name: str | None) -> Path | None:
    if name is None:
        return None
    if not Path(name).is_file():
        raise SettingWrong(
            f"WORK365_DEVELOPMENT_CERTIFICATE is {name!r}, where there is no file; use the path of"
            " a PEM file with a private key and its certificate"
        )
    return Path(name)


def _authorities(name: str | None) -> Path | None:
    if name is not None and not Path(name).is_file():
        raise SettingWrong(
            f"WORK365_WEBHOOK_AUTHORITIES is {name!r}, where there is no file; use the path of a"
            " PEM file of certificates, or take it away to go by those that are built in"
        )
    return Path(name) if name else None


def _spelling(text: str) -> ScheduleSpelling:
    for spelling in ScheduleSpelling:
        if spelling.value == text:
            return spelling
    known = " or ".join(spelling.value for spelling in ScheduleSpelling)
    raise SettingWrong(f"WORK365_SCHEDULE_SPELLING is {text!r}; set it to {known}")


def _is_development(given: Mapping[str, str]) -> bool:
    """Whether this is a developer's machine.

    Source: "App settings reference for Azure Functions"; "Environment variables and app
    settings in Azure App Service", by which only an instance in Azure has an id.
    """
    kinds = {value for name, value in given.items() if name == "AZURE_FUNCTIONS_ENVIRONMENT"}
    return kinds == {"Development"} and "WEBSITE_INSTANCE_ID" not in given


def _partner(given: Mapping[str, str]) -> PartnerIdentity:
    address = given.get("WORK365_PARTNER_ADDRESS", "").split("|")
    logo = given.get("WORK365_PARTNER_LOGO")
    if logo is not None and not Path(logo).is_file():
        raise SettingWrong(
            f"WORK365_PARTNER_LOGO is {logo!r}, where there is no file; use the path of an SVG or"
            " PNG file"
        )
    return PartnerIdentity(
        name=given.get("WORK365_PARTNER_NAME", ""),
        address=tuple(line.strip() for line in address if line.strip()),
        logo=Path(logo) if logo else None,
    )


def _keys(text: str) -> tuple[str, ...]:
    keys = tuple(key.strip() for key in text.split(",") if key.strip())
    if any(key.startswith("@Microsoft.KeyVault") for key in keys):
        # What the platform hands over when it could not read the secret: everybody knows it.
        raise SettingWrong(
            "WORK365_WEBHOOK_KEYS is a Key Vault reference that was not resolved; give the app's"
            " identity the role Key Vault Secrets User, and check the secret's name"
        )
    if any(len(key) < WEBHOOK_KEY_LENGTH_MIN for key in keys):
        raise SettingWrong(
            f"WORK365_WEBHOOK_KEYS has a key shorter than {WEBHOOK_KEY_LENGTH_MIN} characters;"
            " use a long random one"
        )
    return keys


def _seconds(text: str) -> int:
    if not text.isdecimal() or int(text) > SWEEP_DELAY_SECONDS_MAX:
        raise SettingWrong(
            f"WORK365_SWEEP_DELAY_SECONDS is {text!r}; use a whole number from 0 to"
            f" {SWEEP_DELAY_SECONDS_MAX}"
        )
    return int(text)


def _markets(text: str) -> tuple[str, ...]:
    markets = tuple(dict.fromkeys(part.strip().upper() for part in text.split(",") if part.strip()))
    for market in markets:
        if not MARKET.fullmatch(market):
            raise SettingWrong(
                f"WORK365_MARKETS names {market!r}, which is no market; use codes of two letters"
                " with commas between them, such as DE,AT"
            )
    return markets


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        # A name such as Europe is a folder of zones, which the library only notices on reading.
        raise SettingWrong(
            f"WORK365_TIME_ZONE is {name!r}, which is no time zone; use one like Europe/Berlin"
        ) from error
