"""What the commands about Microsoft have in common: how they ask."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Annotated

import typer

from work365.bootstrap import Services
from work365.domain.findings import Finding
from work365.domain.microsoft.guids import is_guid
from work365.entrypoints import provider_findings
from work365.entrypoints.cli.billing import connected
from work365.entrypoints.cli.output import EXIT_FINDINGS, errors
from work365.entrypoints.microsoft import counts_of
from work365.errors import Refusal, Work365Error

Provider = Annotated[
    str, typer.Option(help="Key of the provider, where there are several that are Microsoft.")
]
Tenants = Annotated[
    list[str] | None, typer.Option("--tenant", help="Tenant id of a customer; can be repeated.")
]


class NotATenant(Refusal):
    """What is to be a tenant's id is none."""

    code = "not_a_tenant_id"


@contextmanager
def at_microsoft() -> Iterator[Services]:
    """Return the services of the environment; what is asked of Microsoft is counted.

    Findings are printed by the commands, and not said by the log as well.
    Raises: NothingAnswers, SettingWrong.
    """
    log = logging.getLogger(provider_findings.__name__)
    was_disabled, log.disabled = log.disabled, True
    try:
        with connected() as services:
            try:
                yield services
            finally:
                _keep_counts(services)
    finally:
        log.disabled = was_disabled


def tenant_id(text: str) -> str:
    """Return a tenant's id in lower case.

    Raises: NotATenant.
    """
    tenant = text.strip().lower()
    if not is_guid(tenant):
        raise NotATenant(
            f"{text!r} is no tenant id; give the id that Microsoft Entra shows under Overview,"
            " such as 00000000-0000-0000-0000-000000000000"
        )
    return tenant


def tenant_ids(texts: Sequence[str] | None) -> tuple[str, ...]:
    """Return tenants' ids in lower case, each once; none where none are given.

    Raises: NotATenant.
    """
    return tuple(dict.fromkeys(map(tenant_id, texts or ())))


def exit_with(findings: Sequence[Finding]) -> None:
    """End with the exit code that says that there are findings, if there are any."""
    if findings:
        raise typer.Exit(EXIT_FINDINGS)


def moment(at: datetime) -> str:
    """Return a moment as it is printed, in UTC to the minute."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _keep_counts(services: Services) -> None:
    try:
        counts_of(services).keep()
    except Work365Error as error:
        errors.print(
            f"How often Microsoft was asked could not be noted: {error}",
            markup=False,
            highlight=False,
        )
