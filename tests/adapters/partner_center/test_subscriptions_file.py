import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from work365.adapters.partner_center.files import FileRefused
from work365.adapters.partner_center.subscriptions_file import read_subscriptions
from work365.domain.catalog import (
    BillingPlan,
    ProviderSubscription,
    SubscriptionStatus,
    Term,
)
from work365.domain.findings import Reading, Severity

DOCUMENTED = Path(__file__).parents[4] / "shared" / "fixtures" / "partner_center"
TENANT = "6f1c2a90-0d5b-4c53-9d6e-27a1f8d0b911"
FIRST = "0b0d3c55-44f7-4f0e-8d0a-5a0a3f5f7c01"
SECOND = "0b0d3c55-44f7-4f0e-8d0a-5a0a3f5f7c02"


def subscription(**changes: Any) -> dict[str, Any]:
    """Return a subscription as Partner Center writes it; a change to `...` leaves it out."""
    fields = {
        "id": FIRST,
        "offerId": "CFQ7TTC0LDPB:0001:CFQ7TTC0GZQJ",
        "offerName": "Microsoft 365 Business Standard",
        "friendlyName": "Front office",
        "quantity": 12,
        "unitType": "Licenses",
        "creationDate": "2025-03-01T09:14:02.1183002Z",
        "effectiveStartDate": "2025-03-01T09:14:01.7716325Z",
        "commitmentEndDate": "2026-02-28T00:00:00Z",
        "status": "active",
        "autoRenewEnabled": True,
        "isTrial": False,
        "billingCycle": "monthly",
        "termDuration": "P1Y",
        "links": {"self": {"uri": f"/customers/{TENANT}/subscriptions/{FIRST}"}},
        "orderId": "b1c0ffee0001",
        "attributes": {"objectType": "Subscription"},
        **changes,
    }
    return {name: value for name, value in fields.items() if value is not ...}


def read(content: Any) -> Reading[ProviderSubscription]:
    return read_subscriptions(json.dumps(content), file_name="seats.json")


def collection(*items: Any, **more: Any) -> dict[str, Any]:
    return {
        "totalCount": len(items),
        "items": list(items),
        "attributes": {"objectType": "Collection"},
        **more,
    }


class TestWhatIsRead:
    def test_every_field_that_billing_needs(self) -> None:
        assert read(collection(subscription())) == Reading(
            values=(
                ProviderSubscription(
                    id=FIRST,
                    part_number="CFQ7TTC0LDPB:0001",
                    name="Microsoft 365 Business Standard (Front office)",
                    quantity=12,
                    effective_start=date(2025, 3, 1),
                    commitment_last_day=date(2026, 2, 28),
                    status=SubscriptionStatus.ACTIVE,
                    term=Term.YEAR,
                    plan=BillingPlan.MONTHLY,
                    auto_renew=True,
                    is_trial=False,
                    customer_tenant=TENANT,
                    order_id="b1c0ffee0001",
                ),
            ),
            findings=(),
        )

    @pytest.mark.parametrize(
        "content",
        [collection(subscription()), [subscription()], subscription()],
        ids=["collection", "list", "single"],
    )
    @pytest.mark.parametrize("start", ["", "\ufeff", "?", "\ufeff\r\n ", "\n?"])
    def test_a_response_in_any_shape_and_behind_any_first_character(
        self, content: Any, start: str
    ) -> None:
        reading = read_subscriptions(start + json.dumps(content), file_name="seats.json")

        assert [found.id for found in reading.values] == [FIRST]
        assert reading.findings == ()

    def test_a_customer_without_subscriptions_is_no_error(self) -> None:
        assert read(collection()) == Reading((), ())

    @pytest.mark.parametrize(
        ("written", "plan"),
        [
            ("monthly", BillingPlan.MONTHLY),
            ("Annual", BillingPlan.ANNUAL),
            ("none", BillingPlan.NONE),
            ("one_time", BillingPlan.ONE_TIME),
            ("OneTime", BillingPlan.ONE_TIME),
        ],
    )
    def test_a_billing_cycle_in_each_of_its_spellings(
        self, written: str, plan: BillingPlan
    ) -> None:
        reading = read(subscription(billingCycle=written))

        assert [found.plan for found in reading.values] == [plan]

    @pytest.mark.parametrize(
        ("changes", "bought_as"),
        [
            ({"offerId": "CFQ7TTC0LDPB:1:CFQ7TTC0GZQJ"}, "CFQ7TTC0LDPB:0001"),
            ({"offerId": "MS-AZR-0145P"}, "MS-AZR-0145P"),
            (
                {
                    "offerId": ...,
                    "links": {"sku": {"uri": "/products/DZH318Z0BPS6/skus/0001?c=US"}},
                },
                "DZH318Z0BPS6:0001",
            ),
            (
                {"offerId": "", "links": {"offer": {"uri": "/v1/offers/0CCA44D6-68E9"}}},
                "0CCA44D6-68E9",
            ),
        ],
    )
    def test_what_was_bought_from_the_offer_or_else_from_the_links(
        self, changes: dict[str, Any], bought_as: str
    ) -> None:
        reading = read(subscription(**changes))

        assert [found.part_number for found in reading.values] == [bought_as]

    @pytest.mark.parametrize(
        ("changes", "name"),
        [
            ({}, "Microsoft 365 Business Standard (Front office)"),
            ({"friendlyName": " "}, "Microsoft 365 Business Standard"),
            ({"friendlyName": ..., "offerName": None}, "CFQ7TTC0LDPB:0001"),
        ],
    )
    def test_a_name_that_people_know_it_by(self, changes: dict[str, Any], name: str) -> None:
        assert [found.name for found in read(subscription(**changes)).values] == [name]

    def test_the_tenant_from_the_collection_where_the_subscription_has_none(self) -> None:
        links = {"self": {"uri": f"/customers/{TENANT.upper()}/subscriptions"}}

        reading = read(collection(subscription(links=None), links=links))

        assert [found.customer_tenant for found in reading.values] == [TENANT]

    @pytest.mark.parametrize(
        "links",
        [None, {}, [], {"self": None}, {"self": {"uri": 5}}, {"self": {"uri": "/x?key=<key>"}}],
    )
    def test_no_tenant_where_no_link_tells_it(self, links: Any) -> None:
        assert [found.customer_tenant for found in read(subscription(links=links)).values] == [None]

    @pytest.mark.parametrize("end", [None, ..., "9999-12-10T00:00:00Z", "0001-01-01T00:00:00Z"])
    def test_no_commitment_where_its_end_is_a_placeholder(self, end: Any) -> None:
        reading = read(subscription(commitmentEndDate=end))

        assert [found.commitment_last_day for found in reading.values] == [None]

    def test_identifiers_are_compared_without_regard_to_case(self) -> None:
        assert [found.id for found in read(subscription(id=FIRST.upper())).values] == [FIRST]

    def test_a_legacy_subscription_does_not_say_that_it_is_no_trial(self) -> None:
        reading = read(subscription(isTrial=..., termDuration="", billingCycle=...))

        assert [(found.is_trial, found.term, found.plan) for found in reading.values] == [
            (False, None, None)
        ]


