"""What the administrator's guide says that people read is what they read."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from html import unescape
from pathlib import Path

import pytest

from tests.consent.visits import LINK, Visit, visiting
from tests.usecases.consents import ANNA, PROVIDER
from work365.adapters.dataverse.microsoft.consent import USED_MEANWHILE
from work365.adapters.partner_center.errors import Fault
from work365.adapters.partner_center.refusals import RoleMissing
from work365.errors import Work365Error
from work365.identity.failures import CodeRefused, ConnectionExpired, WrongTenant
from work365.ports.consent import ConsentLinkRefused
from work365.ports.tokens import VaultUnavailable
from work365.usecases.withdraw_consent import withdraw_consent

GUIDE = Path(__file__).parents[2] / "docs" / "administrator-guide.md"
SECTION = "### When something is in the way"
GOOD = "a-good-code"
NO_ROLE = Fault(operation="GET /v1/profiles/legalbusiness", description="Forbidden", status=403)


def said_in_the_guide() -> Mapping[str, str]:
    """Return what is read, by what happened."""
    section = GUIDE.read_text().partition(SECTION)[2].partition("\n### ")[0]
    rows = re.findall(r"^\| (.+?) \| (.+?) \|$", section, re.MULTILINE)
    return {what: words for what, words in rows if words not in {"what is read", "---"}}


def replayed(visit: Visit) -> str:
    state = visit.begin()
    visit.come_back({"state": state, "code": GOOD})
    return visit.come_back({"state": state, "code": GOOD}).text


def of_another_sign_in(visit: Visit) -> str:
    earlier = visit.begin()
    visit.begin()
    return visit.come_back({"state": earlier, "code": GOOD}).text


def too_late(visit: Visit) -> str:
    state = visit.begin()
    visit.now += timedelta(minutes=11)
    return visit.come_back({"state": state, "code": GOOD}).text


def old_link(visit: Visit) -> str:
    visit.now += timedelta(hours=73)
    return visit.browser.get(LINK).text


def used_link(visit: Visit) -> str:
    visit.come_back({"state": visit.begin(), "code": GOOD})
    return visit.browser.get(LINK).text


def slower(visit: Visit) -> str:
    state = visit.begin()

    def used_meanwhile(*_args: object, **_named: object) -> None:
        raise ConsentLinkRefused(USED_MEANWHILE)

    vars(visit.office.ledger)["use_request"] = used_meanwhile
    return visit.come_back({"state": state, "code": GOOD}).text


def come_back(visit: Visit, **answer: str) -> str:
    return visit.come_back({"state": visit.begin(), **(answer or {"code": GOOD})}).text


def refused_by_microsoft(error: Work365Error) -> Callable[[Visit], str]:
    def refused(visit: Visit) -> str:
        visit.office.sign_ins.failure = error
        return come_back(visit)

    return refused


def without_a_role(visit: Visit) -> str:
    visit.office.probe.failure = RoleMissing(NO_ROLE)
    return come_back(visit)


def cancelled(visit: Visit) -> str:
    return come_back(visit, error="access_denied")


def without_a_second_factor(visit: Visit) -> str:
    visit.office.sign_ins.user = replace(ANNA, has_mfa=False)
    return come_back(visit)


def not_compliant(visit: Visit) -> str:
    visit.office.probe.compliant = False
    return come_back(visit)


def withdrawn_meanwhile(visit: Visit) -> str:
    office = visit.office
    write: Callable[..., object] = office.vault.write

    def then_withdrawn(*args: object, **named: object) -> object:
        kept = write(*args, **named)
        withdraw_consent(
            provider=PROVIDER,
            at=visit.now,
            has_app_only=False,
            providers=office.providers,
            ledger=office.ledger,
            vault=office.vault,
        )
        return kept

    vars(office.vault)["write"] = then_withdrawn
    return come_back(visit)


def without_a_vault(visit: Visit) -> str:
    def away(*_args: object, **_named: object) -> None:
        raise VaultUnavailable("the vault does not answer")

    vars(visit.office.vault)["write"] = away
    return come_back(visit)


HAPPENINGS: Mapping[str, Callable[[Visit], str]] = {
    "the answer of a sign-in is sent a second time": replayed,
    "the answer belongs to another sign-in": of_another_sign_in,
    "the sign-in took too long": too_late,
    "the link is too old": old_link,
    "the link was used, or a process died while it was being used": used_link,
    "another browser was faster by a moment": slower,
    "the code was used already": refused_by_microsoft(CodeRefused()),
    "the agent is of another organization": refused_by_microsoft(WrongTenant()),
    "the user may not consent, or cancels": cancelled,
    "the user has no role in Partner Center": without_a_role,
    "there was no second factor": without_a_second_factor,
    "Partner Center does not count the second factor": not_compliant,
    "the consent was withdrawn while it was given": withdrawn_meanwhile,
    "the vault keeps nothing": without_a_vault,
    "the token was revoked, or not used for 90 days": refused_by_microsoft(ConnectionExpired()),
}


@pytest.fixture
def visit(tmp_path: Path) -> Iterator[Visit]:
    with visiting(tmp_path) as made:
        yield made


def test_the_guide_tells_of_everything_that_is_tried_here() -> None:
    assert set(said_in_the_guide()) == set(HAPPENINGS)


@pytest.mark.parametrize("what", HAPPENINGS)
def test_what_is_read_is_what_the_guide_says(visit: Visit, what: str) -> None:
    page = " ".join(unescape(HAPPENINGS[what](visit)).split())

    assert said_in_the_guide()[what] in page
    assert GOOD not in page
