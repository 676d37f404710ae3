"""Products, SKUs, availabilities and promotions: documented responses and requests."""

from datetime import date
from decimal import Decimal

import pytest
import respx

from tests.adapters.partner_center.asking import API, errand, page
from tests.contract.partner_center.documented import answering, body, sent, spelled_alike
from work365.adapters.partner_center.catalogue import Catalogue
from work365.adapters.partner_center.errors import RowsLeftOut
from work365.adapters.partner_center.promotions import Promotions
from work365.domain.catalog import BillingPlan, Term
from work365.domain.microsoft.catalogue import (
    Availability,
    OfferedProduct,
    OfferedSku,
    OfferedTerm,
    ProductView,
)
from work365.domain.microsoft.orders import Purchase
from work365.domain.microsoft.promotions import PromotedProduct, PromotionEligibility

TENANT = "d8202a51-69f9-4228-b900-d0e081af17d7"


@respx.mock
def test_a_product_is_read() -> None:
    row = body("product_get_nce_response")
    route = respx.get(url__startswith=f"{API}/v1/products").respond(json=page([row]))

    found = Catalogue(errand()).products(market="US", view=ProductView.ONLINE_SERVICES)

    assert dict(route.calls.last.request.url.params) == {
        "country": "US",
        "targetView": "OnlineServices",
    }
    assert found.values == (
        OfferedProduct(
            id="CFQ7TTC0LH18",
            title="Microsoft 365 Business Basic",
            kind="OnlineServicesNCE",
            publisher="Microsoft Corporation",
            is_microsoft=True,
        ),
    )


@respx.mock
def test_a_sku_is_read() -> None:
    rows = body("skus_list_nce_response")["items"]
    respx.get(url__startswith=f"{API}/v1/products/CFQ7TTC0LH18/skus").respond(json=page(rows))

    found = Catalogue(errand()).skus("CFQ7TTC0LH18", market="US")

    assert found.values == (
        OfferedSku(
            part_number="CFQ7TTC0LH18:0001",
            title="Microsoft 365 Business Basic",
            quantity_min=1,
            quantity_max=300,
            is_trial=False,
            is_add_on=False,
            plans=(BillingPlan.ANNUAL, BillingPlan.MONTHLY),
        ),
    )


@respx.mock
def test_a_product_of_azure_is_read() -> None:
    respx.get(url__startswith=f"{API}/v1/products").respond(
        json=page([body("product_get_response")])
    )

    [product] = Catalogue(errand()).products(market="US", view=ProductView.AZURE).values

    assert (product.id, product.kind) == ("DZH318Z0BQ3Q", "Azure")
    assert product.is_microsoft


@respx.mock
@pytest.mark.parametrize(
    ("name", "part_number", "quantity_max", "plans"),
    [
        ("sku_get_nce_response", "CFQ7TTC0LH18:0001", 300, ("Annual", "Monthly")),
        ("sku_get_response", "DZH318Z0BQ3V:00G1", 999_999_999, ("OneTime",)),
        # The page on availabilities shows the SKU of the Azure plan.
        ("availabilities_list_response", "DZH318Z0BPS6:0001", 1, ("OneTime",)),
    ],
)
def test_other_documented_skus_are_read(
    name: str, part_number: str, quantity_max: int, plans: tuple[str, ...]
) -> None:
    product = part_number.partition(":")[0]
    respx.get(url__startswith=f"{API}/v1/products/{product}/skus").respond(json=page([body(name)]))

    [sku] = Catalogue(errand()).skus(product, market="US").values

    assert (sku.part_number, sku.quantity_max) == (part_number, quantity_max)
    assert tuple(plan.value for plan in sku.plans) == plans


@respx.mock
def test_a_list_that_was_cut_down_for_the_documentation_is_not_taken_for_whole() -> None:
    answering(f"{API}/v1/products", "skus_list_nce_response")

    with pytest.raises(RowsLeftOut, match=r"40 row\(s\) were announced, and 1 came"):
        Catalogue(errand()).skus("CFQ7TTC0LH18", market="US")


