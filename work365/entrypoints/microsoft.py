"""Microsoft for this process: one set of connections, tokens and pace for all triggers."""

from functools import cache, partial

from work365.adapters.dataverse.microsoft.provider_calls import DataverseCallCounts
from work365.bootstrap import Services
from work365.entrypoints import clock
from work365.microsoft import Microsoft

PROVIDER = "microsoft"
"""Key of the provider that Microsoft is in Dataverse."""


@cache
def microsoft_of(services: Services) -> Microsoft:
    """Return Microsoft as the partner of `services` reaches it."""
    return Microsoft(
        settings=services.settings, clock=partial(clock.now, services), recorder=counts_of(services)
    )


@cache
def counts_of(services: Services) -> DataverseCallCounts:
    """Return what counts the calls by their purpose, until it is told to keep them."""
    return DataverseCallCounts(
        services.dataverse, provider=PROVIDER, today=partial(clock.today, services)
    )
