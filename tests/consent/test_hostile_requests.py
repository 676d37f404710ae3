"""Requests that no browser of ours sends: each is turned away in words, and uses up nothing."""

import json
import socket
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Mapping
from dataclasses import replace
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from consent.attempts import COOKIE
from consent.guards import LOOKS_A_MINUTE_MAX
from tests.consent.visits import BASE, LINK, LINK_TOKEN, Visit, trusting, visiting
from tests.usecases.consents import NOW
from work365.usecases.request_consent import hash_of

ANSWER = {"state": "known", "code": "a-good-code"}
KEPT = {
    "state": "known",
    "nonce": "n",
    "verifier": "v",
    "token": LINK_TOKEN.reveal(),
    "begun": int(NOW.timestamp()),
}


@pytest.fixture
def visit(tmp_path: Path) -> Iterator[Visit]:
    with visiting(tmp_path) as made:
        yield made


def cookie_of(kept: Mapping[str, object] | bytes) -> str:
    text = kept if isinstance(kept, bytes) else json.dumps(kept).encode()
    return urlsafe_b64encode(text).decode()


def come_back(visit: Visit, *cookies: tuple[bytes, str]) -> int:
    header = b"; ".join(name + b"=" + value.encode() for name, value in cookies)
    page = visit.browser.post(f"{BASE}/callback", data=ANSWER, headers=[(b"Cookie", header)])
    return page.status_code


class TestCookie:
    def test_made_by_hand_is_one_like_any_other(self, visit: Visit) -> None:
        status = come_back(visit, (COOKIE.encode(), cookie_of(KEPT)))

        assert (status, visit.is_connected) == (HTTPStatus.OK, True)

    @pytest.mark.parametrize("before", [b"\xa0", b"\x85", b"\x1f", b"\xc2\xa0", b"="])
    def test_of_another_host_that_only_looks_like_ours_is_not_taken(
        self, visit: Visit, before: bytes
    ) -> None:
        status = come_back(visit, (before + COOKIE.encode(), cookie_of(KEPT)))

        assert (status, visit.office.sign_ins.redeemed) == (HTTPStatus.BAD_REQUEST, [])

    def test_that_comes_twice_is_not_chosen_from(self, visit: Visit) -> None:
        ours = (COOKIE.encode(), cookie_of(KEPT))

        status = come_back(visit, ours, ours)

        assert (status, visit.office.sign_ins.redeemed) == (HTTPStatus.BAD_REQUEST, [])

    @pytest.mark.parametrize(
        "kept",
        [
            b"[" * 1_400,
            {**KEPT, "state": "\ud800"},
            {**KEPT, "nonce": "\u00e4"},
            {**KEPT, "token": {"a": 1}},
            {**KEPT, "begun": float("nan")},
            {**KEPT, "begun": 10**30},
        ],
        ids=["deep", "half a character", "not ascii", "object", "no number", "far future"],
    )
    def test_that_cannot_be_is_refused_in_words(
        self, visit: Visit, kept: Mapping[str, object] | bytes
    ) -> None:
        status = come_back(visit, (COOKIE.encode(), cookie_of(kept)))

        assert (status, visit.office.sign_ins.redeemed) == (HTTPStatus.BAD_REQUEST, [])

    def test_with_the_hash_that_the_ledger_has_opens_nothing(self, visit: Visit) -> None:
        hashed = {**KEPT, "token": hash_of(LINK_TOKEN)}

        status = come_back(visit, (COOKIE.encode(), cookie_of(hashed)))

        assert (status, visit.office.sign_ins.redeemed) == (HTTPStatus.GONE, [])

    def test_stays_when_another_page_embeds_a_link(self, visit: Visit) -> None:
        state = visit.begin()
        visit.browser.get(f"{BASE}/links/unknown")

        page = visit.come_back({"state": state, "code": "a-good-code"})

        assert page.status_code == HTTPStatus.OK


