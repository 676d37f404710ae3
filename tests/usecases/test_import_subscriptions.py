from datetime import date, timedelta
from decimal import Decimal

import pytest

from tests.usecases.fake_catalog import (
    BASIC,
    CUSTOMER,
    NOW,
    OTHER_CUSTOMER,
    OTHER_TENANT,
    TENANT,
    TODAY,
    FakeCatalog,
    NoSuchContract,
    a_contract,
    a_price,
    a_subscription,
)
from work365.domain.catalog import ProviderSubscription, Sku, SubscriptionStatus
from work365.domain.findings import Finding, Severity
from work365.ports.catalog import CatalogKind, Effect
from work365.usecases.import_subscriptions import (
    SUBSCRIPTIONS_PER_CHUNK,
    Choices,
    import_subscriptions,
)
from work365.usecases.intake import Imported, Provided

NO_CHOICES = Choices()


def run(
    store: FakeCatalog, *subscriptions: ProviderSubscription, choices: Choices = NO_CHOICES
) -> Imported:
    return import_subscriptions(
        subscriptions=[Provided(each, "customer.json") for each in subscriptions],
        choices=choices,
        at=NOW,
        today=TODAY,
        store=store,
        progress=lambda done: None,
    )


def only(imported: Imported, effect: Effect) -> Finding:
    """Return the only finding, about the only subscription, which had this effect."""
    [finding] = imported.findings
    assert imported.count(effect, CatalogKind.SUBSCRIPTION) == 1
    return finding


def test_a_subscription_goes_in_with_the_price_in_force_when_it_started() -> None:
    store = FakeCatalog()

    imported = run(store, a_subscription())

    [opening] = store.openings
    assert imported.subscriptions == 1
    assert imported.findings == ()
    assert opening.contract.key == "CT-1"
    assert opening.price.erp_price == Decimal("62.40")
    assert opening.term_end_on == date(2027, 1, 1)
    assert opening.recorded_at == NOW
    assert opening.source == "customer.json"


def test_importing_again_writes_nothing() -> None:
    store = FakeCatalog()
    run(store, a_subscription())
    store.writes = 0

    imported = run(store, a_subscription())

    assert store.writes == 0
    assert imported.findings == ()
    assert imported.count(Effect.UNCHANGED) == 1
    assert imported.count(Effect.CREATED) == 0


def test_another_quantity_is_found_and_nothing_is_written() -> None:
    store = FakeCatalog()
    run(store, a_subscription())
    store.writes = 0

    imported = run(store, a_subscription(quantity=12))

    finding = only(imported, Effect.UNCHANGED)
    assert store.writes == 0
    assert finding.severity is Severity.WARNING
    assert finding.path == "customer.json#subscription s-1/quantity"
    assert finding.message == (
        "customer.json, subscription s-1: quantity is 12; Microsoft says 12, the change log says"
        " 10 on 2026-03-01; add a change or run the sync."
    )


def test_a_kept_subscription_needs_no_mapping_and_no_price_any_more() -> None:
    store = FakeCatalog()
    run(store, a_subscription())
    store.customers[TENANT] = None
    store.prices.clear()

    imported = run(store, a_subscription())

    assert imported.findings == ()


@pytest.mark.parametrize(
    "status",
    [
        SubscriptionStatus.EXPIRED,
        SubscriptionStatus.DELETED,
        SubscriptionStatus.DISABLED,
        SubscriptionStatus.PENDING,
        SubscriptionStatus.NONE,
    ],
)
def test_what_is_not_active_is_left_out(status: SubscriptionStatus) -> None:
    store = FakeCatalog()

    imported = run(store, a_subscription(status=status))

    finding = only(imported, Effect.LEFT_OUT)
    assert store.writes == 0
    assert finding.severity is Severity.WARNING
    assert f'status is "{status.value}"' in finding.message


def test_a_trial_is_left_out() -> None:
    imported = run(FakeCatalog(), a_subscription(is_trial=True))

    finding = only(imported, Effect.LEFT_OUT)
    assert (finding.severity, finding.code) == (Severity.WARNING, "trial")


def test_a_suspended_one_goes_in_because_microsoft_keeps_charging() -> None:
    store = FakeCatalog()

    imported = run(store, a_subscription(status=SubscriptionStatus.SUSPENDED))

    finding = only(imported, Effect.CREATED)
    assert len(store.openings) == 1
    assert finding.severity is Severity.WARNING
    assert "Microsoft goes on charging" in finding.message


