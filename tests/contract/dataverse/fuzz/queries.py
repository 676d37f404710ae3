"""Query options: filters from a grammar, selections, expansions, aggregations, FetchXML, SQL."""

import json
from functools import cache
from xml.sax.saxutils import quoteattr

from hypothesis import strategies as st

from tests.contract.dataverse.fuzz.vocabulary import (
    LITERALS,
    NAMES_UNKNOWN,
    NAMESPACE,
    OTHER_ROW_ID,
    ROW_ID,
    TEXTS,
    Words,
    columns,
    mangled,
    navigations,
    perhaps_mangled,
    quoted,
    rarely,
)

COMPARISONS = ("eq", "ne", "gt", "ge", "lt", "le", "in", "has", "add", "EQ")
TEXT_FUNCTIONS = ("contains", "startswith", "endswith", "tolower", "year", "cast", "length")
QUERY_FUNCTIONS = {
    "": ("Today", "ThisFiscalYear", "EqualUserId", "EqualBusinessId", "EqualUserTeams", "Nothing"),
    "PropertyValue": (
        "LastXDays", "NextXMonths", "OlderThanXYears", "On", "OnOrAfter", "InFiscalYear", "Above",
        "LastXFiscalPeriods", "Under", "NotUnder", "InFiscalPeriod", "NextXHours",
    ),
    "PropertyValue1": ("Between", "NotBetween", "InFiscalPeriodAndYear"),
    "PropertyValues": ("In", "NotIn", "Between", "ContainValues", "DoesNotContainValues"),
}  # fmt: skip
"""By what they are called with, besides the column."""

OPTIONS_OTHER = (
    "$top=3", "$top=0", "$top=-1", "$top=99999999999999999999", "$top=x", "$count=true",
    "$count=maybe", "$skip=1", "$search=a", "$compute=a", "$levels=2", "$format=json", "tag=x",
    "$skiptoken=x", "$skiptoken=%3Ccookie%20pagenumber=%222%22%20/%3E", "$deltatoken=1",
    "$deltatoken=919042%2108%2f22%2f2017", "api-version=9", "partitionId=x", "@p1='x'", "@p1=1",
    "$select=", "$filter=", "&&", "=", "$orderby=", "savedQuery=x", "userQuery=x",
    "annotations=true",
)  # fmt: skip
FETCH_OPERATORS = (
    "eq", "ne", "neq", "gt", "like", "not-like", "in", "not-in", "null", "not-null", "between",
    "today", "last-x-days", "eq-userid", "eq-businessid", "begins-with", "above", "under", "on",
    "in-fiscal-year", "olderthan-x-months", "contain-values", "nonsense", "",
)  # fmt: skip
SEPARATORS = st.sampled_from((",", ", ", ";", " "))


@cache
def paths(words: Words) -> st.SearchStrategy[str]:
    """Return columns, some of them of another row."""
    return rarely(
        columns(words),
        st.tuples(navigations(words), columns(words)).map("/".join),
    )


@cache
def _functions(words: Words) -> st.SearchStrategy[str]:
    values = st.lists(TEXTS.map(json.dumps), max_size=3).map(",".join)
    shapes = {
        "": st.just(""),
        "PropertyValue": LITERALS.map(lambda text: f",PropertyValue={text}"),
        "PropertyValue1": st.tuples(LITERALS, LITERALS).map(
            lambda pair: f",PropertyValue1={pair[0]},PropertyValue2={pair[1]}"
        ),
        "PropertyValues": values.map(lambda text: f",PropertyValues=[{text}]"),
    }
    anyhow = st.tuples(
        st.sampled_from([name for names in QUERY_FUNCTIONS.values() for name in names]),
        st.one_of(*shapes.values()),
    )
    fitting = st.one_of(
        *(
            st.tuples(st.sampled_from(names), shapes[kind])
            for kind, names in QUERY_FUNCTIONS.items()
        )
    )
    return st.tuples(columns(words), rarely(fitting, anyhow)).map(
        lambda part: f"{NAMESPACE}{part[1][0]}(PropertyName='{part[0]}'{part[1][1]})"
    )


