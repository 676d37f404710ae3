"""Consents of an application in customers' tenants."""

import pytest

from work365.domain.microsoft.consents import MICROSOFT_GRAPH, ApplicationGrant


def test_nobody_is_granted_nothing() -> None:
    with pytest.raises(AssertionError):
        ApplicationGrant(MICROSOFT_GRAPH, ())
