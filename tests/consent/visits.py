"""A browser at the consent pages, and the office behind them."""

import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from http import HTTPStatus
from itertools import count
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import trustme

from consent.app import Desk, Feature, create_app
from tests.usecases.consents import NOW, PROVIDER, Office
from work365.entrypoints.local_environment import free_port
from work365.entrypoints.serving import LocalServer
from work365.ports.providers import ConnectionState
from work365.ports.secrets import Secret
from work365.usecases.request_consent import request_consent

BASE = "/api/consent"
LINK_TOKEN = Secret("a-link-that-nobody-can-guess")
LINK = f"{BASE}/links/{LINK_TOKEN.reveal()}"
FEATURES = (
    Feature("Orders and subscriptions", needs_delegated=False),
    Feature("Users and licences", needs_delegated=True),
)


@cache
def authority() -> trustme.CA:
    """Return who vouches for the certificates of these tests."""
    return trustme.CA()


def trusting() -> ssl.SSLContext:
    """Return what a client of these servers trusts."""
    context = ssl.create_default_context()
    authority().configure_trust(context)
    return context


class Visit:
    """A browser at the pages, and the office behind them."""

    def __init__(self, origin: str) -> None:
        self.browser = httpx.Client(base_url=origin, verify=trusting(), trust_env=False)
        self.address = f"{origin}{BASE}"
        self.office = Office()
        self.now: datetime = NOW
        self._numbers = count(1)

    @property
    def desk(self) -> Desk:
        return Desk(
            parts=lambda: self.office.parts,
            clock=lambda: self.now,
            draw=lambda: Secret(f"drawn-by-chance-{next(self._numbers)}"),
            address=self.address,
            sign_in_address="https://login.example/organizations",
            features=FEATURES,
            is_token_kept=True,
        )

    def ask(self, token: Secret = LINK_TOKEN) -> None:
        """Have a link made."""
        request_consent(
            provider=PROVIDER,
            requested_by="Berta <script>",
            token=token,
            at=self.now,
            providers=self.office.providers,
            ledger=self.office.ledger,
        )

    def begin(self) -> str:
        """Press the button, and return the state that Microsoft is told."""
        response = self.browser.post(LINK)
        assert response.status_code == HTTPStatus.SEE_OTHER, response.text
        (state,) = parse_qs(urlsplit(response.headers["Location"]).query)["state"]
        return state

    def come_back(self, answer: Mapping[str, str]) -> httpx.Response:
        """Send what Microsoft has the browser send."""
        return self.browser.post(f"{BASE}/callback", data=dict(answer))

    @property
    def is_connected(self) -> bool:
        return self.office.providers.kept.connection.state is ConnectionState.DELEGATED


@contextmanager
def visiting(folder: Path) -> Iterator[Visit]:
    """Serve the pages over https, as browsers ask of cookies that are secure."""
    certificate = folder / "consent.pem"
    issued = authority().issue_cert("localhost")
    issued.private_key_and_cert_chain_pem.write_to_path(certificate)
    port = free_port()
    origin = f"https://localhost:{port}"
    visit = Visit(origin)
    visit.ask()
    with (
        LocalServer(create_app(visit.desk), port=port, certificate=certificate),
        visit.browser,
    ):
        yield visit
