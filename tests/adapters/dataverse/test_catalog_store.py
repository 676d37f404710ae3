from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx
import pytest

from dataverse_schema.options import ContractStatus, SubscriptionStatus
from dataverse_schema.table import Table
from dataverse_schema.tables.billing import BillingContract, Subscription, SubscriptionChange
from dataverse_schema.tables.providers import Provider, ProviderAccount
from dataverse_schema.tables.standard import (
    Account,
    PriceLevel,
    Product,
    ProductPriceLevel,
    Uom,
    UomSchedule,
)
from tests.usecases.fake_catalog import (
    BASIC,
    NOW,
    OTHER_TENANT,
    TENANT,
    a_price,
    a_subscription,
)
from work365.adapters.dataverse.catalog_basics import NotPermitted, Sender
from work365.adapters.dataverse.catalog_reading import TEXTS_CHARACTERS_MAX
from work365.adapters.dataverse.catalog_rows import PriceTooFine, price_key
from work365.adapters.dataverse.catalog_store import ContractNotUsable, DataverseCatalogStore
from work365.adapters.dataverse.client import DataverseClient
from work365.adapters.dataverse.errors import DuplicateKey, RequestRefused, VersionMismatch
from work365.adapters.dataverse.mapping import write_row
from work365.adapters.dataverse.operations import create, delete, update
from work365.adapters.dataverse.reading import AccountReader
from work365.domain.catalog import PRICE_MONTHS, BillingPlan, PlanNotSold, Sku, Term
from work365.domain.changes import Status
from work365.emulators.dataverse.app import create_app
from work365.entrypoints.serving import LocalServer
from work365.ports.catalog import CatalogKind, ContractHead, Effect, Opening
from work365.usecases.import_prices import PRICES_PER_CHUNK

ANNUAL = a_price(plan=BillingPlan.ANNUAL, erp_price=Decimal("60.1234"))
PREMIUM = Sku("CFQ7TTC0LCHC", "0002", "Business Premium", "Microsoft Corporation")


def noon(year: int, month: int, day: int) -> datetime:
    return datetime(year, month, day, 12, tzinfo=UTC)


