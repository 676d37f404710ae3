from urllib.parse import urlsplit

import pytest

from work365.identity.clouds import (
    CHINA,
    CLOUDS,
    GLOBAL,
    US_GOVERNMENT,
    Audience,
    Cloud,
    CloudLacks,
    CloudUnknown,
    cloud_named,
)

EVERY = list(CLOUDS.values())


def addresses(cloud: Cloud) -> list[str]:
    return [cloud.authority, *cloud.addresses.values(), *cloud.audiences.values()]


@pytest.mark.parametrize("cloud", EVERY, ids=lambda cloud: cloud.name)
def test_every_address_is_a_scheme_and_a_host(cloud: Cloud) -> None:
    for address in addresses(cloud):
        parts = urlsplit(address)
        assert (parts.scheme, parts.path, parts.query) == ("https", "", "")


@pytest.mark.parametrize("cloud", EVERY, ids=lambda cloud: cloud.name)
def test_every_interface_has_an_audience(cloud: Cloud) -> None:
    assert cloud.addresses.keys() == cloud.audiences.keys()


def test_each_interface_has_a_token_of_its_own() -> None:
    scopes = {audience: GLOBAL.scope(audience) for audience in Audience}

    assert scopes == {
        Audience.PARTNER_CENTER: "https://api.partnercenter.microsoft.com/.default",
        Audience.PRICE_SHEETS: "https://api.partner.microsoft.com/.default",
        Audience.GRAPH: "https://graph.microsoft.com/.default",
        Audience.AZURE: "https://management.azure.com/.default",
    }


def test_the_us_government_signs_in_elsewhere_and_asks_the_same_partner_center() -> None:
    assert US_GOVERNMENT.authority == "https://login.microsoftonline.us"
    assert US_GOVERNMENT.address(Audience.PARTNER_CENTER) == GLOBAL.address(Audience.PARTNER_CENTER)


def test_a_managed_identity_proves_itself_to_its_own_cloud_only() -> None:
    scopes = [cloud.exchange_scope for cloud in (GLOBAL, US_GOVERNMENT, CHINA)]

    assert scopes == [
        "api://AzureADTokenExchange/.default",
        "api://AzureADTokenExchangeUSGov/.default",
        "api://AzureADTokenExchangeChina/.default",
    ]


@pytest.mark.parametrize("ask", [CHINA.address, CHINA.scope])
def test_what_a_cloud_lacks_is_said_in_words(ask: object) -> None:
    assert callable(ask)

    with pytest.raises(CloudLacks) as refused:
        ask(Audience.PRICE_SHEETS)

    told = str(refused.value)
    assert "no address of price sheets for the cloud 21Vianet (China)" in told
    assert "import it from a file" in told


def test_china_has_no_relationships_through_graph() -> None:
    assert CHINA.lacks_relationships is not None
    assert "by hand" in CHINA.lacks_relationships
    assert (GLOBAL.lacks_relationships, US_GOVERNMENT.lacks_relationships) == (None, None)


def test_billing_is_exported_in_the_global_cloud_only() -> None:
    assert [cloud.name for cloud in EVERY if cloud.lacks_billing_exports is None] == ["global"]


def test_a_cloud_is_known_by_its_name() -> None:
    assert cloud_named("21vianet") is CHINA


def test_a_name_that_there_is_not_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(CloudUnknown, match=r"'germany'.*use global, us-government, 21vianet"):
        cloud_named("germany")
