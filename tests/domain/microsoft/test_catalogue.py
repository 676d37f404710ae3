"""What a cart may name."""

from typing import Any

import pytest

from work365.domain.catalog import BillingPlan, Term
from work365.domain.microsoft.catalogue import Availability, OfferedTerm

YEARLY = OfferedTerm(id="t1", term=Term.YEAR, plan=BillingPlan.ANNUAL)
MONTHLY = OfferedTerm(id="t2", term=Term.YEAR, plan=BillingPlan.MONTHLY)
ANY_PLAN = OfferedTerm(id="t3", term=Term.MONTH, plan=None)


def availability(**fields: Any) -> Availability:
    return Availability(
        **{
            "id": "AVAIL",
            "product": "product",
            "sku": "1",
            "segment": "commercial",
            "country": "DE",
            "currency": "EUR",
            "is_purchasable": True,
            "terms": (YEARLY, MONTHLY, ANY_PLAN),
            **fields,
        }
    )


def test_the_catalogue_id_has_the_one_spelling_of_the_part_number() -> None:
    assert availability().part_number == "PRODUCT:0001"
    assert availability().catalogue_id == "PRODUCT:0001:AVAIL"


@pytest.mark.parametrize(
    ("fields", "term", "plan", "segment", "fits"),
    [
        ({}, Term.YEAR, BillingPlan.MONTHLY, "Commercial", True),
        ({}, Term.YEAR, BillingPlan.ANNUAL, "commercial", True),
        ({}, Term.MONTH, BillingPlan.MONTHLY, "commercial", True),
        ({}, Term.THREE_YEARS, BillingPlan.MONTHLY, "commercial", False),
        ({}, Term.YEAR, BillingPlan.TRIENNIAL, "commercial", False),
        ({}, None, BillingPlan.NONE, "commercial", False),
        ({}, Term.YEAR, BillingPlan.MONTHLY, "education", False),
        ({"segment": None}, Term.YEAR, BillingPlan.MONTHLY, "education", True),
        ({"is_purchasable": False}, Term.YEAR, BillingPlan.MONTHLY, "commercial", False),
        ({"terms": ()}, None, BillingPlan.NONE, "commercial", True),
        ({"terms": ()}, Term.YEAR, BillingPlan.MONTHLY, "commercial", False),
    ],
)
def test_it_fits_by_term_plan_and_segment(
    fields: dict[str, Any], term: Term | None, plan: BillingPlan, segment: str, fits: bool
) -> None:
    assert availability(**fields).is_for(term=term, plan=plan, segment=segment) is fits