@cache
def filters(words: Words) -> st.SearchStrategy[str]:
    """Return texts of `$filter` of any depth, right ones and others."""
    comparisons = st.tuples(
        paths(words) | LITERALS, st.sampled_from(COMPARISONS), LITERALS | paths(words)
    ).map(" ".join)
    texts = st.tuples(st.sampled_from(TEXT_FUNCTIONS), paths(words), LITERALS).map(
        lambda part: f"{part[0]}({part[1]},{part[2]})"
    )

    def longer(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        lambdas = st.tuples(navigations(words), st.sampled_from(("any", "all")), inner).map(
            lambda part: f"{part[0]}/{part[1]}(o:o/{part[2]})"
        )
        return st.one_of(
            inner.map(lambda text: f"({text})"),
            inner.map(lambda text: f"not {text}"),
            st.tuples(inner, st.sampled_from((" and ", " or ", " AND ")), inner).map("".join),
            lambdas,
        )

    whole = st.recursive(comparisons | texts | _functions(words), longer, max_leaves=6)
    deep = st.sampled_from(("(" * 3_000, "not " * 3_000, "(" * 400 + "1 eq 1" + ")" * 400))
    return rarely(perhaps_mangled(whole), deep)


@cache
def _expansions(words: Words) -> st.SearchStrategy[str]:
    inner = st.one_of(
        columns(words).map(lambda name: f"$select={name}"),
        filters(words).map(lambda text: f"$filter={text}"),
        st.sampled_from(
            ("$top=1", "$orderby=name", "$expand=createdby", "$count=true", "$levels=1")
        ),
    )
    inners = st.lists(inner, max_size=2).map(lambda parts: f"({';'.join(parts)})" if parts else "")
    one = st.tuples(navigations(words), st.sampled_from(("", "", "/$ref")), inners).map("".join)
    return st.lists(one, min_size=1, max_size=3).map(",".join)


@cache
def _aggregations(words: Words) -> st.SearchStrategy[str]:
    aggregate = st.tuples(
        columns(words),
        st.sampled_from(("sum", "average", "min", "max", "countdistinct", "median")),
        st.sampled_from(("total", "x", "$count", "")),
    ).map(lambda part: f"aggregate({part[0]} with {part[1]} as {part[2]})")
    count = st.just("aggregate($count as rows)")
    group = st.tuples(paths(words), aggregate | count).map(
        lambda part: f"groupby(({part[0]}),{part[1]})"
    )
    filtered = st.tuples(filters(words), group | aggregate).map(
        lambda part: f"filter({part[0]})/{part[1]}"
    )
    return group | aggregate | count | filtered


@cache
def _sql(words: Words) -> st.SearchStrategy[str]:
    conditions = st.tuples(
        columns(words), st.sampled_from(("=", "<>", ">", "LIKE", "IN", "IS", "BETWEEN")), LITERALS
    ).map(" ".join)
    return st.tuples(
        st.sampled_from(
            ("SELECT ", "SELECT TOP 2 ", "SELECT DISTINCT ", "DELETE ", "SELECT COUNT(*) ")
        ),
        st.lists(columns(words), max_size=3).map(", ".join),
        rarely(st.just(f" FROM {words.name}"), NAMES_UNKNOWN.map(lambda name: f" FROM {name}")),
        st.just("") | conditions.map(lambda text: f" WHERE {text}"),
        st.just("") | columns(words).map(lambda name: f" ORDER BY {name}"),
    ).map("".join)


@cache
def fetches(words: Words) -> st.SearchStrategy[str]:
    """Return texts of FetchXML."""
    condition = st.tuples(
        columns(words), st.sampled_from(FETCH_OPERATORS), TEXTS, st.lists(TEXTS, max_size=2)
    ).map(
        lambda part: (
            f"<condition attribute={quoteattr(part[0])} operator={quoteattr(part[1])} "
            f"value={quoteattr(part[2])}>"
            + "".join(f"<value>{_xml(each)}</value>" for each in part[3])
            + "</condition>"
        )
    )
    filtered = st.recursive(
        condition,
        lambda inner: st.tuples(
            st.sampled_from(("and", "or", "x")), st.lists(inner, max_size=2)
        ).map(lambda part: f"<filter type='{part[0]}'>{''.join(part[1])}</filter>"),
        max_leaves=3,
    ).map(lambda text: text if text.startswith("<filter") else f"<filter>{text}</filter>")
    attribute = st.tuples(
        columns(words), st.sampled_from(("", " alias='a'", " aggregate='sum' alias='a'",
        " groupby='true' alias='b'", " dategrouping='month' groupby='true' alias='c'")),
    ).map(lambda part: f"<attribute name={quoteattr(part[0])}{part[1]}/>")  # fmt: skip
    link = st.tuples(columns(words), st.lists(attribute, max_size=1)).map(
        lambda part: (
            f"<link-entity name='account' from='accountid' to={quoteattr(part[0])} "
            f"alias='l' link-type='outer'>{''.join(part[1])}</link-entity>"
        )
    )
    order = columns(words).map(lambda name: f"<order attribute={quoteattr(name)}/>")
    head = st.sampled_from(
        ("", " top='2'", " count='2'", " count='2' page='2'", " aggregate='true'",
         " distinct='true'", " returntotalrecordcount='true'", " page='x'",
         " paging-cookie='&lt;cookie/&gt;' page='2'",
         " count='99999999999999999999'", " top='-1'")
    )  # fmt: skip
    inside = st.lists(
        attribute | filtered | link | order | st.just("<all-attributes/>"), max_size=4
    )
    whole = st.tuples(head, inside).map(
        lambda part: (
            f"<fetch{part[0]}><entity name='{words.name}'>{''.join(part[1])}</entity></fetch>"
        )
    )
    bomb = "<!DOCTYPE a [<!ENTITY b 'c'>]><fetch><entity name='account'>&b;</entity></fetch>"
    return rarely(perhaps_mangled(whole), st.sampled_from(("", "<fetch/>", bomb, "<a>" * 5_000)))


def _xml(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")


@cache
def queries(words: Words) -> st.SearchStrategy[str]:
    """Return whole query strings, not yet percent-encoded."""
    options = st.one_of(
        st.lists(columns(words), max_size=4).map(lambda names: "$select=" + ",".join(names)),
        filters(words).map(lambda text: f"$filter={text}"),
        st.tuples(paths(words), st.sampled_from(("", " asc", " desc", " up"))).map(
            lambda part: f"$orderby={part[0]}{part[1]}"
        ),
        _expansions(words).map(lambda text: f"$expand={text}"),
        _aggregations(words).map(lambda text: f"$apply={text}"),
        fetches(words).map(lambda text: f"fetchXml={text}"),
        _sql(words).map(lambda text: f"sql={text}"),
        st.sampled_from(OPTIONS_OTHER),
    )
    twice = st.lists(options, max_size=3).map("&".join)
    once = st.lists(options, max_size=3, unique_by=lambda text: text.split("=")[0]).map("&".join)
    return rarely(once, twice)


@cache
def keys(words: Words) -> st.SearchStrategy[str]:
    """Return what can stand in the parentheses after a set's name."""
    named = st.tuples(columns(words), LITERALS | TEXTS.map(quoted)).map("=".join)
    several = st.lists(named, min_size=1, max_size=3).map(",".join)
    return rarely(st.sampled_from((ROW_ID, ROW_ID, OTHER_ROW_ID)), mangled(several | LITERALS))
