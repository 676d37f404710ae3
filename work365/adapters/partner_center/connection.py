"""One interface of Microsoft's, asked for one partner, so that nothing is lost or doubled.

Owns sending: the token, the pace, retries under one request id, what is recorded and logged
of it, and waiting for what Microsoft does later. What to send is a `Call`; which rows mean
what is for the modules of the resources to know.
"""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TypeVar
from urllib.parse import urlsplit
from uuid import uuid4

import httpx

from work365.adapters.partner_center.answers import Answer, Sent, read_answer, received
from work365.adapters.partner_center.calls import Call
from work365.adapters.partner_center.endpoints import Mode
from work365.adapters.partner_center.errors import (
    AnswerUnreadable,
    Fault,
    NothingDone,
    PartnerCenterError,
    PartnerCenterUnavailable,
    SignInRejected,
)
from work365.adapters.partner_center.refusals import NeedsDelegatedConnection
from work365.errors import Work365Error
from work365.http import Pace, Retries, Unhurried
from work365.identity.clouds import Audience
from work365.identity.failures import NotConnected
from work365.ports.provider_calls import CallOutcome, CallRecorder, ProviderCall, Unrecorded

T = TypeVar("T")

Token = Callable[[], str]

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Tokens:
    """Where tokens for one interface come from; None where there is no such connection."""

    app_only: Token | None
    delegated: Token | None = None
    forget: Callable[[], None] = lambda: None
    """Makes the next token a fresh one, after Microsoft refused one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How a connection waits: between attempts, for its turn, and for what takes long.

    Shared by all connections of one partner to one interface.
    """

    retries: Retries = field(default_factory=Retries)
    pace: Pace = field(default_factory=Unhurried)
    sleep: Callable[[float], None] = time.sleep


