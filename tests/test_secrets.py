"""No token, secret, code or password is where somebody could read it."""

import logging
import sqlite3
import sys
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
import respx

from tests.adapters.key_vault.running import running_vault
from tests.emulators.entra.running import (
    REDIRECT,
    RunningEntra,
    running_entra,
    this_machine,
)
from tests.identity.answers import Entra
from tests.identity.connected import (
    STATE,
    TENANT,
    SignedIn,
    application_at,
    as_in_azure,
    managed_identity,
    redeemed,
    sign_in,
)
from tests.identity.tokens import CLIENT
from tests.leaks import Watch, watching
from work365.adapters.key_vault.vault import KeyVault
from work365.emulators.entra import seeds
from work365.errors import Work365Error
from work365.identity.app_tokens import AppTokens
from work365.identity.application import Application
from work365.identity.clouds import GLOBAL, Audience
from work365.identity.credentials import DevelopmentSecret
from work365.identity.delegated_tokens import DelegatedTokens
from work365.identity.id_tokens import IdTokens
from work365.identity.memory_vault import MemoryVault
from work365.ports.secrets import Secret

MARKER = "marker/0f4b6c2d+that-nobody-may-read"


class Installation:
    """A partner's installation: Entra, a vault, the application, all of it tapped."""

    def __init__(self, entra: RunningEntra, vault: KeyVault, watch: Watch) -> None:
        self.entra = entra
        self.watch = watch
        self.application = application_at(entra, managed_identity(entra))
        self.delegated = DelegatedTokens(self.application, vault, partner_tenant=TENANT)

    def consent(self) -> SignedIn:
        """Go from Microsoft's page to a token in the vault."""
        signed_in = sign_in(self.application, self.entra.http)
        self.watch.know("nonce", signed_in.page.nonce.reveal())
        self.watch.know("code_verifier", signed_in.page.verifier.reveal())
        self.watch.know("code", signed_in.told["code"])
        grant = redeemed(self.application, signed_in)
        assert grant.id_token is not None
        IdTokens(self.application).check(grant.id_token, tenant=TENANT, nonce=signed_in.page.nonce)
        self.delegated.connect(grant)
        return signed_in

    def fails(self, work: Callable[[], object]) -> None:
        """Do what has to fail, and look into what would be printed of it."""
        with pytest.raises(Work365Error) as raised:
            work()
        logging.getLogger("work365").error("it failed", exc_info=raised.value)
        self.watch.saw(raised.value)


@pytest.fixture
def watch(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Watch]:
    with watching(tmp_path / "kept", capfd) as watch:
        watch.tap_requests(monkeypatch)
        watch.know("password", seeds.PASSWORD)
        watch.know("state", STATE.reveal())
        yield watch


@pytest.fixture
def installation(
    tmp_path: Path, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Installation]:
    with running_entra(tmp_path, client_clock=this_machine) as entra:
        watch.tap(entra.http)
        as_in_azure(entra, monkeypatch)
        with running_vault(entra, frozenset({"get", "set", "delete", "purge"})) as vault:
            yield Installation(entra, KeyVault(vault.client), watch)


class TestIdentity:
    def test_a_consent_and_its_use_leave_no_secret_behind(
        self, installation: Installation, watch: Watch
    ) -> None:
        installation.consent()
        AppTokens(installation.application).token(Audience.GRAPH, tenant=TENANT)
        for audience in (Audience.PARTNER_CENTER, Audience.PRICE_SHEETS, Audience.GRAPH):
            installation.delegated.token(audience)
        installation.delegated.prolong()
        installation.delegated.disconnect()

        assert watch.leaks() == []
        assert watch.kinds >= {
            "access_token",
            "Authorization",
            "client_assertion",
            "code",
            "code_verifier",
            "id_token",
            "nonce",
            "password",
            "part of access_token",
            "part of id_token",
            "refresh_token",
            "state",
            "value",
        }

    def test_what_is_refused_is_told_without_a_secret(
        self, installation: Installation, watch: Watch
    ) -> None:
        used = installation.consent()
        other = installation.application.sign_in_page(
            tenant=TENANT, redirect_uri=REDIRECT, state=STATE, prompt="consent"
        )
        code = Secret(used.told["code"])
        wrong = application_at(installation.entra, DevelopmentSecret(Secret(MARKER)))
        watch.know("wrong secret", MARKER)

        installation.fails(lambda: redeemed(installation.application, used))
        installation.fails(
            lambda: installation.application.redeem_code(
                code,
                tenant=TENANT,
                redirect_uri=REDIRECT,
                nonce=other.nonce,
                verifier=other.verifier,
            )
        )
        installation.fails(lambda: AppTokens(wrong).token(Audience.GRAPH, tenant=TENANT))
        installation.entra.control("POST", "users/revoke", user=seeds.AGENT)
        installation.fails(lambda: installation.delegated.token(Audience.GRAPH))
        installation.delegated.disconnect()
        installation.fails(lambda: installation.delegated.token(Audience.GRAPH))

        assert watch.leaks() == []


