"""What jobs, timers and commands do about changes that await Microsoft: tell it of them."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from time import monotonic

from work365.adapters.dataverse.catalog_store import DataverseCatalogStore
from work365.adapters.dataverse.microsoft.provisioning import DataverseProvisioningStore
from work365.adapters.dataverse.microsoft.subscriptions import DataverseSubscriptionMirror
from work365.adapters.partner_center.desk import PartnerCenterDesk
from work365.adapters.partner_center.rules.rules_data import read_rules
from work365.bootstrap import Services
from work365.entrypoints.microsoft import PROVIDER, microsoft_of
from work365.entrypoints.provider_findings import keep_findings
from work365.errors import Refusal
from work365.microsoft import MicrosoftNotSetUp
from work365.ports.provider_desk import ProviderDesk, ProviderOutOfReach
from work365.ports.tokens import VaultRefused
from work365.usecases.price_changes import ChangePrices
from work365.usecases.provision_changes import (
    CHANGES_MAX,
    Parts,
    ProvisioningRun,
    provision_changes,
)

ORIGIN = "provisioning"

logger = logging.getLogger(__name__)


class ProviderNotTold(Refusal):
    """A provider is marked as linked, and there is no connection for it in this product."""

    code = "provider_not_told"


@dataclass(frozen=True, slots=True)
class Desks:
    """A `ProviderDesks` of one partner. Microsoft is the only provider that is linked."""

    services: Services
    clock: Callable[[], datetime]

    def desk(self, provider: str, *, purpose: str) -> ProviderDesk:
        """Return Microsoft's desk, asked for `purpose`.

        Raises: ProviderNotTold; ProviderOutOfReach: Microsoft is not set up, or the vault does
        not let us in; VaultUnavailable.
        """
        if provider != PROVIDER:
            raise ProviderNotTold(
                f"provider {provider} cannot be told by this app; set its kind to manual, and tell"
                " it by hand"
            )
        try:
            errand = microsoft_of(self.services).partner_center(purpose)
        except (MicrosoftNotSetUp, VaultRefused) as error:
            raise ProviderOutOfReach(str(error)) from error
        return PartnerCenterDesk(errand, self.clock, self.services.settings.schedule_spelling)


def provision(services: Services, *, at: datetime, most: int = CHANGES_MAX) -> ProvisioningRun:
    """Tell providers of up to `most` changes that are due at `at` (UTC), and log what is wrong.

    Raises: Unavailable: Dataverse gives no answer. What was told is not told again.
    """
    clock = _running_from(at)
    client, markets = services.dataverse, services.settings.markets
    parts = Parts(
        store=DataverseProvisioningStore(client),
        desks=Desks(services, clock),
        mirror=DataverseSubscriptionMirror(client),
        book=read_rules(),
        clock=clock,
        prices=ChangePrices(
            DataverseCatalogStore(client), market=markets[0] if len(markets) == 1 else None
        ),
    )
    today = at.astimezone(services.settings.time_zone).date()
    run = provision_changes(parts, today=today, most=most)
    logger.info(
        "changes told to providers: %d provisioned, %d waiting, %d failed, %d not applicable,"
        " %d taken up by others",
        run.provisioned,
        run.waiting,
        run.failed,
        run.not_applicable,
        run.taken_by_others,
    )
    keep_findings(services, run.findings, origin=ORIGIN, at=at, paths=run.settled)
    return run


def _running_from(at: datetime) -> Callable[[], datetime]:
    """Return a clock that shows `at` now and runs on, so that pauses count."""
    started = monotonic()
    return lambda: at.astimezone(UTC) + timedelta(seconds=monotonic() - started)