def test_without_a_mapped_customer_it_does_not_go_in_and_the_others_do() -> None:
    store = FakeCatalog()

    imported = run(store, a_subscription(id="s-2", customer_tenant=OTHER_TENANT), a_subscription())

    finding = only(imported, Effect.REFUSED)
    assert [opening.provided.id for opening in store.openings] == ["s-1"]
    assert finding.severity is Severity.ERROR
    assert (
        f"provider account {OTHER_TENANT} is not mapped to a customer: map it or give --contract"
        in finding.message
    )


def test_an_unknown_tenant_is_added_so_that_it_can_be_mapped() -> None:
    store = FakeCatalog(customers={})

    run(store, a_subscription())
    again = run(store, a_subscription())

    assert store.customers == {TENANT: None}
    assert store.openings == []
    assert again.count(Effect.CREATED, CatalogKind.PROVIDER_ACCOUNT) == 0


def test_a_chosen_contract_needs_no_mapping() -> None:
    store = FakeCatalog(customers={})

    imported = run(store, a_subscription(), choices=Choices(contract="CT-1"))

    assert imported.findings == ()
    assert store.customers == {TENANT: CUSTOMER}


def test_a_chosen_contract_of_another_customer_is_warned_of() -> None:
    store = FakeCatalog(contracts=[a_contract("CT-9", customer=OTHER_CUSTOMER)])

    imported = run(store, a_subscription(), choices=Choices(contract="CT-9"))

    finding = only(imported, Effect.CREATED)
    assert (finding.severity, finding.code) == (Severity.WARNING, "other_customer")
    assert "CT-9" in finding.message


def test_a_chosen_contract_does_not_move_what_is_kept_under_another() -> None:
    store = FakeCatalog(contracts=[a_contract("CT-1"), a_contract("CT-2")])
    run(store, a_subscription(), choices=Choices(contract="CT-1"))
    store.writes = 0

    imported = run(store, a_subscription(), choices=Choices(contract="CT-2"))

    finding = only(imported, Effect.UNCHANGED)
    assert store.writes == 0
    assert (finding.severity, finding.code) == (Severity.WARNING, "other_contract")


def test_a_chosen_contract_that_is_not_there_stops_everything() -> None:
    with pytest.raises(NoSuchContract):
        run(FakeCatalog(), a_subscription(), choices=Choices(contract="CT-77"))


def test_a_customer_without_a_contract_is_found() -> None:
    imported = run(FakeCatalog(contracts=[]), a_subscription())

    finding = only(imported, Effect.REFUSED)
    assert "has no active contract: add one or give --contract" in finding.message


def test_of_several_contracts_the_one_with_a_price_in_its_currency_is_taken() -> None:
    store = FakeCatalog(contracts=[a_contract("CT-1", "GBP"), a_contract("CT-2", "EUR")])

    run(store, a_subscription())

    [opening] = store.openings
    assert opening.contract.key == "CT-2"


def test_where_several_contracts_fit_one_has_to_be_named() -> None:
    store = FakeCatalog(contracts=[a_contract("CT-1"), a_contract("CT-2")])

    imported = run(store, a_subscription())

    finding = only(imported, Effect.REFUSED)
    assert "CT-1 in EUR, CT-2 in EUR" in finding.message
    assert "give --contract" in finding.message


def test_without_a_price_it_does_not_go_in_and_the_others_do() -> None:
    store = FakeCatalog()
    unpriced = a_subscription(id="s-2", part_number="CFQ7TTC0LH99:0001")

    imported = run(store, unpriced, a_subscription())

    finding = only(imported, Effect.REFUSED)
    assert [opening.provided.id for opening in store.openings] == ["s-1"]
    assert finding.severity is Severity.ERROR
    for part in ("CFQ7TTC0LH99:0001", "P1Y", "Monthly", "EUR", "add the price sheet"):
        assert part in finding.message


def test_a_price_from_a_later_day_is_taken_with_a_warning() -> None:
    store = FakeCatalog(prices=[a_price(effective_from=date(2026, 2, 1))])

    imported = run(store, a_subscription())

    finding = only(imported, Effect.CREATED)
    assert (finding.severity, finding.code) == (Severity.WARNING, "later_price")
    assert "no price was in force on 2026-01-01" in finding.message
    assert "62.40 EUR from 2026-02-01" in finding.message


