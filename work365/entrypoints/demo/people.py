"""The partner's people in the demo: what they change rings, as it does from a form."""

import httpx

from work365.adapters.dataverse.client import DataverseClient
from work365.adapters.dataverse.origin import Origin
from work365.adapters.dataverse.partner_book import DataversePartnerBook
from work365.bootstrap import Services
from work365.entrypoints.local_environment import LocalEnvironment
from work365.identity.environment import fixed_token


def as_person(
    here: LocalEnvironment, services: Services, http: httpx.Client
) -> DataversePartnerBook:
    """Return the environment as one of its people sees it."""
    user = DataversePartnerBook(services.dataverse).person()
    client = DataverseClient(
        url=here.dataverse_url,
        token=fixed_token(f"user:{user}"),
        http=http,
        # What people change has no tag of ours, and therefore rings.
        origin=Origin(tag=None),
    )
    return DataversePartnerBook(client)