class World:
    """An environment with a customer and a contract."""

    def __init__(self, url: str, client: DataverseClient) -> None:
        self.url = url
        self.client = client
        self.reader = AccountReader(client)
        self.store = DataverseCatalogStore(client)
        self.customer = self.add(Account, name="Hollerbach", key="C-1")
        self.euro = next(row for row, code in self.reader.currencies.items() if code == "EUR")
        self.contract_id = self.add_contract("CT-1")

    def add(self, table: type[Table], **values: Any) -> UUID:
        row = self.client.send(create(table.entity_set(), write_row(table, values)))
        assert isinstance(row, UUID)
        return row

    def add_contract(self, key: str, **values: Any) -> UUID:
        given = {
            "name": key,
            "key": key,
            "customer": self.customer,
            "currency": self.euro,
            "start_on": date(2026, 1, 1),
        }
        return self.add(BillingContract, **{**given, **values})

    def set(self, table: type[Table], row_id: UUID | None, **values: Any) -> None:
        assert row_id is not None
        self.client.send(update(table.entity_set(), row_id, write_row(table, values)))

    def control(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        url = f"{self.url}/_emulator/v1/{path}"
        answer = httpx.request(method, url, json=body, trust_env=False)
        return answer.raise_for_status().json()

    def price_list(self) -> PriceLevel:
        [row] = self.reader.all(PriceLevel)
        return row

    def base_units(self) -> list[Uom]:
        return [unit for unit in self.reader.all(Uom) if unit.baseuom is None]

    def rows_written(self) -> int:
        total: int = self.control("GET", "requests")["rows_written"]["total"]
        return total

    def opening(self, **given: Any) -> Opening:
        opening = Opening(
            provided=a_subscription(id="0cca44d6-68e9-4762-94ee-31ece98783b9"),
            tenant=TENANT,
            contract=self.store.contract("CT-1"),
            price=a_price(),
            term_end_on=date(2027, 1, 1),
            source="customer.json",
            recorded_at=NOW,
        )
        return replace(opening, **given)


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with LocalServer(create_app(state=None, clock=lambda: NOW)) as server:
        yield server.url


@pytest.fixture
def world(address: str, connect: Callable[[str], DataverseClient]) -> World:
    httpx.post(f"{address}/_emulator/v1/reset", trust_env=False).raise_for_status()
    return World(address, connect(address))


def test_the_first_price_brings_its_product_price_list_and_units(world: World) -> None:
    tally = world.store.add_prices([a_price(), ANNUAL])

    [group] = world.reader.all(UomSchedule)
    [product] = world.reader.all(Product)
    [price_list] = world.reader.all(PriceLevel)
    [base] = world.base_units()
    assert +tally == {
        (CatalogKind.PRICE_LIST, Effect.CREATED): 1,
        (CatalogKind.PRODUCT, Effect.CREATED): 1,
        (CatalogKind.LIST_PRICE, Effect.CREATED): 2,
    }
    assert (group.key, group.name) == ("subscriptions", "Subscriptions")
    assert (product.product_number, product.key) == ("CFQ7TTC0LH18:0001", "CFQ7TTC0LH18-0001")
    assert product.defaultuomid == base.row_id
    assert price_list.name == "DE EUR Commercial from 2025-01-01"
    assert price_list.key == "microsoft_de_eur_commercial_2025-01-01"
    assert (price_list.begin_date, price_list.end_date) == (noon(2025, 1, 1), None)


def test_there_is_a_unit_for_each_term_and_billing_plan_that_is_sold(world: World) -> None:
    world.store.add_prices([a_price()])

    [base] = world.base_units()
    units = [unit for unit in world.reader.all(Uom) if unit.baseuom is not None]
    assert (base.name, base.quantity) == ("1 month", Decimal(1))
    assert {unit.baseuom for unit in units} == {base.row_id}
    assert {unit.key: (unit.name, int(unit.quantity)) for unit in units} == {
        "subscriptions_P1M_Monthly": ("1 month, billed monthly", 1),
        "subscriptions_P1M_None": ("1 month, not billed by period", 1),
        "subscriptions_P1Y_Monthly": ("1 year, billed monthly", 12),
        "subscriptions_P1Y_Annual": ("1 year, billed annually", 12),
        "subscriptions_P1Y_None": ("1 year, not billed by period", 12),
        "subscriptions_P3Y_Monthly": ("3 years, billed monthly", 36),
        "subscriptions_P3Y_Annual": ("3 years, billed annually", 36),
        "subscriptions_P3Y_Triennial": ("3 years, billed every 3 years", 36),
        "subscriptions_P3Y_None": ("3 years, not billed by period", 36),
    }


def test_units_that_are_there_are_used_again(world: World) -> None:
    world.store.add_prices([a_price()])
    units = {unit.row_id for unit in world.reader.all(Uom)}

    DataverseCatalogStore(world.client).add_prices([ANNUAL])

    assert {unit.row_id for unit in world.reader.all(Uom)} == units


def test_a_base_unit_that_was_given_another_name_stays_the_base_unit(world: World) -> None:
    world.add(UomSchedule, name="Subscriptions", key="subscriptions", base_uom_name="Monat")

    world.store.add_prices([a_price()])

    assert [unit.name for unit in world.base_units()] == ["Monat"]


def test_a_unit_group_without_a_base_unit_is_given_one(world: World) -> None:
    group = world.add(UomSchedule, name="Subscriptions", key="subscriptions")

    world.store.add_prices([a_price()])

    [base] = world.base_units()
    assert (base.name, base.quantity) == ("1 month", Decimal(1))
    assert base.uomscheduleid == group


def test_no_price_list_has_a_product_and_a_unit_twice(world: World) -> None:
    prices = [
        replace(price, segment=segment, effective_from=day, market=market)
        for price in (a_price(), ANNUAL)
        for segment in ("Commercial", "Education")
        for day in (date(2025, 1, 1), date(2026, 1, 1))
        for market in ("DE", "AT")
    ]

    world.store.add_prices(prices)

    rows = list(world.reader.all(ProductPriceLevel))
    assert len(rows) == len(prices)
    assert len({(row.pricelevelid, row.productid, row.uomid) for row in rows}) == len(prices)
    assert sorted(price_list.name for price_list in world.reader.all(PriceLevel)) == [
        "AT EUR Commercial from 2025-01-01",
        "AT EUR Commercial from 2026-01-01",
        "AT EUR Education from 2025-01-01",
        "AT EUR Education from 2026-01-01",
        "DE EUR Commercial from 2025-01-01",
        "DE EUR Commercial from 2026-01-01",
        "DE EUR Education from 2025-01-01",
        "DE EUR Education from 2026-01-01",
    ]
    assert set(world.store.prices_of([BASIC.part_number]).values) == set(prices)


def test_a_segment_in_other_letters_is_the_same_price_list(world: World) -> None:
    world.store.add_prices([a_price(), a_price(sku=PREMIUM, segment="COMMERCIAL")])
    world.store.add_prices([replace(ANNUAL, segment="commercial")])

    assert world.price_list().name == "DE EUR Commercial from 2025-01-01"


def test_a_price_list_ends_with_the_last_day_of_its_last_price(world: World) -> None:
    sooner = a_price(effective_until=date(2026, 1, 1))
    later = replace(ANNUAL, effective_until=date(2026, 7, 1))

    world.store.add_prices([later, sooner])

    assert world.price_list().end_date == noon(2026, 6, 30)


@pytest.mark.parametrize(
    ("until", "last_day", "changed"),
    [
        (date(2025, 12, 1), noon(2025, 12, 31), 0),
        (date(2026, 1, 1), noon(2025, 12, 31), 0),
        (date(2026, 7, 1), noon(2026, 6, 30), 1),
        (None, None, 1),
    ],
    ids=["sooner", "as soon", "later", "never"],
)
def test_a_price_list_lasts_as_long_as_the_prices_that_are_added(
    world: World, until: date | None, last_day: datetime | None, changed: int
) -> None:
    world.store.add_prices([a_price(effective_until=date(2026, 1, 1))])

    tally = world.store.add_prices([replace(ANNUAL, effective_until=until)])

    assert world.price_list().end_date == last_day
    assert tally[CatalogKind.PRICE_LIST, Effect.CHANGED] == changed
    assert tally[CatalogKind.PRICE_LIST, Effect.CREATED] == 0


def test_a_price_list_without_an_end_stays_so(world: World) -> None:
    world.store.add_prices([a_price()])

    tally = world.store.add_prices([replace(ANNUAL, effective_until=date(2026, 7, 1))])

    assert world.price_list().end_date is None
    assert tally[CatalogKind.PRICE_LIST, Effect.CHANGED] == 0


def test_of_two_runs_none_shortens_what_the_other_one_made_longer(world: World) -> None:
    first, second = world.store, DataverseCatalogStore(world.client)
    first.add_prices([a_price(effective_until=date(2026, 1, 1))])
    first.add_prices([a_price(sku=PREMIUM, effective_until=date(2026, 1, 1))])
    second.add_prices([replace(ANNUAL, effective_until=date(2026, 12, 1))])
    shorter = replace(ANNUAL, sku=PREMIUM, effective_until=date(2026, 7, 1))

    with pytest.raises(VersionMismatch):
        first.add_prices([shorter])
    first.add_prices([shorter])

    assert world.price_list().end_date == noon(2026, 11, 30)
    assert first.kept_prices([shorter]).values == (shorter,)


def test_a_price_is_kept_to_the_last_digit(world: World) -> None:
    price = replace(ANNUAL, unit_price=Decimal("48.0123456789"), effective_until=date(2026, 1, 1))

    world.store.add_prices([price])

    [row] = world.reader.all(ProductPriceLevel)
    units = {unit.row_id: unit.name for unit in world.reader.all(Uom)}
    assert (row.amount, row.cost) == (price.erp_price, price.unit_price)
    assert (row.term, row.billing_plan, row.price_months) == ("P1Y", "Annual", 12)
    assert (row.market, row.segment) == ("DE", "Commercial")
    assert (row.effective_from, row.effective_until) == (date(2025, 1, 1), date(2026, 1, 1))
    assert row.uomid is not None
    assert units[row.uomid] == "1 year, billed annually"
    assert world.store.prices_of([BASIC.part_number]).values == (price,)


def test_the_currency_of_a_price_is_that_of_its_price_list(world: World) -> None:
    price = a_price(market="GB", currency="GBP")
    world.store.add_prices([price])
    # What the row itself says is left to Dynamics 365, and not believed.
    [row] = world.reader.all(ProductPriceLevel)
    in_euro = {"transactioncurrencyid@odata.bind": f"/transactioncurrencies({world.euro})"}
    assert row.row_id is not None
    world.client.send(update(ProductPriceLevel.entity_set(), row.row_id, in_euro))

    reading = DataverseCatalogStore(world.client).prices_of([BASIC.part_number])

    assert reading.values == (price,)


def test_a_price_whose_price_list_lost_its_currency_is_found(world: World) -> None:
    world.store.add_prices([a_price()])
    world.set(PriceLevel, world.price_list().row_id, transactioncurrencyid=None)

    reading = DataverseCatalogStore(world.client).prices_of([BASIC.part_number])

    [finding] = reading.findings
    assert reading.values == ()
    assert "no currency of its price list; enter it again" in finding.message


def test_a_price_for_a_plan_that_is_not_sold_is_refused(world: World) -> None:
    with pytest.raises(PlanNotSold):
        world.store.add_prices([a_price(term=Term.MONTH, plan=BillingPlan.ANNUAL)])

    assert list(world.reader.all(Product)) == []


def test_a_price_that_a_price_list_would_round_is_refused(world: World) -> None:
    with pytest.raises(PriceTooFine, match="4 decimals"):
        world.store.add_prices([a_price(erp_price=Decimal("0.00001"))])

    assert list(world.reader.all(Product)) == []


def test_prices_are_found_by_key_and_first_day(world: World) -> None:
    world.store.add_prices([a_price(), ANNUAL])
    later = a_price(effective_from=date(2026, 1, 1))

    reading = DataverseCatalogStore(world.client).kept_prices([a_price(), later])

    assert reading.values == (a_price(),)
    assert reading.findings == ()


def test_more_prices_than_fit_an_address_are_found(world: World) -> None:
    prices = [
        a_price(sku=Sku(f"CFQ7TTC{number:05}", "0001", "Product", "")) for number in range(600)
    ]
    assert sum(map(len, map(price_key, prices))) > TEXTS_CHARACTERS_MAX
    world.store.add_prices(prices)

    reading = world.store.kept_prices(prices)

    assert set(reading.values) == set(prices)


def test_a_full_chunk_of_new_prices_takes_five_requests(world: World) -> None:
    world.store.add_prices([a_price()])
    # Four prices a product, so that there are as many keys to ask for as there can be.
    sold = [*PRICE_MONTHS][:4]
    prices = [
        a_price(
            sku=Sku(f"CFQ7TTC{number // 4:05}", "0001", "Product", ""),
            term=sold[number % 4][0],
            plan=sold[number % 4][1],
            price_months=PRICE_MONTHS[sold[number % 4]],
        )
        for number in range(PRICES_PER_CHUNK)
    ]
    world.control("POST", "requests/reset")

    kept = world.store.kept_prices(prices)
    tally = world.store.add_prices(prices)

    by_kind = world.control("GET", "requests")["requests"]["by_kind"]
    assert kept.values == ()
    assert tally[CatalogKind.LIST_PRICE, Effect.CREATED] == PRICES_PER_CHUNK
    assert by_kind == {
        "GET productpricelevels": 2,
        "GET products": 1,
        "GET pricelevels": 1,
        "POST $batch": 1,
    }


def test_texts_that_an_address_spells_out_are_asked_for_in_more_queries(world: World) -> None:
    # Each of these letters takes several characters of an address.
    prices = [
        a_price(sku=Sku(f"CFQ7TTC{number:05}", "0001", "Product", ""), segment="Öffentlich [d'été]")
        for number in range(400)
    ]

    reading = world.store.kept_prices(prices)

    assert reading.values == ()


def test_a_long_title_stands_in_the_description(world: World) -> None:
    title = "Long " * 30

    world.store.add_prices([a_price(sku=replace(BASIC, title=title))])

    [product] = world.reader.all(Product)
    assert len(product.name) == 100
    assert product.name.endswith("…")
    assert product.description == title


def test_a_product_that_is_there_under_its_number_is_used(world: World) -> None:
    theirs = world.add(Product, name="Theirs", product_number="cfq7ttc0lh18:0001")

    world.store.add_prices([a_price()])

    [row] = world.reader.all(ProductPriceLevel)
    assert row.productid == theirs


def test_prices_go_in_all_or_none(world: World) -> None:
    # A name of a segment that is longer than its column.
    wrong = a_price(segment="S" * 41)

    with pytest.raises(RequestRefused):
        world.store.add_prices([a_price(), wrong])

    assert list(world.reader.all(Product)) == []
    assert list(world.reader.all(ProductPriceLevel)) == []
    world.store.add_prices([a_price()])
    assert len(list(world.reader.all(ProductPriceLevel))) == 1


def test_prices_that_another_run_added_are_refused_as_such(world: World) -> None:
    DataverseCatalogStore(world.client).add_prices([a_price()])

    with pytest.raises(DuplicateKey):
        world.store.add_prices([a_price()])


def test_an_entry_that_somebody_made_by_hand_is_no_list_price(world: World) -> None:
    world.store.add_prices([a_price()])
    [row] = world.reader.all(ProductPriceLevel)
    world.add(
        ProductPriceLevel, amount=Decimal(1), productid=row.productid, pricelevelid=row.pricelevelid
    )

    reading = world.store.prices_of([BASIC.part_number])

    assert reading.values == (a_price(),)


def test_an_entry_that_somebody_made_by_hand_is_not_doubled(world: World) -> None:
    world.store.add_prices([ANNUAL])
    [row] = world.reader.all(ProductPriceLevel)
    monthly = next(unit for unit in world.reader.all(Uom) if unit.name == "1 year, billed monthly")
    world.add(
        ProductPriceLevel,
        amount=Decimal(1),
        productid=row.productid,
        pricelevelid=row.pricelevelid,
        uomid=monthly.row_id,
    )

    with pytest.raises(DuplicateKey, match="has a price for this price list"):
        world.store.add_prices([a_price()])


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"cost": None, "market": None}, "no cost, market; enter it again"),
        ({"term": "P2Y"}, "'P2Y' is not a valid Term"),
        ({"amount": Decimal(-1)}, "below zero"),
        ({"effective_until": date(2025, 1, 1)}, "ends before it starts"),
    ],
)
def test_a_price_that_was_spoilt_by_hand_is_found(
    world: World, values: dict[str, Any], said: str
) -> None:
    world.store.add_prices([a_price(), ANNUAL])
    row = next(row for row in world.reader.all(ProductPriceLevel) if row.billing_plan == "Monthly")
    world.set(ProductPriceLevel, row.row_id, **values)

    of_product = world.store.prices_of([BASIC.part_number])
    kept = world.store.kept_prices([a_price(), ANNUAL])

    for reading in (of_product, kept):
        [finding] = reading.findings
        assert reading.values == (ANNUAL,)
        assert said in finding.message
        assert finding.path == f"list price {price_key(a_price())}"


