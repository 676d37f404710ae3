"""An application whose Microsoft Entra answers what a test wants, or not at all."""

from collections.abc import Iterator

import httpx
import pytest
import respx

from tests.identity.answers import Entra
from tests.identity.tokens import CLIENT, Clock
from work365.identity.application import Application
from work365.identity.clouds import GLOBAL
from work365.identity.credentials import DevelopmentSecret
from work365.ports.secrets import Secret


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def entra() -> Iterator[Entra]:
    with respx.mock(assert_all_called=False) as router:
        yield Entra(router)


@pytest.fixture
def application(entra: Entra, clock: Clock) -> Iterator[Application]:
    with httpx.Client() as http:
        yield Application(
            client_id=CLIENT,
            credential=DevelopmentSecret(Secret("secret-of-the-application")),
            cloud=GLOBAL,
            http=http,
            clock=clock,
        )
