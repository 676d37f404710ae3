"""The partner's administrator in the demo: goes through Microsoft's pages as a browser would."""

from html.parser import HTMLParser
from urllib.parse import urljoin

import httpx

from work365.errors import Contradiction

ACCOUNT = "ada@northstar-cloud.example"
PASSWORD = "local-only"  # noqa: S105  opens nothing but the emulator of Entra
STEPS_MAX = 8


class NotConsented(Contradiction):
    """The pages did not end where they should."""

    code = "not_consented"


class _Form(HTMLParser):
    """The form of a page: where it goes, and its hidden fields."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.action = ""
        self.fields: dict[str, str] = {}
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take what a browser would send."""
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.action = given.get("action", "")
        if tag == "input" and given.get("type") == "hidden":
            self.fields[given["name"]] = given["value"]


def consent(http: httpx.Client, link: str) -> None:
    """Open a consent link, sign in with a second factor, and accept.

    Raises: NotConsented.
    """
    answer = http.post(link)
    for _ in range(STEPS_MAX):
        if answer.has_redirect_location:
            answer = http.get(urljoin(str(answer.url), answer.headers["Location"]))
            continue
        form = _Form(answer.text)
        if not form.action:
            break
        answer = http.post(urljoin(str(answer.url), form.action), data=_filled(form))
    if not answer.is_success or "Connected" not in answer.text:
        # Not its address: that of the link is a secret.
        raise NotConsented(
            f"the consent ended with HTTP {answer.status_code}, and not with a connection; see"
            " that the emulators and the app are of one version"
        )


def _filled(form: _Form) -> dict[str, str]:
    if "step" not in form.fields:
        return form.fields
    given = {**form.fields, "answer": "accept"}
    if form.fields["step"] == "account":
        given |= {"account": ACCOUNT, "password": PASSWORD}
    return given