class TestWhatIsFound:
    @pytest.mark.parametrize(
        ("field", "value", "code"),
        [
            ("id", ..., "missing"),
            ("id", "  ", "missing"),
            ("id", 17, "not_text"),
            ("quantity", ..., "missing"),
            ("quantity", 0, "not_positive"),
            ("quantity", -3, "not_positive"),
            ("quantity", 2**31, "not_positive"),
            ("quantity", "12", "not_whole"),
            ("quantity", 1.5, "not_whole"),
            ("quantity", True, "not_whole"),
            ("status", ..., "missing"),
            ("status", "paused", "unknown_status"),
            ("termDuration", "P5Y", "unknown_term"),
            ("billingCycle", "weekly", "unknown_plan"),
            ("billingCycle", "triennial", "plan_not_sold"),
            ("effectiveStartDate", ..., "missing"),
            ("effectiveStartDate", "0001-01-01T00:00:00Z", "missing"),
            ("effectiveStartDate", "1 March 2025", "not_a_moment"),
            ("commitmentEndDate", "2025-02-28T00:00:00Z", "ends_before_start"),
            ("commitmentEndDate", "soon", "not_a_moment"),
            ("autoRenewEnabled", ..., "missing"),
            ("autoRenewEnabled", "yes", "not_yes_or_no"),
            ("isTrial", 0, "not_yes_or_no"),
            ("offerId", "CFQ7TTC0LDPB:", "not_an_offer"),
            ("offerId", ["CFQ7TTC0LDPB"], "not_text"),
            ("offerId", ..., "missing"),
            ("friendlyName", 5, "not_text"),
            ("attributes", {"objectType": "Customer"}, "not_a_subscription"),
        ],
    )
    def test_a_bad_field_is_named_and_only_its_row_stays_out(
        self, field: str, value: Any, code: str
    ) -> None:
        bad = subscription(id=SECOND)
        bad[field] = value

        reading = read(
            collection(
                subscription(),
                {name: found for name, found in bad.items() if found is not ...},
            )
        )

        assert [found.id for found in reading.values] == [FIRST]
        assert [(found.code, found.path) for found in reading.findings] == [
            (code, f"seats.json#2/{field}")
        ]

    def test_all_that_is_wrong_with_a_row_is_found_at_once(self) -> None:
        reading = read(subscription(quantity=0, status="gone", termDuration="P2M"))

        assert reading.values == ()
        assert [finding.code for finding in reading.findings] == [
            "not_positive",
            "unknown_status",
            "unknown_term",
        ]

    @pytest.mark.parametrize("item", ["text", None, 5, []])
    def test_an_item_that_is_no_object_is_found(self, item: Any) -> None:
        reading = read(collection(item, subscription()))

        assert [found.id for found in reading.values] == [FIRST]
        assert [found.path for found in reading.findings] == ["seats.json#1/subscription"]

    @pytest.mark.parametrize(
        "more",
        [
            {"totalCount": 37},
            {"links": {"next": {"uri": f"/customers/{TENANT}/subscriptions?seek=Next"}}},
        ],
    )
    def test_one_page_of_several_is_a_warning(self, more: dict[str, Any]) -> None:
        reading = read(collection(subscription(), **more))

        assert len(reading.values) == 1
        assert [(finding.severity, finding.code) for finding in reading.findings] == [
            (Severity.WARNING, "not_all_pages")
        ]
        assert "one page of several" in reading.findings[0].message

    def test_a_subscription_that_is_there_twice_goes_in_once(self) -> None:
        reading = read(collection(subscription(), subscription()))

        assert [found.id for found in reading.values] == [FIRST]
        assert [(found.severity, found.code, found.path) for found in reading.findings] == [
            (Severity.WARNING, "repeated_id", "seats.json#2/id")
        ]

    def test_of_two_that_contradict_each_other_neither_goes_in(self) -> None:
        reading = read(
            collection(
                subscription(),
                subscription(id=SECOND),
                subscription(id=FIRST.upper(), quantity=99),
            )
        )

        assert [found.id for found in reading.values] == [SECOND]
        assert [(found.severity, found.code, found.path) for found in reading.findings] == [
            (Severity.ERROR, "repeated_id", "seats.json#3/id")
        ]


