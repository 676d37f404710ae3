"""FetchXML that Dataverse would not take, and what of it is not emulated."""

from urllib.parse import quote

import pytest

from tests.emulators.dataverse.conftest import Api, refusal

LINK = '<link-entity name="contact" from="contactid" to="primarycontactid" {}/>'


def entity(inside: str) -> str:
    return f'<fetch><entity name="account">{inside}</entity></fetch>'


def aggregated(inside: str) -> str:
    return entity(inside).replace("<fetch>", '<fetch aggregate="true">')


@pytest.mark.parametrize(
    ("xml", "code", "text"),
    [
        ("<fetch", "0x80040303", "Invalid XML."),
        ("", "0x80040303", "Invalid XML."),
        ('<!DOCTYPE x><fetch><entity name="account"/></fetch>', "0x80040303", "document type"),
        ("<query/>", "0x8004111c", "'query'"),
        ("<fetch/>", "0x8004111c", "exactly one"),
        ("<fetch><entity/></fetch>", "0x80040303", "Required attribute 'name' of <entity>"),
        ('<fetch><entity name="nothing"/></fetch>', "0x80060888", "they must be the same"),
        ('<fetch><entity name="contact"/></fetch>', "0x80060888", "they must be the same"),
        ('<fetch top="0"><entity name="account"/></fetch>', "0x8004110c", "'top'"),
        ('<fetch count="5001"><entity name="account"/></fetch>', "0x8004110c", "'count'"),
        ('<fetch page="x"><entity name="account"/></fetch>', "0x8004110c", "'page'"),
        ('<fetch distinct="maybe"><entity name="account"/></fetch>', "0x80040303", "'maybe'"),
        ('<fetch top="5" page="1"><entity name="account"/></fetch>', "0x80040303",
         "The top attribute can't be specified with paging attribute page"),
        ('<fetch distinct="true"><entity name="account"/></fetch>', "0x8004112c", "attribute"),
        (aggregated(""), "0x8004112c", "attribute"),
        (entity("<nothing/>"), "0x8004111c", "'nothing'"),
        (entity("<attribute/>"), "0x80040303", "Required attribute 'name'"),
        (entity('<attribute name="nothing"/>'), "0x80041103", "Name = 'nothing'"),
        (entity('<attribute name="name"/><attribute name="name"/>'), "0x80041130", "'name'"),
        (entity('<order alias="name"/>'), "0x80041132", "'alias'"),
        (entity("<order/>"), "0x80041133", "'attribute'"),
        (entity('<order attribute="name" entityname="x"/>'), "0x8004110a", "'x'"),
        (entity('<filter type="xor"/>'), "0x80041122", "'xor'"),
        (entity("<filter><nothing/></filter>"), "0x8004111c", "'nothing'"),
        (entity('<filter><condition attribute="name" operator="near"/></filter>'), "0x80041120",
         "'near'"),
        (entity('<filter><condition attribute="name"/></filter>'), "0x80040303", "'operator'"),
        (entity('<filter><condition attribute="name" operator="eq"/></filter>'), "0x80041108",
         "takes 1 values; 0 were given"),
        (entity('<filter><condition attribute="name" operator="eq"><x/></condition></filter>'),
         "0x8004111c", "'x'"),
        (entity('<filter><condition attribute="x" operator="null"/></filter>'), "0x80041103",
         "Name = 'x'"),
        (entity('<filter><condition attribute="name" operator="null" entityname="x"/></filter>'),
         "0x8004110a", "'x'"),
        (entity('<filter><condition attribute="createdon" operator="eq" value="x"/></filter>'),
         "0x80040203", "Edm.DateTimeOffset"),
        (entity('<filter><condition attribute="statecode" operator="like" value="x"/></filter>'),
         "0x80041120", "not valid for 'statecode'"),
        (entity('<filter><condition attribute="name" operator="like" valueof="name"/></filter>'),
         "0x80041120", "takes no 'valueof'"),
        (entity(LINK.format('link-type="sideways"')), "0x80041117", "'sideways'"),
        (entity(LINK.format('link-type="any"')), "0x80041117", "'any'"),
        (entity(LINK.replace("contactid", "x", 1).format("")), "0x80041103", "Name = 'x'"),
        (entity(LINK.replace('"contact"', '"nothing"').format("")), "0x80041102", "'nothing'"),
        (entity(LINK.format('alias="x"') * 2), "0x80041130", "'x'"),
        (entity(LINK.format('alias="x y"')), "0x80041109", "'x y'"),
        (entity('<attribute name="name" alias="x.y"/>'), "0x80041109", "'x.y'"),
        (entity(LINK.format("") * 16), "0x8004430d", "exceeded maximum limit"),
        (entity('<attribute name="name" alias="x" aggregate="count"/>'), "0x80041107",
         "aggregate='true'"),
        (aggregated('<attribute name="name"/>'), "0x80041107", "aggregate='true'"),
        (aggregated('<attribute name="name" aggregate="count"/>'), "0x8004110b", "an alias"),
        (aggregated('<attribute name="name" alias="x" aggregate="median"/>'), "0x8004111a",
         "'median'"),
        (aggregated('<attribute name="name" alias="x" aggregate="count" groupby="true"/>'),
         "0x80041137", "both group by and aggregate"),
        (aggregated('<attribute name="createdon" alias="x" groupby="true" dategrouping="hour"/>'),
         "0x80041135", "'hour'"),
        (aggregated('<attribute name="name" alias="x" groupby="true" dategrouping="day"/>'),
         "0x80041135", "it is no date"),
        (aggregated('<attribute name="name" alias="x" groupby="true"/><order attribute="name"/>'),
         "0x80041131", "'attribute'"),
        (aggregated('<attribute name="name" alias="x" groupby="true"/><order alias="y"/>'),
         "0x8004110a", "'y'"),
        (aggregated('<attribute name="name" alias="x" groupby="true"/><order/>'), "0x80041134",
         "'alias'"),
    ],
)  # fmt: skip
def test_what_dataverse_would_not_take_is_refused(api: Api, xml: str, code: str, text: str) -> None:
    answer = api.get(f"accounts?fetchXml={quote(xml)}")

    assert refusal(answer)[:2] == (400, code)
    assert text in refusal(answer)[2]


CROSS_APPLY = LINK.format('link-type="matchfirstrowusingcrossapply"')
FISCAL = '<attribute name="createdon" alias="x" groupby="true" dategrouping="fiscal-year"/>'


@pytest.mark.parametrize(
    ("xml", "option"),
    [
        (entity('<attribute name="name" rowaggregate="x"/>'), ""),
        (entity(CROSS_APPLY), ""),
        ('<fetch datasource="retained"><entity name="account"/></fetch>', ""),
        (entity(""), "$select=name&"),
        (aggregated(FISCAL), ""),
    ],
)
def test_what_is_not_emulated_says_so(api: Api, xml: str, option: str) -> None:
    answer = api.get(f"accounts?{option}fetchXml={quote(xml)}")

    assert refusal(answer)[:2] == (501, "0x80040219")
