import pytest

from tests.adapters.dataverse.installation.environments import BLANK, URL
from work365.adapters.dataverse.installation.declarations import declared
from work365.adapters.dataverse.installation.target import ServiceUrlWrong, service_url, target_of


@pytest.mark.parametrize(
    "url",
    [
        "https://name.azurewebsites.net",
        "https://name.azurewebsites.net/",
        "https://billing.contoso.example:443",
        "http://127.0.0.1:7071",
        "http://localhost:7071",
    ],
)
def test_an_address_that_dataverse_can_ring_at_is_taken(url: str) -> None:
    assert service_url(declared(), target_of(url=URL, service_url=url), BLANK) == url


@pytest.mark.parametrize(
    "url",
    [
        "name.azurewebsites.net",
        "http://name.azurewebsites.net",
        "https://name.azurewebsites.net:8443",
        "https://name.azurewebsites.net/api",
        "https://name.azurewebsites.net?code=1",
        "https://name azurewebsites.net",
        "https://name",
        "javascript:alert(1)",
        "http://127.0.0.1.contoso.example",
    ],
)
def test_an_address_at_which_it_does_not_ring_or_not_safely_is_refused(url: str) -> None:
    with pytest.raises(ServiceUrlWrong) as refused:
        service_url(declared(), target_of(url=URL, service_url=url), BLANK)

    assert f"the service's address is {url!r}; use https, port 443" in str(refused.value)


def test_a_password_in_the_address_is_not_repeated() -> None:
    target = target_of(url=URL, service_url="https://name:pass-word@contoso.example")

    with pytest.raises(ServiceUrlWrong) as refused:
        service_url(declared(), target, BLANK)

    assert "pass-word" not in str(refused.value)