def test_a_dry_run_writes_nothing_and_remembers_what_it_would(world: World) -> None:
    world.control("POST", "requests/reset")
    rehearsal = DataverseCatalogStore(world.client, dry_run=True)

    prices = rehearsal.add_prices([a_price()])
    subscriptions = rehearsal.add_subscriptions([world.opening()])

    assert world.rows_written() == 0
    assert prices[CatalogKind.LIST_PRICE, Effect.CREATED] == 1
    assert subscriptions[CatalogKind.SUBSCRIPTION, Effect.CREATED] == 1
    assert rehearsal.kept_prices([a_price()]).values == (a_price(),)
    assert rehearsal.prices_of([BASIC.part_number]).values == (a_price(),)
    assert TENANT in rehearsal.provider_accounts([TENANT])


def test_a_dry_run_counts_what_comes_after_as_it_would_be(world: World) -> None:
    parts = [
        [a_price(effective_until=date(2026, 1, 1))],
        [replace(ANNUAL, effective_until=date(2026, 7, 1))],
        [a_price(sku=PREMIUM, effective_until=date(2026, 7, 1))],
        [replace(ANNUAL, sku=PREMIUM)],
    ]
    rehearsal = DataverseCatalogStore(world.client, dry_run=True)

    rehearsed = [rehearsal.add_prices(part) for part in parts]

    assert rehearsed == [world.store.add_prices(part) for part in parts]
    changes = [tally[CatalogKind.PRICE_LIST, Effect.CHANGED] for tally in rehearsed]
    assert changes == [0, 1, 0, 1]


