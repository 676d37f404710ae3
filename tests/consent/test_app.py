from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path

import pytest

from consent.attempts import COOKIE
from tests.consent.visits import BASE, LINK, LINK_TOKEN, Visit, visiting
from tests.usecases.consents import ANNA, PARTNER
from work365.errors import Contradiction, Refusal, Unavailable, Work365Error
from work365.ports.secrets import Secret


@pytest.fixture
def visit(tmp_path: Path) -> Iterator[Visit]:
    with visiting(tmp_path) as made:
        yield made


class TestLinkPage:
    def test_says_who_asks_for_what(self, visit: Visit) -> None:
        page = visit.browser.get(LINK)

        assert page.status_code == HTTPStatus.OK
        assert PARTNER in page.text
        assert "05 November 2026, 09:30 UTC" in page.text
        assert "Users and licences" in page.text

    def test_runs_nothing_that_a_name_says(self, visit: Visit) -> None:
        page = visit.browser.get(LINK)

        assert "<script" not in page.text
        assert "Berta &lt;script&gt;" in page.text

    def test_uses_up_nothing(self, visit: Visit) -> None:
        for _ in range(3):
            assert visit.browser.get(LINK).status_code == HTTPStatus.OK

    @pytest.mark.parametrize("token", ["unknown", "a" * 5_000, "%00", "..%2f..%2fcallback"])
    def test_of_an_unknown_link_says_so(self, visit: Visit, token: str) -> None:
        page = visit.browser.get(f"{BASE}/links/{token}")

        assert page.status_code in (HTTPStatus.GONE, HTTPStatus.NOT_FOUND)

    def test_of_an_expired_link_says_when(self, visit: Visit) -> None:
        visit.now += timedelta(days=3)

        page = visit.browser.get(LINK)

        assert page.status_code == HTTPStatus.GONE
        assert "expired on 05 November 2026 at 09:30 UTC" in page.text

    def test_is_kept_and_embedded_by_nobody(self, visit: Visit) -> None:
        headers = visit.browser.get(LINK).headers

        assert headers["Cache-Control"] == "no-store"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert "form-action 'self' https://login.example;" in headers["Content-Security-Policy"]


class TestLeaving:
    def test_binds_the_sign_in_to_the_browser(self, visit: Visit) -> None:
        response = visit.browser.post(LINK)

        cookie = response.headers["Set-Cookie"]
        assert cookie.startswith(f"{COOKIE}=")
        for attribute in ("HttpOnly", "Secure", "SameSite=none", "Path=/", "Max-Age=600"):
            assert attribute in cookie
        assert "Domain" not in cookie

    def test_says_nothing_of_the_verifier_in_the_address(self, visit: Visit) -> None:
        response = visit.browser.post(LINK)

        assert "verifier" not in response.headers["Location"]

    def test_is_not_possible_with_a_used_link(self, visit: Visit) -> None:
        visit.come_back({"state": visit.begin(), "code": "a-good-code"})

        assert visit.browser.post(LINK).status_code == HTTPStatus.GONE