@respx.mock
@pytest.mark.parametrize(
    "name", ["availability_nce_item_response", "availability_get_nce_response"]
)
def test_an_availability_is_found_by_term_and_plan(name: str) -> None:
    row = body(name)
    path = f"{API}/v1/customers/{TENANT}/products/CFQ7TTC0LH18/skus/0001/availabilities"
    respx.get(path).respond(json=page([row]))

    found = Catalogue(errand()).availability(
        TENANT, "CFQ7TTC0LH18:0001", term=Term.YEAR, plan=BillingPlan.ANNUAL
    )

    assert found == Availability(
        id="CFQ7TTC0K971",
        product="CFQ7TTC0LH18",
        sku="0001",
        segment="commercial",
        country="US",
        currency="USD",
        is_purchasable=True,
        terms=(OfferedTerm(id="5aeco6mffyxo", term=Term.YEAR, plan=BillingPlan.ANNUAL),),
    )
    assert found.catalogue_id == row["catalogItemId"]


@respx.mock
def test_promotions_are_read() -> None:
    route = answering(f"{API}/v1/productpromotions", "promotions_list_response")

    found = Promotions(errand()).all(market="US", segment="commercial")

    assert dict(route.calls.last.request.url.params) == {"country": "US", "segment": "commercial"}
    assert found.findings == ()
    first, second = found.values
    assert (first.id, first.name) == ("39NFJQT1PJQB:0001:39NFJQT1Q5KN", "Visio Plan 1")
    assert (first.first_day, first.last_day) == (date(2021, 9, 23), date(2021, 10, 14))
    assert first.is_applied_by_itself
    assert first.products == (
        PromotedProduct(
            part_number="CFQ7TTC0HD33:0003",
            term=Term.YEAR,
            plan=BillingPlan.ANNUAL,
            discount=Decimal("0.05"),
        ),
    )
    assert second.products[0].discount == Decimal("0.167")


@respx.mock
def test_the_seats_of_a_promotion_are_read() -> None:
    row = body("promotion_get_response")
    respx.get(url__startswith=f"{API}/v1/productpromotions").respond(json=page([row]))

    [promotion] = Promotions(errand()).all(market="US", segment="commercial").values

    assert (promotion.quantity_min, promotion.quantity_max) == (10, 100)
    assert promotion.last_day == date(9999, 1, 1)


@respx.mock
def test_eligibility_is_asked_for_as_documented_and_a_refusal_is_explained() -> None:
    route = answering(
        f"{API}/v1/customers/{TENANT}/promotionEligibilities",
        "promotion_eligibility_ineligible_response",
        method="POST",
    )
    purchase = Purchase(
        part_number="CFQ7TTC0LH2Z:0002",
        quantity=2400,
        term=Term.YEAR,
        plan=BillingPlan.MONTHLY,
        promotion="39NFJQT1PM6C:0005:39NFJQT1Q5L7",
    )

    found = Promotions(errand()).eligibility(
        TENANT, purchase, catalogue_id="CFQ7TTC0LH2Z:0002:CFQ7TTC0HRVK"
    )

    documented = body("promotion_eligibility_request")
    documented["items"][0]["billingCycle"] = "monthly"
    assert spelled_alike(sent(route)) == spelled_alike(documented)
    assert found.values == (
        PromotionEligibility(
            promotion="39NFJQT1PM6C:0005:39NFJQT1Q5L7",
            is_eligible=False,
            reasons=(
                "The provided quantity does not satisfy the minimum or maximum seat requirements"
                " for the promotion.",
            ),
            seats_left=500,
        ),
    )


@respx.mock
def test_all_promotions_that_a_customer_may_have_are_read() -> None:
    answering(
        f"{API}/v1/customers/{TENANT}/promotionEligibilities",
        "promotion_eligibility_all_response",
        method="POST",
    )
    purchase = Purchase(
        part_number="CFQ7TTC0HBSJ:0001", quantity=300, term=Term.MONTH, plan=BillingPlan.MONTHLY
    )

    found = Promotions(errand()).eligibility(
        TENANT, purchase, catalogue_id="CFQ7TTC0HBSJ:0001:CFQ7TTC0JQH3"
    )

    assert [each.is_eligible for each in found.values] == [True, True]