class TestAddresses:
    @pytest.mark.parametrize(
        "path", [f"{LINK}/", f"{BASE}/links/", f"{BASE}/consent.css/", f"{BASE}/links/a%2fb"]
    )
    def test_of_no_page_lead_nowhere_else(self, visit: Visit, path: str) -> None:
        page = visit.browser.get(path, headers={"Host": "evil.example"})

        assert page.status_code == HTTPStatus.NOT_FOUND
        assert "Location" not in page.headers
        assert "There is no such page" in page.text

    @pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
    def test_are_had_by_the_methods_of_forms_only(self, visit: Visit, method: str) -> None:
        page = visit.browser.request(method, LINK)

        assert page.status_code == HTTPStatus.METHOD_NOT_ALLOWED
        assert page.headers["Content-Type"].startswith("text/html")
        assert page.headers["Cache-Control"] == "no-store"

    @pytest.mark.parametrize("token", ["%00", "%ff%fe", "%0d%0aSet-Cookie:a=b", "%27%20or%201"])
    def test_with_odd_characters_open_nothing(self, visit: Visit, token: str) -> None:
        page = visit.browser.get(f"{BASE}/links/{token}")

        assert page.status_code == HTTPStatus.GONE
        assert "Set-Cookie" not in page.headers

    def test_are_not_asked_for_without_end(self, visit: Visit) -> None:
        statuses = [
            visit.browser.get(f"{BASE}/links/guessed").status_code
            for _ in range(LOOKS_A_MINUTE_MAX + 1)
        ]

        assert statuses[-2:] == [HTTPStatus.GONE, HTTPStatus.TOO_MANY_REQUESTS]


class TestForms:
    @pytest.mark.parametrize(
        ("kind", "form"),
        [
            ("multipart/form-data", b"x"),
            ("multipart/form-data; boundary=b", b"x"),
            (
                "multipart/form-data; boundary=b",
                b'--b\r\nContent-Disposition: form-data; name="code"; filename="c"\r\n\r\nc\r\n'
                b"--b--\r\n",
            ),
            ("application/x-www-form-urlencoded", b"&".join(b"a%d=1" % n for n in range(5_000))),
            ("application/json", b'{"state": "known", "code": "a-good-code"}'),
            ("application/x-www-form-urlencoded", b"state=known&state=other&code=a"),
        ],
        ids=["no boundary", "no parts", "a file", "many fields", "json", "two states"],
    )
    def test_of_another_kind_redeem_nothing(self, visit: Visit, kind: str, form: bytes) -> None:
        page = visit.browser.post(
            f"{BASE}/callback",
            content=form,
            headers={"Content-Type": kind, "Cookie": f"{COOKIE}={cookie_of(KEPT)}"},
        )

        assert page.status_code == HTTPStatus.BAD_REQUEST
        assert page.headers["Content-Type"].startswith("text/html")
        assert visit.office.sign_ins.redeemed == []

    def test_that_break_off_redeem_nothing(self, visit: Visit) -> None:
        port = urlsplit(visit.address).port
        head = (
            f"POST {BASE}/callback HTTP/1.1\r\nHost: localhost\r\nContent-Length: 500\r\n"
            "Content-Type: application/x-www-form-urlencoded\r\n"
            f"Cookie: {COOKIE}={cookie_of(KEPT)}\r\n\r\nstate=known&code=half-of-a-c"
        )

        with (
            socket.create_connection(("localhost", port), timeout=5) as plain,
            trusting().wrap_socket(plain, server_hostname="localhost") as browser,
        ):
            browser.sendall(head.encode())

        assert visit.browser.get(LINK).status_code == HTTPStatus.OK
        assert visit.office.sign_ins.redeemed == []


class TestProvider:
    def test_whose_tenant_was_emptied_says_so(self, visit: Visit) -> None:
        state = visit.begin()
        kept = visit.office.providers.kept
        visit.office.providers.kept = replace(kept, partner_tenant=None)

        pages = [
            visit.come_back({"state": state, "code": "a-good-code"}),
            visit.browser.get(LINK),
            visit.browser.post(LINK),
        ]

        assert {page.status_code for page in pages} == {HTTPStatus.BAD_REQUEST}
        assert all("has no partner tenant any more" in page.text for page in pages)
        assert visit.office.sign_ins.redeemed == []
