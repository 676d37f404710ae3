"""Rights in a customer's tenant."""

import pytest

from work365.domain.microsoft.relationships import (
    AdminRelationship,
    AdminStatus,
    WantedAdminRelationship,
)


def test_the_link_leads_to_this_relationship() -> None:
    relationship = AdminRelationship(
        id="r1-p1",
        etag="e",
        name="Support",
        status=AdminStatus.APPROVAL_PENDING,
        roles=("role",),
        customer=None,
        extends_itself=False,
        expires_at=None,
    )

    assert relationship.approval_link == (
        "https://admin.microsoft.com/AdminPortal/Home#/partners/invitation"
        "/granularAdminRelationships/r1-p1"
    )


def test_nobody_asks_for_no_rights() -> None:
    with pytest.raises(AssertionError):
        WantedAdminRelationship(name="Support", days=90, roles=())