class TestComingBack:
    def test_connects(self, visit: Visit) -> None:
        page = visit.come_back({"state": visit.begin(), "code": "a-good-code"})

        assert page.status_code == HTTPStatus.OK
        assert ANNA.name in page.text
        assert visit.is_connected

    def test_shows_no_token(self, visit: Visit) -> None:
        page = visit.come_back({"state": visit.begin(), "code": "a-good-code"})

        for secret in (ANNA.refresh_token, ANNA.access_token, Secret("a-good-code"), LINK_TOKEN):
            assert secret.reveal() not in page.text

    def test_forgets_what_the_browser_kept(self, visit: Visit) -> None:
        page = visit.come_back({"state": visit.begin(), "code": "a-good-code"})

        assert f'{COOKIE}=""; expires=' in page.headers["Set-Cookie"]
        assert COOKIE not in visit.browser.cookies

    def test_twice_connects_once(self, visit: Visit) -> None:
        state = visit.begin()
        kept = visit.browser.cookies[COOKIE]
        visit.come_back({"state": state, "code": "a-good-code"})
        visit.browser.cookies.set(COOKIE, kept)

        again = visit.come_back({"state": state, "code": "a-good-code"})

        assert again.status_code == HTTPStatus.GONE
        assert visit.office.sign_ins.redeemed == ["a-good-code"]

    def test_without_the_cookie_redeems_nothing(self, visit: Visit) -> None:
        state = visit.begin()
        visit.browser.cookies.clear()

        page = visit.come_back({"state": state, "code": "a-good-code"})

        assert page.status_code == HTTPStatus.BAD_REQUEST
        assert "does not keep cookies" in page.text
        assert visit.office.sign_ins.redeemed == []

    @pytest.mark.parametrize("state", ["another", "", "ä"])
    def test_with_another_state_redeems_nothing(self, visit: Visit, state: str) -> None:
        visit.begin()

        page = visit.come_back({"state": state, "code": "a-good-code"})

        assert page.status_code == HTTPStatus.BAD_REQUEST
        assert "another sign-in" in page.text
        assert visit.office.sign_ins.redeemed == []

    @pytest.mark.parametrize("cookie", ["x", "e30=", "bnVsbA==", "ä", "A" * 9_000])
    def test_with_a_broken_cookie_redeems_nothing(self, visit: Visit, cookie: str) -> None:
        state = visit.begin()

        page = visit.browser.post(
            f"{BASE}/callback",
            data={"state": state, "code": "a-good-code"},
            headers=[(b"Cookie", f"{COOKIE}={cookie}".encode())],
        )

        assert page.status_code == HTTPStatus.BAD_REQUEST
        assert visit.office.sign_ins.redeemed == []

    def test_too_late_redeems_nothing(self, visit: Visit) -> None:
        state = visit.begin()
        visit.now += timedelta(minutes=10, seconds=1)

        page = visit.come_back({"state": state, "code": "a-good-code"})

        assert "longer than 10 minutes" in page.text
        assert visit.office.sign_ins.redeemed == []

    def test_after_cancelling_says_that_nothing_was_stored(self, visit: Visit) -> None:
        page = visit.come_back({"state": visit.begin(), "error": "access_denied"})

        assert page.status_code == HTTPStatus.BAD_REQUEST
        assert "did not consent" in page.text
        assert not visit.is_connected

    def test_with_an_error_shows_it_as_text(self, visit: Visit) -> None:
        said = "AADSTS90094: <b>admin</b> needed " + "x" * 5_000

        page = visit.come_back(
            {"state": visit.begin(), "error": "consent_required", "error_description": said}
        )

        assert "AADSTS90094: &lt;b&gt;admin&lt;/b&gt; needed" in page.text
        assert len(page.text) < 3_000

    def test_without_a_code_redeems_nothing(self, visit: Visit) -> None:
        page = visit.come_back({"state": visit.begin()})

        assert page.status_code == HTTPStatus.BAD_REQUEST
        assert visit.office.sign_ins.redeemed == []

    def test_by_an_address_instead_of_a_form_is_not_possible(self, visit: Visit) -> None:
        state = visit.begin()

        page = visit.browser.get(f"{BASE}/callback?state={state}&code=a-good-code")

        assert page.status_code == HTTPStatus.METHOD_NOT_ALLOWED

    @pytest.mark.parametrize(
        ("failure", "status"),
        [
            (Refusal("The user has no role in Partner Center."), HTTPStatus.BAD_REQUEST),
            (Unavailable("Microsoft does not answer."), HTTPStatus.SERVICE_UNAVAILABLE),
            (Contradiction("An answer that cannot be."), HTTPStatus.BAD_GATEWAY),
        ],
    )
    def test_is_told_what_microsoft_says(
        self, visit: Visit, failure: Work365Error, status: HTTPStatus
    ) -> None:
        visit.office.probe.failure = failure

        page = visit.come_back({"state": visit.begin(), "code": "a-good-code"})

        assert page.status_code == status
        assert str(failure) in page.text
        assert not visit.is_connected

    def test_without_a_second_factor_says_how_to_get_one(self, visit: Visit) -> None:
        visit.office.sign_ins.user = replace(ANNA, has_mfa=False)

        page = visit.come_back({"state": visit.begin(), "code": "a-good-code"})

        assert page.status_code == HTTPStatus.BAD_REQUEST
        assert "https://aka.ms/mfasetup" in page.text


class TestGuards:
    def test_turn_away_a_form_that_is_too_large(self, visit: Visit) -> None:
        state = visit.begin()

        page = visit.come_back({"state": state, "code": "x" * 70_000})

        assert page.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        assert visit.office.sign_ins.redeemed == []

    def test_turn_away_more_sign_ins_than_people_try(self, visit: Visit) -> None:
        for _ in range(60):
            visit.come_back({"state": "guessed", "code": "a-good-code"})

        page = visit.come_back({"state": "guessed", "code": "a-good-code"})

        assert page.status_code == HTTPStatus.TOO_MANY_REQUESTS
        assert "Wait a minute" in page.text

    def test_let_people_in_again_after_a_minute(self, visit: Visit) -> None:
        for _ in range(61):
            visit.come_back({"state": "guessed", "code": "a-good-code"})
        visit.now += timedelta(minutes=1)

        page = visit.come_back({"state": visit.begin(), "code": "a-good-code"})

        assert page.status_code == HTTPStatus.OK

    def test_show_no_documentation_of_the_interface(self, visit: Visit) -> None:
        for path in ("/docs", "/redoc", "/openapi.json"):
            assert visit.browser.get(path).status_code == HTTPStatus.NOT_FOUND
