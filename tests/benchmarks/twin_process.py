"""A twin of Partner Center in a process of its own, whose time passes faster."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from time import monotonic

import httpx

from work365.emulators.partner_center.seeds import PARTNER, portfolio
from work365.emulators.partner_center.serving import running_twin
from work365.emulators.partner_center.tokens import app_only_claims, fixed_claims, user_claims

START = datetime(2026, 7, 10, 9, 30, tzinfo=UTC)
APPLICATION = "0f4d7a52-93c1-4a86-b0ce-7d25e1f86a3b"
APP, PRICE_AGENT = "application", "agent-for-prices"
TOKENS = fixed_claims(
    {
        APP: app_only_claims(PARTNER, APPLICATION),
        PRICE_AGENT: user_claims(
            PARTNER, APPLICATION, "agent@nordlicht.example", aud="https://api.partner.microsoft.com"
        ),
    }
)


def hurried_clock(times_faster: int) -> datetime:
    """Return a time that passes so many times faster than that of this machine."""
    return START + timedelta(seconds=(monotonic() - _BEGAN) * times_faster)


_BEGAN = monotonic()


@contextmanager
def running_portfolio(*, customers: int, subscriptions: int, times_faster: int) -> Iterator[str]:
    """Serve a portfolio until the block ends, and lend its address."""
    sizes = [str(customers), str(subscriptions), str(times_faster)]
    # This very module, run by this very interpreter.
    arguments = [sys.executable, "-m", __name__, *sizes]
    with subprocess.Popen(
        arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        assert url, "the twin did not start; its error is above"
        yield url
        process.stdin.close()


def allow(url: str, requests_per_minute: int) -> None:
    """Let the twin take so many requests in a minute of its own."""
    conduct = {"requests_per_minute": requests_per_minute}
    httpx.patch(f"{url}/_emulator/v1/conduct", json=conduct).raise_for_status()


def serve(customers: int, subscriptions: int, times_faster: int) -> None:
    """Serve until nobody holds the other end of the standard input."""
    world = portfolio(customers, subscriptions, START)
    with running_twin(world, clock=lambda: hurried_clock(times_faster), read_token=TOKENS) as (
        _,
        url,
    ):
        print(url, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    serve(*map(int, sys.argv[1:]))