def test_the_market_and_segment_that_were_chosen_are_priced() -> None:
    store = FakeCatalog(
        prices=[
            a_price(),
            a_price(market="FR", erp_price=Decimal(7)),
            a_price(market="FR", segment="Education", erp_price=Decimal(5)),
        ]
    )

    run(store, a_subscription(), choices=Choices(market="FR", segment="Education"))

    [opening] = store.openings
    assert opening.price.erp_price == 5


def test_a_kept_price_that_is_wrong_is_told() -> None:
    wrong = a_price(sku=Sku(BASIC.product_id, BASIC.sku_id, "wrong", ""))

    imported = run(FakeCatalog(prices=[wrong, a_price()]), a_subscription())

    assert imported.subscriptions == 1
    assert [finding.code for finding in imported.findings] == ["field_wrong"]


def test_a_tenant_can_be_given_for_files_that_have_none() -> None:
    store = FakeCatalog()
    nameless = a_subscription(customer_tenant=None)

    without = run(store, nameless)
    run(store, nameless, choices=Choices(tenant=TENANT))

    assert "give --tenant" in only(without, Effect.REFUSED).message
    assert [opening.tenant for opening in store.openings] == [TENANT]


def test_a_given_tenant_is_not_for_a_file_that_says_its_own() -> None:
    store = FakeCatalog()

    imported = run(store, a_subscription(), choices=Choices(tenant=OTHER_TENANT))

    finding = only(imported, Effect.CREATED)
    assert [opening.tenant for opening in store.openings] == [TENANT]
    assert (finding.severity, finding.code) == (Severity.WARNING, "tenant_contradicted")
    assert TENANT in finding.message
    assert OTHER_TENANT in finding.message


def test_the_same_subscription_in_two_files_goes_in_once() -> None:
    store = FakeCatalog()

    imported = run(store, a_subscription(), a_subscription())

    assert len(store.openings) == 1
    assert imported.count(Effect.LEFT_OUT) == 1
    assert [finding.severity for finding in imported.findings] == [Severity.WARNING]


def test_two_files_that_contradict_each_other_are_refused() -> None:
    store = FakeCatalog()

    imported = run(store, a_subscription(), a_subscription(quantity=11))

    assert store.openings == []
    assert imported.count(Effect.REFUSED) == 2
    assert {finding.code for finding in imported.findings} == {"repeated_id"}


def test_one_that_cannot_be_kept_is_found_and_the_others_go_in() -> None:
    store = FakeCatalog()
    several = [a_subscription(id=f"s-{number}") for number in range(5)]

    imported = run(store, *several, a_subscription(id="s-9", name="refused"))

    assert imported.subscriptions == 5
    finding = only(imported, Effect.REFUSED)
    assert finding.path == "customer.json#subscription s-9/id"
    assert "the name is too long" in finding.message


def test_one_that_was_added_by_another_run_meanwhile_is_no_error() -> None:
    imported = run(FakeCatalog(answers_get_lost=True), a_subscription())

    assert imported.findings == ()
    assert imported.count(Effect.UNCHANGED, CatalogKind.SUBSCRIPTION) == 1


def test_many_go_in_by_chunks_and_each_tenant_is_counted_once() -> None:
    store = FakeCatalog()
    many = [a_subscription(id=f"s-{number}") for number in range(SUBSCRIPTIONS_PER_CHUNK + 1)]

    imported = run(store, *many)

    assert store.writes == 2
    assert imported.subscriptions == len(many)
    assert imported.count(Effect.UNCHANGED, CatalogKind.PROVIDER_ACCOUNT) == 1


def test_the_first_day_of_the_price_counts() -> None:
    start = a_subscription().effective_start
    store = FakeCatalog(
        prices=[
            a_price(effective_until=start, erp_price=Decimal(1)),
            a_price(effective_from=start, erp_price=Decimal(2)),
            a_price(effective_from=start + timedelta(days=1), erp_price=Decimal(3)),
        ]
    )

    run(store, a_subscription())

    [opening] = store.openings
    assert opening.price.erp_price == 2
