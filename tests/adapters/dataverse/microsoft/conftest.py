"""A partner that buys from Microsoft, and its rows with all their columns."""

from typing import Any
from uuid import UUID

import pytest

from dataverse_schema.options import ProviderKind
from dataverse_schema.tables.providers import Provider
from tests.adapters.dataverse.partner import Partner
from work365.adapters.dataverse.microsoft.rows import ProviderRows


@pytest.fixture
def rows(partner: Partner) -> ProviderRows:
    return ProviderRows(partner.client)


@pytest.fixture
def provider(partner: Partner) -> UUID:
    """The row of the provider with the key `microsoft`."""
    values: dict[str, Any] = {"name": "Microsoft", "kind": ProviderKind.PARTNER_CENTER}
    return partner.add(Provider, key="microsoft", **values)
