"""A sync of subscriptions in a process of its own, which can be killed.

Run with the addresses of the twin and of the emulator, and the time of the sync.
"""

import sys
from datetime import datetime

from tests.emulators.partner_center import stage
from work365.adapters.dataverse.catalog_store import DataverseCatalogStore
from work365.adapters.dataverse.client import DataverseClient
from work365.adapters.dataverse.microsoft.providers import DataverseProviderStore
from work365.adapters.dataverse.microsoft.subscriptions import DataverseSubscriptionMirror
from work365.adapters.partner_center.connection import Connection, Tokens
from work365.adapters.partner_center.errands import Errand
from work365.adapters.partner_center.subscriptions import Subscriptions
from work365.http import http_client
from work365.identity.clouds import Audience
from work365.usecases.sync_subscriptions import Scope, Stores, sync_subscriptions

CUSTOMERS_PER_CHUNK = 2


def main(twin: str, dataverse: str, moment: str) -> None:
    """Sync in small chunks, and leave out what was marked since then."""
    at = datetime.fromisoformat(moment)
    with http_client() as http:
        connection = Connection(
            audience=Audience.PARTNER_CENTER,
            address=twin,
            tokens=Tokens(lambda: stage.APP),
            http=http,
        )
        client = DataverseClient(url=dataverse, token=lambda: "service", http=http)
        sync_subscriptions(
            provider="microsoft",
            subscriptions=Subscriptions(Errand(connection, "a sync to be killed"), lambda: at),
            stores=Stores(
                accounts=DataverseProviderStore(client),
                mirror=DataverseSubscriptionMirror(client),
                catalog=DataverseCatalogStore(client),
            ),
            scope=Scope(since=at, customers_per_chunk=CUSTOMERS_PER_CHUNK),
            at=at,
            progress=lambda _: None,
        )


if __name__ == "__main__":
    main(*sys.argv[1:])
