"""The availability that is to be bought: the one that fits, or none."""

from collections.abc import Iterator
from typing import Any

import pytest
import respx

from tests.adapters.partner_center.asking import API, errand, page
from work365.adapters.partner_center.catalogue import AvailabilityAmbiguous, Catalogue
from work365.adapters.partner_center.refusals import NotForSale
from work365.domain.catalog import BillingPlan, Term
from work365.domain.microsoft.catalogue import Availability

URL = f"{API}/v1/customers/c1/products/PRODUCT/skus/0001/availabilities"


@pytest.fixture(autouse=True)
def _answered_here() -> Iterator[None]:
    with respx.mock:
        yield


def told(name: str, *terms: tuple[str, str], **fields: Any) -> dict[str, Any]:
    return {
        "id": name,
        "productId": "PRODUCT",
        "skuId": "0001",
        "segment": "commercial",
        "country": "DE",
        "isPurchasable": True,
        "terms": [
            {"id": f"{name}{number}", "duration": duration, "billingCycle": cycle}
            for number, (duration, cycle) in enumerate(terms)
        ],
        **fields,
    }


def found(*rows: dict[str, Any], **asked: Any) -> Availability:
    respx.get(URL).respond(json=page(rows))
    wanted: dict[str, Any] = {"term": Term.YEAR, "plan": BillingPlan.MONTHLY, **asked}
    return Catalogue(errand()).availability("c1", "PRODUCT:0001", **wanted)


def test_it_is_the_one_with_the_term_and_the_plan() -> None:
    month = told("M", ("P1M", "Monthly"))
    year = told("Y", ("P1Y", "Annual"), ("P1Y", "Monthly"))

    assert found(month, year).id == "Y"


def test_it_is_the_one_of_the_customers_segment() -> None:
    year = ("P1Y", "Monthly")
    rows = [told("C", year), told("E", year, segment="Education")]

    assert found(*rows, segment="education").id == "E"
    assert found(*rows).id == "C"


def test_one_without_terms_is_bought_without_a_term() -> None:
    plan = told("A", segment=None)

    assert found(plan, term=None, plan=BillingPlan.NONE).id == "A"


def test_what_is_not_for_sale_is_not_bought() -> None:
    with pytest.raises(NotForSale, match=r"P1Y.*There is: commercial P1Y Monthly, not for sale"):
        found(told("Y", ("P1Y", "Monthly"), isPurchasable=False))


def test_where_none_fits_those_that_there_are_are_named() -> None:
    with pytest.raises(NotForSale, match=r"billed Monthly is not offered.*P1Y Annual"):
        found(told("Y", ("P1Y", "Annual")))


def test_where_nothing_is_offered_that_is_said() -> None:
    with pytest.raises(NotForSale, match="There is: nothing"):
        found()


def test_where_two_fit_nobody_guesses() -> None:
    with pytest.raises(AvailabilityAmbiguous, match="PRODUCT:0001:X, PRODUCT:0001:Y"):
        found(told("X", ("P1Y", "Monthly")), told("Y", ("P1Y", "Monthly")))


def test_a_term_that_is_not_known_is_found_and_the_others_can_be_bought() -> None:
    respx.get(URL).respond(json=page([told("Y", ("P6M", "Monthly"), ("P1Y", "Monthly"))]))

    read = Catalogue(errand()).availabilities("c1", "PRODUCT:0001")

    assert [term.term for term in read.values[0].terms] == [Term.YEAR]
    [finding] = read.findings
    assert "terms[1].duration" in finding.path
    assert read.is_complete
