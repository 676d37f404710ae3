"""Money of rows: currencies, rates and base amounts."""

from decimal import Decimal

from tests.emulators.dataverse.conftest import Api

PRICES = "productpricelevels"


def currency(api: Api, code: str) -> str:
    (row,) = api.value(f"transactioncurrencies?$filter=isocurrencycode eq '{code}'")
    return str(row["transactioncurrencyid"])


def in_dollars(api: Api) -> dict[str, str]:
    return {"transactioncurrencyid@odata.bind": f"/transactioncurrencies({currency(api, 'USD')})"}


def test_an_amount_without_a_currency_is_in_the_base_currency(api: Api) -> None:
    row = api.json(f"{PRICES}({api.create(PRICES, amount=12.4)})")

    assert row["_transactioncurrencyid_value"] == currency(api, "EUR")
    assert (str(row["amount"]), str(row["amount_base"])) == ("12.4000", "12.4000")
    assert row["exchangerate"] == 1


def test_a_base_amount_is_divided_by_the_rate(api: Api) -> None:
    row = api.json(f"{PRICES}({api.create(PRICES, amount=100, **in_dollars(api))})")

    assert row["exchangerate"] == Decimal("1.1")
    assert str(row["amount_base"]) == "90.9091"


def test_a_new_rate_counts_when_the_amount_is_written_and_not_before(api: Api) -> None:
    row = f"{PRICES}({api.create(PRICES, amount=100, **in_dollars(api))})"
    api.call("PATCH", f"transactioncurrencies({currency(api, 'USD')})", {"exchangerate": 1.25})

    api.call("PATCH", row, {"w365_term": "P1Y"})
    before = api.json(row)
    api.call("PATCH", row, {"amount": 100})
    after = api.json(row)

    assert (str(before["amount_base"]), str(after["amount_base"])) == ("90.9091", "80.0000")


def test_a_change_of_currency_changes_the_base_amount(api: Api) -> None:
    row = f"{PRICES}({api.create(PRICES, amount=100)})"

    api.call("PATCH", row, in_dollars(api))
    dollars = api.json(row)
    api.call("PATCH", row, {"transactioncurrencyid": None})
    euros = api.json(row)

    assert str(dollars["amount_base"]) == "90.9091"
    assert str(euros["amount_base"]) == "100.0000"


def test_a_cleared_amount_clears_the_base_amount(api: Api) -> None:
    row = f"{PRICES}({api.create(PRICES, amount=100)})"

    api.call("PATCH", row, {"amount": None})

    assert api.json(row)["amount_base"] is None


def test_a_table_with_a_currency_and_no_amounts_has_a_rate_only_with_a_currency(api: Api) -> None:
    without = api.json(f"accounts({api.account()})")
    dollars = api.json(f"accounts({api.account(**in_dollars(api))})")

    assert (without["_transactioncurrencyid_value"], without["exchangerate"]) == (None, None)
    assert dollars["exchangerate"] == Decimal("1.1")


def test_a_currency_that_does_not_exist_is_refused(api: Api) -> None:
    absent = "11111111-1111-4111-8111-111111111111"

    answer = api.call(
        "POST",
        PRICES,
        {"amount": 5, "transactioncurrencyid@odata.bind": f"/transactioncurrencies({absent})"},
    )

    assert answer.status_code == 404