def test_a_subscription_goes_in_with_its_account_and_opening_entry(world: World) -> None:
    world.store.add_prices([a_price()])

    tally = world.store.add_subscriptions([world.opening()])

    [provider] = world.reader.all(Provider)
    [account] = world.reader.all(ProviderAccount)
    [product] = world.reader.all(Product)
    [row] = world.reader.all(Subscription)
    [change] = world.reader.all(SubscriptionChange)
    key = "0cca44d6-68e9-4762-94ee-31ece98783b9"
    assert tally == {
        (CatalogKind.PROVIDER_ACCOUNT, Effect.CREATED): 1,
        (CatalogKind.SUBSCRIPTION, Effect.CREATED): 1,
    }
    assert (provider.key, provider.name) == ("microsoft", "Microsoft Partner Center")
    assert (account.tenant, account.account) == (TENANT, world.customer)
    assert (row.key, row.provider_reference, row.name) == (key, key, "Business Basic")
    assert (row.contract, row.product) == (world.contract_id, product.row_id)
    assert row.provider_account == account.row_id
    assert (row.start_on, row.term_end_on) == (date(2026, 1, 1), date(2027, 1, 1))
    assert (row.term, row.billing_plan, row.cycle_months) == ("P1Y", "Monthly", 1)
    assert (row.auto_renew, row.quantity) == (True, Decimal(10))
    assert (change.key, change.subscription) == (f"{key}_opening", row.row_id)
    assert (change.effective_on, change.recorded_on) == (date(2026, 1, 1), NOW)
    assert (change.quantity_delta, change.unit_price) == (Decimal(10), Decimal("62.40"))
    assert change.price_months == 12
    assert change.reason is not None
    assert "customer.json" in change.reason


