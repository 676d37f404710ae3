"""Whatever is asked, the emulator answers: with rows, or with a refusal, never with a 500.

Queries are made of real names and of constants that fit and do not fit them.
"""

from json import loads
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.emulators.dataverse.conftest import Api

TABLES = {
    "accounts": (
        "account",
        ("name", "accountid", "createdon", "statecode", "_parentaccountid_value", "versionnumber"),
    ),
    "w365_invoices": (
        "w365_invoice",
        ("w365_key", "w365_netamount", "w365_linecount", "_w365_contract_value", "exchangerate"),
    ),
}
NAVIGATIONS = (
    "parentaccountid", "createdby", "account_parent_account", "w365_Contract", "nothing"
)  # fmt: skip
CONSTANTS = (
    "'x'", "'%'", "5", "-1.5", "1e9", "null", "true", "2026-01-01", "2026-01-01T00:00:00Z",
    "11111111-1111-4111-8111-111111111111", "99999999999999999999", "@p", "''''",
)  # fmt: skip
COLUMNS = st.sampled_from(sorted({name for _, names in TABLES.values() for name in names}))
VALUES = st.sampled_from(CONSTANTS)
OPERATORS = st.sampled_from(("eq", "ne", "gt", "le", "and", "or", "add", "in"))
FUNCTIONS = st.sampled_from(
    ("Today", "In", "Between", "Under", "LastXDays", "On", "InFiscalYear", "EqualUserTeams")
)
ARGUMENTS = st.sampled_from(
    ("", ",PropertyValue=5", ",PropertyValue='2026-01-01'", ',PropertyValues=["1","2"]')
)
SIMPLE = st.one_of(
    st.builds("{} {} {}".format, COLUMNS, OPERATORS, VALUES),
    st.builds("contains({},{})".format, COLUMNS, VALUES),
    st.builds("{}/{} eq {}".format, st.sampled_from(NAVIGATIONS), COLUMNS, VALUES),
    st.builds("{}/any(o:o/{} eq {})".format, st.sampled_from(NAVIGATIONS), COLUMNS, VALUES),
    st.builds("Microsoft.Dynamics.CRM.{}(PropertyName='{}'{})".format, FUNCTIONS, COLUMNS,
              ARGUMENTS),
)  # fmt: skip
FILTERS = st.recursive(
    SIMPLE,
    lambda inner: st.one_of(
        st.builds("({} or {})".format, inner, inner), st.builds("not ({})".format, inner)
    ),
    max_leaves=4,
)
ODATA = st.one_of(
    st.builds("$filter={}".format, FILTERS.map(quote)),
    st.builds("$select={}&$orderby={} desc&$top={}".format, COLUMNS, COLUMNS, VALUES),
    st.builds(
        "$expand={}($select={};$filter={})".format,
        st.sampled_from(NAVIGATIONS),
        COLUMNS,
        FILTERS.map(quote),
    ),
    st.builds(
        "$apply=groupby(({}),aggregate({} with {} as a))".format,
        COLUMNS,
        COLUMNS,
        st.sampled_from(("sum", "average", "min", "max", "countdistinct")),
    ),
)
CONDITIONS = st.builds(
    '<condition attribute="{}" operator="{}" value="{}"/>'.format,
    COLUMNS,
    st.sampled_from(("eq", "ne", "like", "in", "null", "on", "under", "last-x-days", "between")),
    st.sampled_from(("1", "x", "2026-01-01", "")),
)
SQL = st.builds(
    "SELECT {}, COUNT(*) AS n FROM {} WHERE {} {} {} GROUP BY {}".format,
    COLUMNS,
    st.sampled_from([name for name, _ in TABLES.values()]),
    COLUMNS,
    st.sampled_from(("=", "<>", "LIKE", "IN", ">", "+")),
    st.sampled_from(("5", "'x'", "NULL", "('x')", "")),
    COLUMNS,
)


def fetch(table: str, column: str, condition: str, attributes: str) -> str:
    inside = f'<attribute name="{column}"/><filter>{condition}</filter>'
    return f'<fetch{attributes}><entity name="{table}">{inside}</entity></fetch>'


FETCHES = st.builds(
    fetch,
    st.sampled_from([name for name, _ in TABLES.values()]),
    COLUMNS,
    CONDITIONS,
    st.sampled_from(("", ' distinct="true"', ' count="1" page="2"', ' aggregate="true"')),
)
QUERIES = st.one_of(
    ODATA,
    FETCHES.map(lambda xml: f"fetchXml={quote(xml)}"),
    SQL.map(lambda text: f"sql={quote(text)}"),
)


@pytest.fixture(scope="module")
def filled(running: Api) -> Api:
    running.control("POST", "reset")
    above = running.account("above")
    running.account("below", **{"parentaccountid@odata.bind": f"/accounts({above})"})
    running.create("w365_invoices", w365_key="i", w365_netamount=1.5)
    return running


@given(entity_set=st.sampled_from(sorted(TABLES)), query=QUERIES)
def test_every_query_is_answered_or_refused(filled: Api, entity_set: str, query: str) -> None:
    answer = filled.get(f"{entity_set}?{query}", prefer='odata.include-annotations="*"')

    assert answer.status_code in (200, 400, 501), answer.text
    body = loads(answer.text)
    assert "value" in body if answer.status_code == 200 else body["error"]["code"]