class TestWhatIsRefused:
    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ("", "empty"),
            ("ProductId,SkuId\nA,1", "not JSON: Expecting value, line 1"),
            ('{"items": [', "not JSON"),
            ("<html></html>", "not JSON"),
            ("\0\1\2", "not text"),
            ("[" * 100_000, "cannot be a response"),
            ('{"id": ' + "9" * 5000 + "}", "cannot be a response"),
            ('{"id": 1e99999999999999999999}', "cannot be a response"),
            ('[{"quantity": NaN}]', "cannot be a response"),
            ('[{"quantity": 1, "quantity": 2}]', '"quantity" is in one object twice'),
            ("5", "no subscriptions"),
            ('"text"', "no subscriptions"),
            ("null", "no subscriptions"),
            ("{}", "no subscriptions"),
            ('{"items": {}}', "no subscriptions"),
            ('{"code": 900421, "description": "No access."}', "an error: No access."),
        ],
    )
    def test_what_is_no_response_is_refused_with_a_reason(self, text: str, reason: str) -> None:
        with pytest.raises(FileRefused, match=r"^seats\.json: ") as refusal:
            read_subscriptions(text, file_name="seats.json")

        assert reason in str(refusal.value)


@pytest.mark.skipif(not DOCUMENTED.is_dir(), reason="Microsoft's own examples are not here")
class TestDocumentedResponses:
    @pytest.mark.parametrize(
        ("name", "bought_as", "start", "codes"),
        [
            (
                "subscriptions_list_response",
                "0CCA44D6-68E9-4762-94EE-31ECE98783B9",
                date(2015, 11, 24),
                ["not_all_pages"],
            ),
            (
                "subscriptions_by_order_response",
                "0CCA44D6-68E9-4762-94EE-31ECE98783B9",
                date(2015, 11, 24),
                ["not_all_pages"],
            ),
            (
                "subscription_addons_response",
                "0CCA44D6-68E9-4762-94EE-31ECE98783B9",
                date(2015, 11, 24),
                ["not_all_pages"],
            ),
            (
                "subscriptions_list_software_response",
                "DG7GMGF0FKZV:0003",
                date(2021, 10, 15),
                [],
            ),
            (
                "subscription_patch_quantity_nce_response",
                "CFQ7TTC0LH18:0001",
                date(2021, 1, 14),
                [],
            ),
            (
                "subscription_get_nce_expired_refundable_quantity_response",
                "CFQ7TTC0LH18:0001",
                date(2021, 1, 14),
                [],
            ),
            (
                "subscription_get_addon_legacy_response",
                "2828BE95-46BA-4F91-B2FD-0BEF192ECF60",
                date(2017, 1, 25),
                [],
            ),
            ("subscription_get_legacy_response", "MS-AZR-0145P", date(2016, 5, 10), []),
        ],
    )
    def test_a_documented_response_is_read(
        self, name: str, bought_as: str, start: date, codes: list[str]
    ) -> None:
        text = (DOCUMENTED / f"{name}.json").read_text()

        reading = read_subscriptions(text, file_name=f"{name}.json")

        assert [(found.part_number, found.effective_start) for found in reading.values] == [
            (bought_as, start)
        ]
        assert [finding.code for finding in reading.findings] == codes
