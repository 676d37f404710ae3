"""Configuration, read from the environment once.

Every setting is an application setting of the function app; docs/administrator-guide.md
lists them, and a test holds it to this class.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from work365.errors import Refusal

WEBHOOK_KEY_LENGTH_MIN = 16
SWEEP_DELAY_SECONDS_MAX = 300

ADDRESS = re.compile(r"(https://[\w.-]+|http://(127\.0\.0\.1|localhost))(:\d{1,5})?/?", re.ASCII)
"""Without encryption a token goes no further than this machine."""

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
class Settings:
    """How this instance of the service is set up."""

    dataverse_url: str
    """WORK365_DATAVERSE_URL: the environment's address, `https://name.crm4.dynamics.com`."""

    dataverse_token: str | None = None
    """WORK365_DATAVERSE_TOKEN: a fixed token, for the emulator on this machine only."""

    managed_identity_client_id: str | None = None
    """WORK365_MANAGED_IDENTITY_CLIENT_ID: which user-assigned identity signs in."""

    webhook_keys: tuple[str, ...] = ()
    """WORK365_WEBHOOK_KEYS: keys that a ring may carry, with commas; two while one is changed."""

    sweep_delay_seconds: int = 2
    """WORK365_SWEEP_DELAY_SECONDS: how long a sweep waits for further rings to answer at once."""

    time_zone: ZoneInfo = UTC
    """WORK365_TIME_ZONE: whose calendar says what day it is, such as `Europe/Berlin`."""

    queue_file: Path | None = None
    """WORK365_QUEUE_FILE: keeps the queue in a file of this machine instead of Azure Storage."""

    storage_connection: str | None = None
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
            dataverse_url=_address(given.get("WORK365_DATAVERSE_URL", "")),
            dataverse_token=given.get("WORK365_DATAVERSE_TOKEN"),
            managed_identity_client_id=given.get("WORK365_MANAGED_IDENTITY_CLIENT_ID"),
            webhook_keys=_keys(given.get("WORK365_WEBHOOK_KEYS", "")),
            sweep_delay_seconds=_seconds(given.get("WORK365_SWEEP_DELAY_SECONDS", "2")),
            time_zone=_zone(given.get("WORK365_TIME_ZONE", "UTC")),
            queue_file=Path(queue_file) if queue_file else None,
            storage_connection=given.get("AzureWebJobsStorage"),
            storage_queue_url=given.get("AzureWebJobsStorage__queueServiceUri"),
            clock_url=given.get("WORK365_CLOCK_URL"),
            partner=_partner(given),
        )


def _address(url: str) -> str:
    if ADDRESS.fullmatch(url) is None:
        raise SettingWrong(
            f"WORK365_DATAVERSE_URL is {url!r}; set it to the address of the Dataverse"
            " environment, such as https://name.crm4.dynamics.com"
        )
    return url.rstrip("/")


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


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        # A name such as Europe is a folder of zones, which the library only notices on reading.
        raise SettingWrong(
            f"WORK365_TIME_ZONE is {name!r}, which is no time zone; use one like Europe/Berlin"
        ) from error
