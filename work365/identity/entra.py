"""Requests to Microsoft Entra: sent by msal, judged here.

msal logs an answer that it cannot read, word for word, and keeps a refusal for a minute. So an
answer is judged before msal sees it: success as JSON goes on, everything else is an error of
`work365.identity.failures`.
"""

import json
import re
from collections.abc import Mapping
from threading import Lock
from typing import Any
from urllib.parse import urlsplit

import httpx

from work365.identity.failures import (
    NotSignedIn,
    SignInAnswerWrong,
    SignInRefused,
    is_transient,
    refusal_kind,
)
from work365.identity.redaction import mask

AADSTS = re.compile(r"AADSTS(\d+)")
DETAIL_LENGTH_MAX = 300
PAUSE_SECONDS_MAX = 86_400.0
"""Longest pause that is believed."""


class EntraRequests:
    """What msal sends its requests by. Safe to share between threads.

    Nothing is sent to another host than that of `authority`: an assertion or a refresh token
    would be in the request.
    """

    def __init__(self, http: httpx.Client, *, authority: str) -> None:
        self._http = http
        self._host = urlsplit(authority).netloc
        self._discovered: dict[str, httpx.Response] = {}
        self._lock = Lock()

    def get(
        self,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        anew: bool = False,
    ) -> httpx.Response:
        """Return the answer to a question that is always answered alike, asked once.

        `anew` asks again, for the keys that Microsoft exchanges every few weeks.
        Raises: SignInRefused, NotSignedIn, SignInAnswerWrong.
        """
        key = f"{url} {sorted((params or {}).items())}"
        with self._lock:
            known = None if anew else self._discovered.get(key)
        if known is None:
            known = self._send("GET", url, params=params, headers=headers)
            with self._lock:
                self._discovered[key] = known
        return known

    def post(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        data: Mapping[str, Any] | None = None,
    ) -> httpx.Response:
        """Return the answer of the token endpoint, which has tokens in it.

        Raises: SignInRefused, NotSignedIn, SignInAnswerWrong.
        """
        # msal gives an assertion that it signed as bytes, which httpx would write as b'...'.
        form = {
            name: each.decode("ascii") if isinstance(each, bytes) else each
            for name, each in (data or {}).items()
        }
        return self._send("POST", url, params=params, headers=headers, data=form)

    def close(self) -> None:
        """Do nothing: the client belongs to whoever made it."""

    def _send(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, str] | None,
        headers: Mapping[str, str] | None,
        data: Mapping[str, Any] | None = None,
    ) -> httpx.Response:
        host = urlsplit(url).netloc
        if host != self._host:
            raise SignInAnswerWrong(
                f"Microsoft Entra at {self._host} names {host or 'nothing'} as the place to sign"
                " in, where nothing is sent"
            )
        try:
            response = self._http.request(method, url, params=params, headers=headers, data=data)
        except httpx.HTTPError as error:
            raise NotSignedIn(
                f"Microsoft Entra at {self._host} did not answer: {type(error).__name__}"
            ) from None
        judge(response, grant=str((data or {}).get("grant_type", "")))
        return response


def judge(response: httpx.Response, *, grant: str = "") -> None:
    """Let an answer pass that is success and JSON.

    Raises: SignInRefused: Microsoft says no; NotSignedIn: not now; SignInAnswerWrong: it cannot
    be read.
    """
    host, status = response.url.netloc.decode("ascii"), response.status_code
    body = _body(response)
    if response.is_success and body is not None:
        return
    word = str((body or {}).get("error", ""))
    numbers = _numbers(body or {})
    busy = status == httpx.codes.TOO_MANY_REQUESTS or response.is_server_error
    if busy or is_transient(numbers, word):
        raise NotSignedIn(
            f"Microsoft Entra at {host} is not available just now: HTTP {status}",
            _seconds(response.headers.get("Retry-After", "")),
        )
    if body is None or not response.is_client_error:
        raise SignInAnswerWrong(
            f"Microsoft Entra at {host} answered HTTP {status} with"
            f" {response.headers.get('Content-Type') or 'no type'}, which is no answer to this"
        )
    kind = refusal_kind(numbers, word, grant=grant)
    correlation_id = body.get("correlation_id")
    raise kind(
        _detail(body, word) if kind is SignInRefused or kind.shows_detail else "",
        number=next(iter(numbers), None),
        correlation_id=correlation_id if isinstance(correlation_id, str) else None,
    )


def _body(response: httpx.Response) -> dict[str, Any] | None:
    try:
        body = json.loads(response.text)
    except ValueError:
        return None
    return body if isinstance(body, dict) else None


def _numbers(body: Mapping[str, Any]) -> list[int]:
    listed = [each for each in body.get("error_codes") or () if isinstance(each, int)]
    told = AADSTS.findall(str(body.get("error_description", "")))
    return listed + [int(each) for each in told if int(each) not in listed]


def _detail(body: Mapping[str, Any], word: str) -> str:
    """Return Microsoft's own sentence, for an error of which nothing better is known."""
    said = str(body.get("error_description") or word or "It does not say why.")
    first = re.split(r"\s*(?:\r?\n|Trace ID:)", said, maxsplit=1)[0]
    return mask(first)[:DETAIL_LENGTH_MAX]


def _seconds(asked: str) -> float | None:
    return min(float(asked), PAUSE_SECONDS_MAX) if asked.isdecimal() else None
