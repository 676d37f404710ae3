"""What differs from one environment to the next, and what whoever installs has to say."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from dataverse_schema.environment_variables import APPLICATION_ID, SERVICE_URL
from work365.adapters.dataverse.installation.declarations import Declarations
from work365.adapters.dataverse.installation.found import FoundEnvironment
from work365.adapters.dataverse.pages import API_PATH
from work365.errors import Refusal


class ApplicationIdWrong(Refusal):
    """What stands where the service's client id should is none."""

    code = "application_id_wrong"


class ServiceUrlWrong(Refusal):
    """What stands where the service's address should is none that Dataverse rings at."""

    code = "service_url_wrong"


ORIGIN = re.compile(
    r"https://[\w-]+(?:\.[\w-]+)+(?::443)?/?|http://(?:127\.0\.0\.1|localhost)(?::\d{1,5})?/?",
    re.ASCII,
)
"""Dataverse rings at ports 80 and 443, and the key is not to go unencrypted; the other form is
for a service and an emulator of one machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One environment, and the service that it is to work with."""

    web_api: str
    """Root of the Web API, `https://name.crm4.dynamics.com/api/data/v9.2/`."""

    values: Mapping[str, str] = field(default_factory=dict)
    """Of environment variables, by schema name; one that is not stated stays as it is."""

    webhook_key: str | None = field(default=None, repr=False)
    """What a ring has to carry; nothing where no key is to be written."""

    renews_key: bool = False
    """Whether the key is to be written although there is one."""


def target_of(
    *,
    url: str,
    application_id: UUID | None = None,
    service_url: str | None = None,
    webhook_key: str | None = None,
    renews_key: bool = False,
) -> Target:
    """Return the environment at `url`; what is not stated stays as it is there."""
    stated = {
        SERVICE_URL.schema_name: service_url,
        APPLICATION_ID.schema_name: None if application_id is None else str(application_id),
    }
    return Target(
        web_api=url.rstrip("/") + API_PATH,
        values={name: value for name, value in stated.items() if value},
        webhook_key=webhook_key,
        renews_key=renews_key,
    )


def value_of(schema_name: str, target: Target, found: FoundEnvironment) -> str | None:
    """Return the value that an environment variable has, or will have."""
    return target.values.get(schema_name) or value_found(schema_name, found)


def value_found(schema_name: str, found: FoundEnvironment) -> str | None:
    """Return the value that an environment variable has now, its default left out."""
    definitions = {
        row["environmentvariabledefinitionid"]
        for row in found.of("environmentvariabledefinitions")
        if row["schemaname"].lower() == schema_name.lower()
    }
    for row in found.of("environmentvariablevalues"):
        if row["_environmentvariabledefinitionid_value"] in definitions:
            return str(row["value"]) if row["value"] else None
    return None


def service_url(declarations: Declarations, target: Target, found: FoundEnvironment) -> str | None:
    """Return the address of the service, without a path, where it is known.

    Raises: ServiceUrlWrong: it is one at which Dataverse does not ring, or not safely.
    """
    stated = value_of(declarations.endpoint.url_variable, target, found)
    if stated is not None and ORIGIN.fullmatch(stated) is None:
        shown = "an address with a user name in it" if "@" in stated else repr(stated)
        raise ServiceUrlWrong(
            f"the service's address is {shown}; use https, port 443 and no path, such as"
            " https://name.azurewebsites.net, with --service-url, or correct the environment"
            f" variable {SERVICE_URL.display_name} in Power Apps"
        )
    return stated


def application_id(target: Target, found: FoundEnvironment) -> UUID | None:
    """Return the client id that the service signs in with, where it is known.

    Raises: ApplicationIdWrong: the environment variable for it holds something else.
    """
    stated = value_of(APPLICATION_ID.schema_name, target, found)
    try:
        return None if stated is None else UUID(stated)
    except ValueError as error:
        raise ApplicationIdWrong(
            f"the environment variable {APPLICATION_ID.display_name} is {stated!r}, which is no"
            " client id; run this with --application-id, or correct it in Power Apps"
        ) from error
