"""What Dynamics 365 Sales refuses, and adds by itself, in its product catalogue."""

from typing import Any

import pytest

from tests.emulators.dataverse.conftest import Api, refusal

DUPLICATE = (
    400,
    "0x80043b08",
    "This product and unit combination has a price for this price list.",
)


def currency(api: Api, code: str) -> str:
    [row] = api.value(f"transactioncurrencies?$filter=isocurrencycode eq '{code}'")
    return str(row["transactioncurrencyid"])


class Catalog:
    """A unit group, a product, and price lists in two currencies."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.group = api.create("uomschedules", name="Subscriptions", baseuomname="1 month")
        [self.base] = api.value("uoms")
        self.year = self.unit("1 year")
        self.product = api.create("products", name="Basic", productnumber="A:0001")
        self.euros = self.price_list("EUR")
        self.pounds = self.price_list("GBP")

    def unit(self, name: str) -> str:
        bound = {
            "uomscheduleid@odata.bind": f"/uomschedules({self.group})",
            "baseuom@odata.bind": f"/uoms({self.base['uomid']})",
        }
        return self.api.create("uoms", name=name, quantity=12, **bound)

    def price_list(self, code: str) -> str:
        row = currency(self.api, code)
        bound = {"transactioncurrencyid@odata.bind": f"/transactioncurrencies({row})"}
        return self.api.create("pricelevels", name=f"In {code}", **bound)

    def price(self, **changed: str | None) -> dict[str, Any]:
        """Return a price of the product for a year on the price list in euros."""
        given = {"pricelevel": self.euros, "product": self.product, "uom": self.year, **changed}
        return {
            "amount": 10,
            **{
                f"{name}id@odata.bind": f"/{name}s({row})"
                for name, row in given.items()
                if row is not None
            },
        }


@pytest.fixture
def catalog(api: Api) -> Catalog:
    return Catalog(api)


def test_a_price_list_has_a_product_and_a_unit_once(api: Api, catalog: Catalog) -> None:
    api.create("productpricelevels", **catalog.price())

    answer = api.call("POST", "productpricelevels", catalog.price())

    assert refusal(answer) == DUPLICATE
    assert len(api.value("productpricelevels")) == 1


def test_another_unit_product_or_price_list_is_another_price(api: Api, catalog: Catalog) -> None:
    other = api.create("products", name="Premium", productnumber="B:0001")

    api.create("productpricelevels", **catalog.price())
    api.create("productpricelevels", **catalog.price(uom=catalog.unit("3 years")))
    api.create("productpricelevels", **catalog.price(product=other))
    api.create("productpricelevels", **catalog.price(pricelevel=catalog.pounds))

    assert len(api.value("productpricelevels")) == 4


def test_a_price_does_not_become_one_that_there_is(api: Api, catalog: Catalog) -> None:
    api.create("productpricelevels", **catalog.price())
    other = api.create("productpricelevels", **catalog.price(uom=catalog.base["uomid"]))
    as_the_first = {"uomid@odata.bind": f"/uoms({catalog.year})"}

    answer = api.call("PATCH", f"productpricelevels({other})", as_the_first)

    assert refusal(answer) == DUPLICATE


def test_a_price_that_is_changed_is_not_its_own_double(api: Api, catalog: Catalog) -> None:
    price = api.create("productpricelevels", **catalog.price())

    answer = api.call("PATCH", f"productpricelevels({price})", {"amount": 11})

    assert answer.status_code == 204


def test_a_price_is_in_the_currency_of_its_price_list(api: Api, catalog: Catalog) -> None:
    price = api.create("productpricelevels", **catalog.price(pricelevel=catalog.pounds))

    row = api.json(f"productpricelevels({price})")
    assert row["_transactioncurrencyid_value"] == currency(api, "GBP")


@pytest.mark.parametrize("action", ["CreateMultiple", "UpdateMultiple", "UpsertMultiple"])
@pytest.mark.parametrize("table", ["productpricelevel", "uom"])
def test_prices_and_units_are_written_one_by_one(api: Api, table: str, action: str) -> None:
    row = {"@odata.type": f"Microsoft.Dynamics.CRM.{table}"}

    answer = api.call("POST", f"{table}s/Microsoft.Dynamics.CRM.{action}", {"Targets": [row]})

    assert refusal(answer) == (
        400,
        "0x80040800",
        f"The '{action}' method does not support entities of type '{table}'. "
        "MessageProcessorCache returned MessageProcessor.Empty.",
    )


def test_a_new_unit_group_brings_its_base_unit(api: Api, catalog: Catalog) -> None:
    assert (catalog.base["name"], catalog.base["quantity"]) == ("1 month", 1)
    assert catalog.base["_uomscheduleid_value"] == catalog.group
    assert catalog.base["_baseuom_value"] is None


def test_a_unit_group_without_a_name_for_it_brings_none(api: Api) -> None:
    api.create("uomschedules", name="Empty")

    assert api.value("uoms") == []