class Connection:
    """One interface of Microsoft's for one partner. Safe to share between threads."""

    def __init__(
        self,
        *,
        audience: Audience,
        address: str,
        tokens: Tokens,
        http: httpx.Client,
        patience: Patience | None = None,
        recorder: CallRecorder | None = None,
    ) -> None:
        """Take `address` as the scheme and host, such as `https://api.partnercenter.microsoft.com`.

        Raises: ValueError: it is not an address.
        """
        if not urlsplit(address).hostname:
            raise ValueError(f"{address!r} is not an address; it needs a scheme and a host")
        self.audience = audience
        self.patience = patience or Patience()
        self._address = address.rstrip("/")
        self._tokens = tokens
        self._http = http
        self._recorder = recorder or Unrecorded()

    @property
    def host(self) -> str:
        """Name of the only host that is ever asked."""
        return urlsplit(self._address).hostname or ""

    def exchange(self, call: Call, purpose: str, read: Callable[[Sent, httpx.Response], T]) -> T:
        """Return what `read` makes of the answer to `call`, sent until there is one.

        Raises: the error that the last answer stands for. `maybe_done` of it says whether
        an earlier sending may have been carried out.
        """
        token = self._token_for(call)
        sent = Sent(request_id=str(call.request_id or uuid4()), correlation_id=str(uuid4()))
        maybe_done = False

        def attempt() -> T | PartnerCenterError:
            nonlocal maybe_done
            try:
                with self._response(call, sent, purpose, token) as response:
                    answer = read(sent, response)
            except PartnerCenterError as error:
                maybe_done |= call.endpoint.writes and not error.undone
                error.maybe_done = maybe_done
                if error.transient:
                    raise
                # Raised by whoever asked, and not here: a pause that is about one
                # subscription would hold up everybody else.
                return error
            if isinstance(answer, Answer) and maybe_done:
                answer = replace(answer, maybe_done_before=True)
            return answer

        def may_repeat(error: Work365Error) -> bool:
            return isinstance(error, PartnerCenterError) and (
                call.endpoint.is_repeatable or error.undone
            )

        pace = self.patience.pace if call.endpoint.is_counted else Unhurried()
        result = self.patience.retries.run(attempt, may_repeat=may_repeat, pace=pace)
        if isinstance(result, PartnerCenterError):
            raise result
        return result

    def ask(self, call: Call, purpose: str) -> Answer:
        """Return the answer to `call`, as `exchange` does."""

        def read(sent: Sent, response: httpx.Response) -> Answer:
            return read_answer(call, sent, received(call, response))

        return self.exchange(call, purpose, read)

    def _token_for(self, call: Call) -> Token:
        endpoint = call.endpoint
        assert endpoint.audience is self.audience, (endpoint.audience, self.audience)
        delegated, app_only = self._tokens.delegated, self._tokens.app_only
        if endpoint.mode is Mode.APP_ONLY and app_only is not None:
            return app_only
        if delegated is None:
            raise _needs_delegated(call)
        return delegated

    @contextmanager
    def _response(
        self, call: Call, sent: Sent, purpose: str, token: Token
    ) -> Iterator[httpx.Response]:
        with self._transmitted(call, sent, purpose, token) as response:
            if response.status_code != httpx.codes.UNAUTHORIZED:
                yield response
                return
        # A token can be revoked, or run out on its way; the next one is fresh.
        self._tokens.forget()
        with self._transmitted(call, sent, purpose, token) as response:
            yield response

    @contextmanager
    def _transmitted(
        self, call: Call, sent: Sent, purpose: str, token: Token
    ) -> Iterator[httpx.Response]:
        headers = call.sent_headers(
            token=_had(token, call), request_id=sent.request_id, correlation_id=sent.correlation_id
        )
        status: int | None = None
        try:
            with self._http.stream(
                call.endpoint.method,
                self._address + call.path,
                headers=headers,
                content=call.content,
            ) as response:
                status = response.status_code
                yield response
        except httpx.LocalProtocolError as error:
            if "header" not in str(error):
                raise PartnerCenterUnavailable(_without_answer(call, sent, error)) from error
            # Its text, and its cause's, has the header that is malformed: perhaps the token.
            why = ValueError("a header that cannot be sent; look at the token's source")
            raise SignInRejected(_without_answer(call, sent, why)) from None
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise NothingDone(_without_answer(call, sent, error)) from error
        except httpx.DecodingError as error:
            raise AnswerUnreadable(_without_answer(call, sent, error)) from error
        except httpx.TransportError as error:
            raise PartnerCenterUnavailable(_without_answer(call, sent, error)) from error
        finally:
            self._note(call, sent, purpose, status)

    def _note(self, call: Call, sent: Sent, purpose: str, status: int | None) -> None:
        logger.info(
            "%s: %s, for %s [request %s, correlation %s]",
            call,
            "no answer" if status is None else f"HTTP {status}",
            purpose,
            sent.request_id,
            sent.correlation_id,
        )
        self._recorder.record(
            ProviderCall(
                purpose=purpose,
                method=call.endpoint.method,
                route=call.endpoint.path,
                is_delegated=call.endpoint.mode is Mode.DELEGATED or self._tokens.app_only is None,
                request_id=sent.request_id,
                correlation_id=sent.correlation_id,
                status=status,
                outcome=_outcome(status),
            )
        )


def _had(token: Token, call: Call) -> str:
    try:
        return token()
    except NotConnected as error:
        raise _needs_delegated(call) from error


def _needs_delegated(call: Call) -> NeedsDelegatedConnection:
    endpoint = call.endpoint
    return NeedsDelegatedConnection.of_feature(endpoint.feature or endpoint.title, str(call))


def _outcome(status: int | None) -> CallOutcome:
    if status is None or httpx.codes.is_server_error(status):
        return CallOutcome.FAILED
    return CallOutcome.DONE if httpx.codes.is_success(status) else CallOutcome.REFUSED


def _without_answer(call: Call, sent: Sent, error: Exception) -> Fault:
    return Fault(
        operation=str(call),
        description=f"no answer: {error!r}",
        request_id=sent.request_id,
        correlation_id=sent.correlation_id,
    )
