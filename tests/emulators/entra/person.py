"""Someone who signs in: fills in the forms that the pages have, as a browser would send them."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import parse_qsl, urljoin, urlsplit

import httpx

from work365.emulators.entra.seeds import AGENT, PASSWORD

STEPS_MAX = 6


class FormReader(HTMLParser):
    """Reads a page's form and headings."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.action = ""
        self.fields: dict[str, str] = {}
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.action = given["action"]
        if tag == "input" and given.get("type") == "hidden":
            self.fields[given["name"]] = given["value"]

    def handle_data(self, data: str) -> None:
        self.text += " " + data.strip()


@dataclass
class Person:
    """Who signs in, and how they answer each step."""

    http: httpx.Client = field(repr=False)
    account: str = AGENT
    password: str = PASSWORD
    answers: dict[str, str] = field(default_factory=dict)
    """By step; `accept` where nothing is said."""

    for_everyone: bool = False
    seen: list[str] = field(default_factory=list)
    """The texts of the pages."""

    def visits(self, address: str) -> dict[str, str]:
        """Go through a sign-in; return what the application is told, or nothing."""
        answer = self.http.get(address, follow_redirects=False)
        for _ in range(STEPS_MAX):
            if answer.is_redirect:
                return dict(parse_qsl(urlsplit(answer.headers["Location"]).query))
            page = FormReader(answer.text)
            self.seen.append(page.text)
            if "step" not in page.fields:
                return page.fields
            answer = self._step(answer, page)
        return {}

    def _step(self, answer: httpx.Response, page: FormReader) -> httpx.Response:
        form = {**page.fields, "answer": self.answers.get(page.fields["step"], "accept")}
        if page.fields["step"] == "account":
            form |= {"account": self.account, "password": self.password}
        if page.fields["step"] == "consent" and self.for_everyone:
            form["everyone"] = "yes"
        return self.http.post(
            urljoin(str(answer.url), page.action), data=form, follow_redirects=False
        )
