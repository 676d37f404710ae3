from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from uuid import uuid5

import pytest

from tests.usecases.fake_catalog import (
    BASIC,
    CUSTOMER,
    NOW,
    OTHER_CUSTOMER,
    OTHER_TENANT,
    SOME,
    TENANT,
    FakeCatalog,
    a_contract,
    a_price,
)
from tests.usecases.provider_ends import (
    PROVIDER,
    UNREADABLE,
    Accounts,
    Microsoft,
    Mirror,
    OutOfReach,
    RefusedHere,
    an_account,
    logged,
    mirrored,
    seen,
)
from work365.domain.catalog import BillingPlan, Term
from work365.domain.changes import Change, UnitPrice
from work365.domain.findings import Reading
from work365.domain.microsoft.rules import ProductKind
from work365.errors import Unavailable
from work365.ports.catalog import KeptSubscription
from work365.ports.seen_subscriptions import MirroredSubscription
from work365.usecases.know_prices import Offered
from work365.usecases.look_at_subscriptions import (
    Books,
    LookedAt,
    NotKnownHere,
    find_kept,
    look_at_all,
    look_at_one,
)

OPENING = Change("s-1/opening", date(2026, 1, 1), NOW, Decimal(10), UnitPrice(Decimal("6.00"), 1))


def kept(key: str = "S-1", contract: str = "CT-1", *changes: Change) -> KeptSubscription:
    return KeptSubscription(
        key=key,
        contract=uuid5(SOME, contract),
        term="P1Y",
        plan="Monthly",
        term_end_on=date(2027, 1, 1),
        auto_renew=True,
        changes=changes or (OPENING,),
    )


@dataclass
class MirrorBeside(Mirror):
    """A mirror that also says what the provider said last."""

    seen_last: Sequence[MirroredSubscription] = field(default_factory=lambda: [mirrored()])

    def mirrored(self, provider: str) -> Reading[MirroredSubscription]:
        assert provider == PROVIDER
        return Reading(tuple(self.seen_last), ())


def books(**given: object) -> Books:
    ours = logged(kept(), reference="s-1")
    parts = {
        "accounts": Accounts(),
        "mirror": MirrorBeside([ours]),
        "catalog": FakeCatalog(),
        "provider": PROVIDER,
        **given,
    }
    return Books(**parts)  # type: ignore[arg-type]  # parts are given by name


def look(microsoft: Microsoft, ours: Books) -> Reading[LookedAt]:
    return look_at_all(microsoft, ours, customers=lambda _count: None, progress=lambda _more: None)


class TestAllSubscriptions:
    def test_are_looked_at_beside_our_log_and_prices(self) -> None:
        reading = look(Microsoft({TENANT: [seen()]}), books())

        [found] = reading.values
        assert (found.key, found.customer, found.tenant) == ("S-1", "Hollerbach", TENANT)
        assert found.prices is not None
        assert found.prices.partner == UnitPrice(Decimal("49.92"), 12)
        assert found.prices.customer == UnitPrice(Decimal("6.00"), 1)
        assert found.charged_on(NOW.date()) == 10
        assert reading.findings == ()

    def test_of_customers_who_left_are_not_asked_for(self) -> None:
        microsoft = Microsoft()

        look(microsoft, books(accounts=Accounts({TENANT: an_account(unlisted_since=NOW)})))

        assert microsoft.asked == []

    def test_tell_how_far_they_are(self) -> None:
        told: list[int] = []
        accounts = Accounts({TENANT: an_account(), OTHER_TENANT: an_account(OTHER_TENANT)})

        look_at_all(
            Microsoft(), books(accounts=accounts), customers=told.append, progress=told.append
        )

        assert told == [2, 1, 1]

    def test_of_a_customer_that_microsoft_refuses_are_a_finding(self) -> None:
        accounts = Accounts({TENANT: an_account(), OTHER_TENANT: an_account(OTHER_TENANT)})
        microsoft = Microsoft({TENANT: RefusedHere("not this one"), OTHER_TENANT: [seen()]})

        reading = look(microsoft, books(accounts=accounts))

        assert len(reading.values) == 1
        assert [finding.code for finding in reading.findings] == ["refused_here"]
        assert "not this one" in reading.findings[0].message

    def test_that_cannot_be_read_are_findings(self) -> None:
        reading = look(Microsoft({TENANT: [seen()]}, findings=[UNREADABLE]), books())

        assert reading.findings == (UNREADABLE,)

    def test_are_unavailable_where_microsoft_answers_nobody(self) -> None:
        tenants = [str(uuid5(SOME, f"tenant {number}")) for number in range(6)]
        accounts = Accounts({tenant: an_account(tenant) for tenant in tenants})
        microsoft = Microsoft({tenant: OutOfReach("no answer") for tenant in tenants})

        with pytest.raises(Unavailable):
            look(microsoft, books(accounts=accounts))