def test_a_product_without_a_price_is_added_once(world: World) -> None:
    first = world.store.add_products([BASIC, PREMIUM, BASIC])
    again = DataverseCatalogStore(world.client).add_products([PREMIUM])

    found = {(row.product_number, row.name) for row in world.reader.all(Product)}
    assert +first == {(CatalogKind.PRODUCT, Effect.CREATED): 2}
    assert +again == {}
    assert found == {
        (BASIC.part_number, BASIC.title),
        (PREMIUM.part_number, "Business Premium"),
    }


def test_subscriptions_go_in_all_or_none(world: World) -> None:
    world.store.add_prices([a_price()])
    wrong = world.opening(provided=a_subscription(name="n" * 251), tenant=OTHER_TENANT)

    with pytest.raises(RequestRefused):
        world.store.add_subscriptions([world.opening(), wrong])

    for table in (ProviderAccount, Subscription, SubscriptionChange):
        assert list(world.reader.all(table)) == []
    assert world.store.provider_accounts([TENANT, OTHER_TENANT]) == {}


def test_an_account_without_a_customer_is_mapped_to_that_of_the_contract(world: World) -> None:
    world.store.add_prices([a_price()])
    world.store.add_provider_accounts([TENANT])
    again = DataverseCatalogStore(world.client)
    assert again.provider_accounts([TENANT])[TENANT].customer is None

    tally = again.add_subscriptions([world.opening()])

    [account] = world.reader.all(ProviderAccount)
    assert tally[CatalogKind.PROVIDER_ACCOUNT, Effect.CHANGED] == 1
    assert account.account == world.customer


