"""From the link to the connection and back: pages, sign-in, vault and rows, each in its place."""

from collections.abc import Iterator
from http import HTTPStatus

import pytest

from dataverse_schema.options import ConnectionState as KeptState
from dataverse_schema.tables.microsoft import Consent
from dataverse_schema.tables.providers import Provider, ProviderAccount
from tests.emulators.entra.person import Person
from tests.journeys.microsoft.stage import MicrosoftStage, microsoft_stage, text_of
from work365.emulators.entra.seeds import AGENT, AGENT_WITHOUT_MFA, APPLICATION_ID, CLERK
from work365.emulators.partner_center.seeds import PARTNER
from work365.entrypoints.connection import look_at, offer_link, withdraw
from work365.entrypoints.microsoft import PROVIDER, microsoft_of
from work365.entrypoints.provider_work import bring_over
from work365.jobs import ProviderPart
from work365.usecases.check_connection import Verdict


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MicrosoftStage]:
    with microsoft_stage(tmp_path_factory.mktemp("consent")) as stage:
        yield stage


def link_of(stage: MicrosoftStage) -> str:
    return offer_link(stage.services, PROVIDER, requested_by="Berta Bauer").address.reveal()


def verdicts(stage: MicrosoftStage) -> dict[str, Verdict]:
    return {seen.name: seen.verdict for seen in look_at(stage.services, PROVIDER).seen}


def connection(stage: MicrosoftStage) -> KeptState | None:
    [provider] = stage.rows(Provider)
    return provider.connection


class TestAnAdministratorWhoConsents:
    @pytest.fixture(autouse=True)
    def consented(self, stage: MicrosoftStage) -> None:
        self.page = stage.consent(link_of(stage))

    def test_is_told_that_the_partner_is_connected(self) -> None:
        assert self.page.status_code == HTTPStatus.OK
        assert "Connected" in text_of(self.page)
        assert AGENT in text_of(self.page)

    def test_is_on_record_with_what_was_seen_of_the_sign_in(self, stage: MicrosoftStage) -> None:
        row = max(stage.rows(Consent), key=lambda row: row.given_on)
        assert (row.tenant, row.given_by, row.mfa_seen) == (PARTNER, AGENT, True)
        assert row.given_on == stage.now.replace(microsecond=0)
        assert row.withdrawn_on is None
        assert connection(stage) is KeptState.DELEGATED

    def test_leaves_a_token_in_the_partners_vault_and_in_no_row(
        self, stage: MicrosoftStage
    ) -> None:
        kept = microsoft_of(stage.services).vault.read(PARTNER)

        assert kept is not None
        rows = stage.here.dataverse_file.read_bytes()
        assert kept.refresh_token.reveal().encode() not in rows

    def test_makes_everything_work(self, stage: MicrosoftStage) -> None:
        assert set(verdicts(stage).values()) == {Verdict.WORKS}

    def test_is_not_needed_again_when_months_have_passed_in_use(
        self, stage: MicrosoftStage
    ) -> None:
        for _ in range(2):
            stage.pass_time(days=60)
            assert microsoft_of(stage.services).delegated_tokens.prolong() > stage.now

        assert set(verdicts(stage).values()) == {Verdict.WORKS}

    def test_opens_nothing_with_the_same_link_again(self, stage: MicrosoftStage) -> None:
        link = link_of(stage)
        stage.consent(link)

        again = stage.browser.get(link)

        assert again.status_code == HTTPStatus.GONE
        assert "was used already" in text_of(again)


class TestAConsentThatIsNoGood:
    @pytest.mark.parametrize("account", [AGENT_WITHOUT_MFA, CLERK])
    def test_changes_nothing(self, stage: MicrosoftStage, account: str) -> None:
        before = (stage.rows(Consent), connection(stage))
        answers = {"enrolment": "cancel", "approval": "cancel", "consent": "cancel"}
        person = Person(stage.browser, account=account, answers=answers)

        page = stage.consent(link_of(stage), person)

        assert page.status_code == HTTPStatus.BAD_REQUEST
        assert "Not connected" in text_of(page)
        assert (stage.rows(Consent), connection(stage)) == before

    def test_is_one_whose_link_is_too_old(self, stage: MicrosoftStage) -> None:
        link = link_of(stage)
        stage.pass_time(hours=73)

        page = stage.browser.get(link)

        assert page.status_code == HTTPStatus.GONE


class TestAWithdrawal:
    @pytest.fixture(autouse=True)
    def withdrawn(self, stage: MicrosoftStage) -> None:
        stage.consent(link_of(stage))
        self.done = withdraw(stage.services, PROVIDER)

    def test_takes_the_token_away_and_is_on_record(self, stage: MicrosoftStage) -> None:
        assert microsoft_of(stage.services).vault.read(PARTNER) is None
        assert [row for row in stage.rows(Consent) if row.withdrawn_on is None] == []
        assert connection(stage) is KeptState.APP_ONLY
        assert APPLICATION_ID in self.done.left_to_do[0]

    def test_leaves_what_the_application_does_alone(self, stage: MicrosoftStage) -> None:
        bring_over(stage.services, ProviderPart.CUSTOMERS, at=stage.now)

        own = [one for one in stage.world.customers.values() if one.partner == PARTNER]
        assert len(stage.rows(ProviderAccount)) == len(own)
        found = verdicts(stage)
        assert found["Customers at Partner Center"] is Verdict.WORKS
        assert found["Price sheets"] is Verdict.NOT_NEEDED

    def test_lets_what_needs_it_say_so(self, stage: MicrosoftStage) -> None:
        brought = bring_over(stage.services, ProviderPart.PRICES, at=stage.now)

        assert {finding.code for finding in brought.findings} == {"needs_delegated_connection"}
        assert brought.tally == {}
        assert "choose Get consent link" in brought.findings[0].message
