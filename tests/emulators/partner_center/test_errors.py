import re
from pathlib import Path

from tests.emulators.partner_center.documented import documented
from work365.emulators.partner_center import errors

PACKAGE = Path(errors.__file__).parent
CODE = re.compile(r"(?:bad_request|forbidden|PartnerCenterError)\(\s*(?:\d{3},\s*)?(\d{4,6})\b")
ELSEWHERE = {
    60012,  # the page on assigning licences
    900307,  # the page on cancelling an Azure subscription
}
"""Codes that a page documents, but not the list of all codes."""


def used_codes() -> set[int]:
    modules = PACKAGE.glob("*.py")
    return {int(code) for path in modules for code in CODE.findall(path.read_text("utf-8"))}


class TestCodes:
    def test_are_found_in_the_modules(self) -> None:
        assert {2011, 800090, 900117, 27009} <= used_codes()

    def test_are_documented(self) -> None:
        known = {int(each["code"]) for each in documented("error_codes")}

        assert used_codes() - known - ELSEWHERE == set()


def test_an_error_has_the_documented_shape() -> None:
    told = documented("subscription_quantity_error_800090")

    body = errors.bad_request(800090, "Subscription quantity cannot be decreased.").body()

    assert body == told
