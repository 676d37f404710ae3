import httpx
import pytest

from work365.entrypoints.demo.administrator import NotConsented, consent

LINK = "https://localhost:1/api/consent/links/of-nobody"


def answering(text: str, status: int = 200) -> httpx.Client:
    def answer(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(status, html=text)

    return httpx.Client(transport=httpx.MockTransport(answer))


@pytest.mark.parametrize(
    ("text", "status"), [("<h1>Not here</h1>", 200), ("<h1>Connected</h1>", 410)]
)
def test_pages_that_do_not_end_in_a_connection_are_said(text: str, status: int) -> None:
    with (
        answering(text, status) as http,
        pytest.raises(NotConsented, match=f"ended with HTTP {status}") as refused,
    ):
        consent(http, LINK)

    assert "of-nobody" not in str(refused.value)


def test_pages_without_an_end_are_given_up() -> None:
    endless = '<form action="/next"><input type="hidden" name="step" value="factor"></form>'

    with answering(endless) as http, pytest.raises(NotConsented, match="ended with HTTP 200"):
        consent(http, LINK)