class TestBrokenAnswers:
    @pytest.mark.parametrize(
        "body",
        [
            f'{{"access_token": "{MARKER}", "refresh_token": "{MARKER}',
            f'{{"access_token": "{MARKER}", "expires_in": "soon"}}',
            f'{{"access_token": "ok", "expires_in": 3600, "id_token": "{MARKER}"}}',
            f'{{"access_token": ["{MARKER}"], "expires_in": 3600}}',
            f"<html>{MARKER}</html>",
        ],
    )
    @pytest.mark.parametrize("status", [200, 302, 400, 500])
    def test_an_answer_that_is_cut_or_wrong_is_shown_by_nobody(
        self, watch: Watch, status: int, body: str
    ) -> None:
        watch.know("whatever was in the answer", MARKER)

        with respx.mock, httpx.Client() as http:
            application = _answered(http, httpx.Response(status, text=body))
            vault = MemoryVault()
            vault.write(TENANT, Secret(MARKER), redeemed_at=this_machine(), replaces=None)
            delegated = DelegatedTokens(application, vault, partner_tenant=TENANT)
            with pytest.raises(Work365Error) as raised:
                delegated.token(Audience.GRAPH)
            watch.saw(raised.value)
            logging.getLogger("work365").error("it failed", exc_info=raised.value)

        assert watch.leaks() == []


class TestWatch:
    """The watch sees a secret wherever one is left."""

    @pytest.fixture
    def careless(self, tmp_path: Path, watch: Watch) -> Watch:
        (tmp_path / "kept").mkdir()
        watch.know("token", MARKER)
        return watch

    def test_in_a_log(self, careless: Watch) -> None:
        logging.getLogger("careless").debug("got %s", MARKER)

        assert careless.leaks() == ["token in the log"]

    def test_in_a_log_of_a_library_that_warns(self, careless: Watch) -> None:
        logging.getLogger("msal.application").warning("got %s", MARKER)

        assert careless.leaks() == ["token in the log"]

    def test_in_an_error(self, careless: Watch) -> None:
        careless.saw(ValueError(f"could not read {MARKER}"))

        assert careless.leaks() == ["token in error 0"]

    def test_in_the_cause_of_an_error(self, careless: Watch) -> None:
        error = ValueError("could not read")
        error.__cause__ = KeyError(MARKER)
        careless.saw(error)

        assert careless.leaks() == ["token in error 0"]

    def test_on_the_screen(self, careless: Watch) -> None:
        print(MARKER)  # what nobody should do
        print(MARKER, file=sys.stderr)

        assert careless.leaks() == ["token in the output", "token in the error output"]

    def test_in_a_file(self, tmp_path: Path, careless: Watch) -> None:
        (tmp_path / "kept" / "notes.txt").write_text(f"token: {MARKER}")

        assert careless.leaks() == ["token in file notes.txt"]

    def test_in_a_row_of_a_database(self, tmp_path: Path, careless: Watch) -> None:
        with closing(sqlite3.connect(tmp_path / "kept" / "rows.sqlite")) as database:
            database.execute("create table w365_finding (message text)")
            database.execute("insert into w365_finding values (?)", (f"got {MARKER}",))
            database.commit()

        assert careless.leaks() == [
            "token in file rows.sqlite",
            "token in table w365_finding of rows.sqlite",
        ]

    def test_in_a_row_that_lies_in_pieces(self, tmp_path: Path, careless: Watch) -> None:
        long = "".join(f"{number:06}" for number in range(2_000))
        careless.know("long token", long)
        with closing(sqlite3.connect(tmp_path / "kept" / "rows.sqlite")) as database:
            database.execute("create table w365_finding (message text)")
            database.execute("insert into w365_finding values (?)", (f"got {long}",))
            database.commit()

        assert careless.leaks() == ["long token in table w365_finding of rows.sqlite"]

    @pytest.mark.parametrize(
        "written",
        [b64encode(MARKER.encode()).decode(), f"x{MARKER}y", quote(MARKER, safe="")],
    )
    def test_however_it_is_written(self, tmp_path: Path, careless: Watch, written: str) -> None:
        (tmp_path / "kept" / "notes.txt").write_text(written)

        assert careless.leaks() == ["token in file notes.txt"]

    def test_a_part_of_a_token_is_one(self, tmp_path: Path, careless: Watch) -> None:
        signature = "s" * 60
        careless.know("jwt", f"{'h' * 20}.{'p' * 60}.{signature}")
        (tmp_path / "kept" / "notes.txt").write_text(signature)

        assert careless.leaks() == ["part of jwt in file notes.txt"]


def _answered(http: httpx.Client, answer: httpx.Response) -> Application:
    """An application whose Entra gives one answer to every redemption."""
    Entra(respx.mock).token.mock(return_value=answer)
    return Application(
        client_id=CLIENT,
        credential=DevelopmentSecret(Secret("secret-of-the-application")),
        cloud=GLOBAL,
        http=http,
        clock=this_machine,
    )
