"""Values of columns: what is taken, how it comes back, and what is refused."""

import json

import pytest

from tests.emulators.dataverse.conftest import Api, refusal
from work365.emulators.dataverse.definitions import ColumnDefinition, Kind
from work365.emulators.dataverse.errors import DataverseError
from work365.emulators.dataverse.values import acceptor

CHANGES = "w365_subscriptionchanges"
CONTRACTS = "w365_billingcontracts"


@pytest.mark.parametrize(
    ("entity_set", "column", "given", "shown"),
    [
        (CHANGES, "w365_quantitydelta", "12.40", "12.4"),
        (CHANGES, "w365_quantitydelta", "-0.0", "0"),
        (CHANGES, "w365_quantitydelta", "1E+2", "100"),
        (CHANGES, "w365_quantitydelta", "99999999999.1234567891", "99999999999.1234567891"),
        (CHANGES, "w365_quantitydelta", "1.50000000000000", "1.5"),
        ("productpricelevels", "amount", "5000000", "5000000.0000"),
        ("productpricelevels", "amount", "-0.0001", "-0.0001"),
        (CONTRACTS, "w365_starton", '"2028-02-29"', '"2028-02-29"'),
        (CHANGES, "w365_recordedon", '"2026-01-01T01:30:00.999+02:00"', '"2025-12-31T23:30:00Z"'),
        (CHANGES, "w365_recordedon", '"2026-01-01T01:30Z"', '"2026-01-01T01:30:00Z"'),
        (CONTRACTS, "w365_name", '""', "null"),
        (CONTRACTS, "w365_name", '"a \\"b\\" \\\\ / é 😀 %s"', '"a \\"b\\" \\\\ / é 😀 %s"'),
        (CONTRACTS, "w365_settledas", '"line\\r\\nline\\ttab"', '"line\\r\\nline\\ttab"'),
        ("w365_subscriptions", "w365_autorenew", "true", "true"),
        ("w365_subscriptions", "w365_autorenew", "null", "null"),
        (CONTRACTS, "w365_paymentdays", "365", "365"),
    ],
)
def test_a_value_comes_back_exactly(
    api: Api, entity_set: str, column: str, given: str, shown: str
) -> None:
    answer = api.call(
        "POST", f"{entity_set}?$select={column}", f'{{"{column}":{given}}}',
        prefer="return=representation",
    )  # fmt: skip

    assert answer.status_code == 201, answer.text
    raw = json.loads(answer.text, parse_float=str, parse_int=str)[column]
    assert raw == json.loads(shown, parse_float=str, parse_int=str)


OUTSIDE = (
    "A validation error occurred.  The value of '{}' on record of type '{}' is outside the valid "
    "range."
)


@pytest.mark.parametrize(
    ("column", "given", "status", "code", "text"),
    [
        ("w365_name", '"' + "x" * 201 + '"', 400, "0x80044331",
         "A validation error occurred.  The length of the 'w365_name' attribute of the "
         "'w365_billingcontract' entity exceeded the maximum allowed length of '200'."),
        ("w365_name", '"' + "😀" * 101 + '"', 400, "0x80044331", "maximum allowed length of '200'"),
        ("w365_name", '"a\\u0000b"', 400, "0x80040278", "hexadecimal value 0x00"),
        ("w365_name", '"\\ud800"', 400, "0x80040278", "hexadecimal value 0xD800"),
        ("w365_name", "5", 400, "0x80048d19",
         "Cannot convert a value of type 'Edm.Int32' to the expected target type 'Edm.String'."),
        ("w365_name", "{}", 400, "0x80048d19", "An unexpected 'StartObject' node"),
        ("w365_name", "[]", 400, "0x80048d19", "An unexpected 'StartArray' node"),
        ("w365_paymentdays", "366", 400, "0x8004432f",
         OUTSIDE.format("w365_paymentdays", "w365_billingcontract")),
        ("w365_paymentdays", "1.0", 400, "0x80048d19", "'Edm.Decimal'"),
        ("w365_paymentdays", "true", 400, "0x80048d19", "'Edm.Boolean'"),
        ("w365_paymentdays", '"5"', 400, "0x80048d19",
         "Cannot convert the literal '5' to the expected type 'Edm.Int32'."),
        ("w365_status", "7", 400, "0x8004431a",
         "The value 7 of 'w365_status' on record of type 'w365_billingcontract' is outside the "
         "valid range. Accepted Values: 365000000,365000001,365000002"),
        ("w365_status", '"Active"', 400, "0x80048d19", "'Edm.Int32'"),
        ("w365_starton", '"2026-02-29"', 400, "0x80048d19",
         "Cannot convert the literal '2026-02-29' to the expected type 'Edm.Date'."),
        ("w365_starton", '"2026-01-01T00:00:00Z"', 400, "0x80048d19", "'Edm.Date'"),
        ("w365_starton", "5", 400, "0x80048d19", "'Edm.Date'"),
        ("w365_starton", '"1752-12-31"', 400, "0x8004022c", "DateTime is less than minumum"),
        ("w365_billingcontractid", '"5"', 400, "0x80048d19", "'Edm.Guid'"),
    ],
)  # fmt: skip
def test_a_value_that_does_not_fit_its_column_is_refused(
    api: Api, column: str, given: str, status: int, code: str, text: str
) -> None:
    answer = api.call("POST", CONTRACTS, f'{{"{column}":{given}}}')

    assert refusal(answer)[:2] == (status, code)
    assert text in refusal(answer)[2]


@pytest.mark.parametrize(
    ("column", "given", "status", "code"),
    [
        ("w365_quantitydelta", "100000000000.1", 400, "0x80044330"),
        ("w365_quantitydelta", '"5"', 400, "0x80048d19"),
        ("w365_quantitydelta", "0.00000000001", 501, "0x80040219"),
        ("w365_recordedon", '"2026-01-01T00:00:00"', 400, "0x80048d19"),
        ("w365_recordedon", '"2026-01-01T25:00:00Z"', 400, "0x80048d19"),
        ("w365_recordedon", '"1700-01-01T00:00:00Z"', 400, "0x8004022c"),
        ("w365_recordedon", "5", 400, "0x80048d19"),
    ],
)
def test_a_number_or_moment_that_does_not_fit_is_refused(
    api: Api, column: str, given: str, status: int, code: str
) -> None:
    answer = api.call("POST", CHANGES, f'{{"{column}":{given}}}')

    assert refusal(answer)[:2] == (status, code)


def test_a_yes_or_no_is_not_a_number() -> None:
    column = ColumnDefinition(name="x", schema_name="x", kind=Kind.YES_NO)
    accept = acceptor(column, table="account", set_name="accounts")

    with pytest.raises(DataverseError, match=r"'Edm\.Int32' to the expected.*'Edm\.Boolean'"):
        accept(1)


def test_money_with_five_decimals_is_not_rounded_in_silence(api: Api) -> None:
    answer = api.call("POST", "productpricelevels", '{"amount":1.00005}')

    assert refusal(answer)[0] == 501
    assert "rounding" in refusal(answer)[2]