class TestASubscriptionWithoutLog:
    def test_has_the_id_at_microsoft_for_a_key_and_no_charge(self) -> None:
        [found] = look(Microsoft({TENANT: [seen()]}), books(mirror=MirrorBeside())).values

        assert found.key == "s-1"
        assert found.charged_on(NOW.date()) is None

    def test_is_priced_in_the_currency_of_the_customers_contracts(self) -> None:
        [found] = look(Microsoft({TENANT: [seen()]}), books(mirror=MirrorBeside())).values

        assert found.prices is not None
        assert found.prices.currency == "EUR"

    def test_has_no_price_where_the_contracts_have_two_currencies(self) -> None:
        catalog = FakeCatalog(contracts=[a_contract(), a_contract("CT-2", "GBP")])
        ours = books(mirror=MirrorBeside(), catalog=catalog)

        reading = look(Microsoft({TENANT: [seen()]}), ours)

        assert reading.values[0].prices is None
        assert [finding.code for finding in reading.findings] == ["price_not_known"]

    @pytest.mark.parametrize("customer", [None, OTHER_CUSTOMER])
    def test_has_no_price_where_nobody_knows_whose_it_is(self, customer: object) -> None:
        ours = books(
            mirror=MirrorBeside(), accounts=Accounts({TENANT: an_account(customer=customer)})
        )

        assert look(Microsoft({TENANT: [seen()]}), ours).values[0].prices is None


class TestPrices:
    def test_are_in_the_currency_of_its_own_contract(self) -> None:
        pounds = a_contract("CT-2", "GBP", CUSTOMER)
        catalog = FakeCatalog(
            contracts=[a_contract(), pounds], prices=[a_price(), a_price(currency="GBP")]
        )
        ours = books(
            mirror=MirrorBeside([logged(kept("S-1", "CT-2"), reference="s-1")]), catalog=catalog
        )

        [found] = look(Microsoft({TENANT: [seen()]}), ours).values

        assert found.prices is not None
        assert found.prices.currency == "GBP"

    def test_that_are_not_listed_are_said_with_the_remedy(self) -> None:
        reading = look(Microsoft({TENANT: [seen()]}), books(catalog=FakeCatalog(prices=[])))

        [finding] = reading.findings
        assert (finding.code, finding.path) == ("price_not_known", "subscription S-1")
        assert "import the price sheet" in finding.message

    @pytest.mark.parametrize(
        "given", [{"is_trial": True}, {"term": None}, {"part_number": "an-old-offer"}]
    )
    def test_are_not_missed_where_there_are_none(self, given: dict[str, object]) -> None:
        reading = look(
            Microsoft({TENANT: [seen(10, **given)]}), books(catalog=FakeCatalog(prices=[]))
        )

        assert reading.findings == ()

    def test_of_something_else_that_comes_next_are_looked_up(self) -> None:
        [found] = look(Microsoft({TENANT: [seen()]}), books()).values
        month = Offered(
            part_number=BASIC.part_number,
            term=Term.MONTH,
            plan=BillingPlan.MONTHLY,
            on=date(2027, 1, 1),
        )

        other = found.prices_with(month)

        assert found.prices_with(None) is found.prices
        assert found.prices is not None
        assert other is not None
        assert found.prices.next_partner is not None
        assert other.next_partner is None


class TestOneSubscription:
    @pytest.mark.parametrize("named", ["S-1", "s-1"])
    def test_is_found_by_our_key_or_by_microsofts_id(self, named: str) -> None:
        microsoft = Microsoft({TENANT: [seen()]})

        [found] = look_at_one(named, microsoft.get, books()).values

        assert found.key == "S-1"
        assert microsoft.asked == [TENANT]

    def test_brings_the_prices_of_what_it_might_become(self) -> None:
        ours = books(catalog=FakeCatalog(prices=[a_price()]))
        microsoft = Microsoft({TENANT: [seen(part_number="CFQ7TTC0LDPB:0001")]})

        [found] = look_at_one("S-1", microsoft.get, ours, priced_too=[BASIC.part_number]).values

        assert found.book.market_of(BASIC.part_number, "EUR") == "DE"

    def test_that_is_not_known_says_where_to_look(self) -> None:
        with pytest.raises(NotKnownHere, match="'S-2'"):
            find_kept("S-2", books())

    def test_without_a_provider_account_cannot_be_asked_about(self) -> None:
        ours = books(mirror=MirrorBeside(seen_last=[mirrored(tenant=None)]))

        with pytest.raises(NotKnownHere, match="provider account"):
            look_at_one("S-1", Microsoft().get, ours)


class TestTheKindOfProduct:
    @pytest.mark.parametrize(
        ("plan", "kind"),
        [
            (BillingPlan.MONTHLY, ProductKind.LICENCES),
            (BillingPlan.ONE_TIME, ProductKind.SOFTWARE_SUBSCRIPTION),
        ],
    )
    def test_is_told_by_how_it_is_billed(self, plan: BillingPlan, kind: ProductKind) -> None:
        looked_at = LookedAt(seen=seen(plan=plan), customer="Hollerbach", tenant=TENANT)

        assert looked_at.product is kind

    @pytest.mark.parametrize("plan", [BillingPlan.MONTHLY, BillingPlan.ONE_TIME])
    def test_of_another_publisher_is_that_of_the_marketplace(self, plan: BillingPlan) -> None:
        theirs = replace(seen(plan=plan), is_microsoft=False)

        looked_at = LookedAt(seen=theirs, customer="Hollerbach", tenant=TENANT)

        assert looked_at.product is ProductKind.MARKETPLACE
