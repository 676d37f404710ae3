"""A partner on this machine, in one process: the emulators, and the function app beside them."""

import importlib
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from ssl import create_default_context

import httpx

from work365.bootstrap import Services, services
from work365.entrypoints.cli.stand_ins import StandIns, dataverse_here, microsoft_here
from work365.entrypoints.local_environment import LocalEnvironment
from work365.entrypoints.local_run import consent_pages, local_host, register_local_webhook
from work365.entrypoints.localhost.host import LocalHost

ANSWER_SECONDS_MAX = 30


@dataclass(frozen=True, kw_only=True)
class LocalPartner:
    """Everything, while it runs."""

    here: LocalEnvironment
    services: Services
    host: LocalHost
    """The function app; its timers run when they are told to."""
    microsoft: StandIns
    browser: httpx.Client
    """What people use: it trusts the certificates of this machine."""


@contextmanager
def local_partner(here: LocalEnvironment, *, now: datetime) -> Iterator[LocalPartner]:
    """Run a partner whose clock stands at `now` (UTC) until it is moved.

    The settings are those of `here` meanwhile.
    Raises: NoCertificate; OSError: a port is taken.
    """
    with ExitStack() as running:
        dataverse = running.enter_context(dataverse_here(here, clock=lambda: now))
        microsoft = running.enter_context(microsoft_here(here, clock=dataverse.state.clock))
        known = running.enter_context(_process_of(here))
        register_local_webhook(known, here)
        hosted = local_host(known, port=here.app_port, timers_clock=lambda: now)
        host = running.enter_context(hosted)
        running.enter_context(consent_pages(host, here))
        trusted = create_default_context(cafile=microsoft.certificates.bundle)
        browser = httpx.Client(verify=trusted, trust_env=False, timeout=ANSWER_SECONDS_MAX)
        running.enter_context(browser)
        yield LocalPartner(
            here=here, services=known, host=host, microsoft=microsoft, browser=browser
        )


@contextmanager
def _process_of(here: LocalEnvironment) -> Iterator[Services]:
    """Be a process of the app with these settings, whatever it was before."""
    import function_app

    before = dict(os.environ)
    os.environ.update(here.application_settings())
    services.cache_clear()
    # The library lets the functions of an app be read once.
    importlib.reload(function_app)
    try:
        yield services()
    finally:
        services().close()
        services.cache_clear()
        os.environ.clear()
        os.environ.update(before)
