from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier, Event

import pytest

from tests.identity.tokens import Clock
from work365.identity.application import Grant
from work365.identity.failures import ConsentMissing, NotSignedIn
from work365.identity.token_cache import TokenCache
from work365.ports.secrets import Secret


class Source:
    """Gives out tokens that are good for an hour, numbered, or fails."""

    def __init__(self, clock: Clock) -> None:
        self.given = 0
        self.failure: Exception | None = None
        self._clock = clock

    def __call__(self) -> Grant:
        if self.failure is not None:
            raise self.failure
        self.given += 1
        return Grant(
            access_token=Secret(f"token-{self.given}"),
            expires_at=self._clock() + timedelta(hours=1),
        )


@pytest.fixture
def source(clock: Clock) -> Source:
    return Source(clock)


@pytest.fixture
def cache(clock: Clock) -> TokenCache:
    return TokenCache(clock)


def test_a_token_is_used_until_shortly_before_its_end(
    cache: TokenCache, source: Source, clock: Clock
) -> None:
    tokens = [cache.token("a", source)]
    for minutes in (54, 1, 1):
        clock.pass_by(minutes=minutes)
        tokens.append(cache.token("a", source))

    assert tokens == ["token-1", "token-1", "token-2", "token-2"]


def test_each_key_has_its_own(cache: TokenCache, source: Source) -> None:
    tokens = [cache.token(key, source) for key in ("a", "b", "a", "b")]

    assert tokens == ["token-1", "token-2", "token-1", "token-2"]


def test_a_month_later_a_new_one_is_fetched(
    cache: TokenCache, source: Source, clock: Clock
) -> None:
    cache.token("a", source)

    clock.pass_by(days=31)

    assert cache.token("a", source) == "token-2"


def test_threads_that_ask_at_once_share_one(cache: TokenCache, source: Source) -> None:
    together = Barrier(8, timeout=10)

    def ask(_: int) -> str:
        together.wait()
        return cache.token("a", source)

    with ThreadPoolExecutor(max_workers=8) as pool:
        tokens = set(pool.map(ask, range(8)))

    assert tokens == {"token-1"}
    assert source.given == 1


def test_one_that_waits_does_not_hold_up_another_key(cache: TokenCache, source: Source) -> None:
    asked, may_go_on = Event(), Event()

    def slowly() -> Grant:
        asked.set()
        assert may_go_on.wait(timeout=10)
        return source()

    with ThreadPoolExecutor(max_workers=1) as pool:
        slow = pool.submit(cache.token, "slow", slowly)
        assert asked.wait(timeout=10)
        quick = cache.token("quick", source)
        may_go_on.set()

    assert (quick, slow.result(timeout=10)) == ("token-1", "token-2")


def test_an_outage_does_not_matter_as_long_as_the_old_token_is_good(
    cache: TokenCache, source: Source, clock: Clock
) -> None:
    cache.token("a", source)
    source.failure = NotSignedIn("not now")

    clock.pass_by(minutes=58)

    assert cache.token("a", source) == "token-1"


def test_an_outage_matters_once_the_old_token_is_over(
    cache: TokenCache, source: Source, clock: Clock
) -> None:
    cache.token("a", source)
    source.failure = NotSignedIn("not now")

    clock.pass_by(minutes=60)

    with pytest.raises(NotSignedIn):
        cache.token("a", source)


def test_a_refusal_is_told_although_the_old_token_is_good(
    cache: TokenCache, source: Source, clock: Clock
) -> None:
    cache.token("a", source)
    source.failure = ConsentMissing()

    clock.pass_by(minutes=58)

    with pytest.raises(ConsentMissing):
        cache.token("a", source)


def test_a_failure_is_not_remembered(cache: TokenCache, source: Source) -> None:
    source.failure = NotSignedIn("not now")
    with pytest.raises(NotSignedIn):
        cache.token("a", source)

    source.failure = None

    assert cache.token("a", source) == "token-1"


def test_all_are_forgotten_together(cache: TokenCache, source: Source) -> None:
    for key in ("a", "b"):
        cache.token(key, source)

    cache.forget()

    assert [cache.token(key, source) for key in ("a", "b")] == ["token-3", "token-4"]


def test_one_that_was_under_way_when_all_were_forgotten_is_not_kept(
    cache: TokenCache, source: Source
) -> None:
    def while_forgetting(fetch: Callable[[], Grant]) -> Callable[[], Grant]:
        def fetched() -> Grant:
            grant = fetch()
            cache.forget()
            return grant

        return fetched

    tokens = [cache.token("a", while_forgetting(source)), cache.token("a", source)]

    assert tokens == ["token-1", "token-2"]