def test_an_account_that_is_mapped_stays_as_it_is(world: World) -> None:
    world.store.add_prices([a_price()])
    other = world.add(Account, name="Other", key="C-2")
    provider = world.add(Provider, name="Microsoft", key="microsoft")
    row = world.add(
        ProviderAccount, name="x", key="x", provider=provider, tenant=TENANT.upper(), account=other
    )

    tally = world.store.add_subscriptions([world.opening()])

    [account] = world.reader.all(ProviderAccount)
    assert (account.row_id, account.account) == (row, other)
    assert tally == {(CatalogKind.SUBSCRIPTION, Effect.CREATED): 1}


def test_an_account_at_another_provider_is_another_account(world: World) -> None:
    elsewhere = world.add(Provider, name="A distributor", key="distributor")
    world.add(Provider, name="Microsoft", key="microsoft")
    world.add(ProviderAccount, name="x", key="x", provider=elsewhere, tenant=TENANT)

    assert world.store.provider_accounts([TENANT]) == {}


def test_kept_subscriptions_are_read_with_their_logs(world: World) -> None:
    world.store.add_prices([a_price()])
    opening = world.opening()
    world.store.add_subscriptions([opening])
    [row] = world.reader.all(Subscription)
    world.add(
        SubscriptionChange,
        name="Cancelled",
        key="CHG-2",
        subscription=row.row_id,
        effective_on=date(2026, 2, 1),
        quantity_delta=Decimal(-10),
        status=SubscriptionStatus.CANCELLED,
    )
    world.add(SubscriptionChange, name="No day", key="CHG-3", subscription=row.row_id)

    kept = world.store.subscriptions([opening.provided.id, "unknown"])

    assert list(kept) == [opening.provided.id]
    [found] = kept.values()
    log = sorted((change.effective_on, change.quantity, change.status) for change in found.changes)
    assert log == [
        (date(2026, 1, 1), Decimal(10), None),
        (date(2026, 2, 1), Decimal(-10), Status.CANCELLED),
    ]
    assert {change.recorded_at for change in found.changes} == {NOW}
    assert (found.term, found.plan, found.auto_renew) == ("P1Y", "Monthly", True)
    assert (found.contract, found.term_end_on) == (world.contract_id, date(2027, 1, 1))


def test_a_contract_is_found_by_its_key(world: World) -> None:
    found = world.store.contract("CT-1")

    assert found == ContractHead(
        id=world.contract_id, key="CT-1", customer=world.customer, currency="EUR"
    )


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"status": ContractStatus.TERMINATED}, "is terminated"),
        ({"currency": None}, "no customer or no currency"),
    ],
)
def test_a_contract_that_cannot_take_subscriptions_is_refused(
    world: World, values: dict[str, Any], said: str
) -> None:
    world.add_contract("CT-2", **values)

    with pytest.raises(ContractNotUsable, match=said):
        world.store.contract("CT-2")


def test_a_contract_that_is_not_there_is_refused(world: World) -> None:
    with pytest.raises(ContractNotUsable, match="there is no billing contract CT-77"):
        world.store.contract("CT-77")


def test_the_active_contracts_of_a_customer_are_found(world: World) -> None:
    world.add_contract("CT-0")
    world.add_contract("CT-2", status=ContractStatus.DRAFT)
    world.add_contract("CT-3", status=ContractStatus.TERMINATED)
    world.add_contract("CT-4", currency=None)
    world.add_contract("CT-5", customer=world.add(Account, name="Other", key="C-2"))

    found = world.store.contracts_of([world.customer])

    assert [contract.key for contract in found] == ["CT-0", "CT-1"]


def test_the_currencies_of_the_environment_are_known(world: World) -> None:
    assert set(world.store.currencies()) == {"EUR", "USD", "GBP"}


def test_a_missing_privilege_is_not_looked_for_row_by_row(
    misbehaving: Callable[..., tuple[str, list[bytes]]],
    connect: Callable[[str], DataverseClient],
) -> None:
    body = b'{"error":{"code":"0x80042f09","message":"Principal user lacks prvCreate."}}'
    url, requests = misbehaving(
        b"HTTP/1.1 403 Forbidden\r\nContent-Type: application/json\r\nConnection: close\r\n"
        + b"Content-Length: %d\r\n\r\n%b" % (len(body), body)
    )
    sender = Sender(connect(url), dry_run=False)

    with pytest.raises(NotPermitted, match="lacks prvCreate"):
        sender.send([delete("accounts", UUID(int=1))])

    assert len(requests) == 1
