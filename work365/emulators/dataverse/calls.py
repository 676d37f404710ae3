"""A request to the Web API and its answer, whether it came alone or inside a batch."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl

from work365.emulators.dataverse.access import Access
from work365.emulators.dataverse.characters import may_have_surrogates, unpaired_surrogate
from work365.emulators.dataverse.errors import PAYLOAD_ERROR, DataverseError, invalid_character
from work365.emulators.dataverse.rendering import Annotations

JSON_TYPE = "application/json; odata.metadata=minimal"
MAXIMUM_PAGE_SIZE = 5_000
PAGE_DIGITS_MAX = len(str(MAXIMUM_PAGE_SIZE))


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Who asks, and how the request wants to be treated by webhooks."""

    user_id: str
    real_user_id: str
    """Differs from `user_id` where the caller acts on another's behalf."""

    business_unit_id: str
    object_id: str | None = None
    """The user's id in Entra."""

    user_agent: str = ""
    correlation_id: str = ""
    tag: str | None = None
    """Mark of the request's origin, handed to webhooks."""

    bypasses_synchronous: bool = False
    bypasses_asynchronous: bool = False
    bypassed_steps: frozenset[str] = frozenset()
    """Ids of steps that are not to be told."""

    access: Access | None = None
    """What the caller may do; nothing for the environment itself, which may do everything."""

    @property
    def restriction(self) -> Access | None:
        """What the caller may do, where that is not everything."""
        return None if self.access is None or self.access.is_unlimited else self.access


@dataclass(frozen=True, kw_only=True)
class Call:
    """One request."""

    method: str
    path: str
    """Address below the Web API's root, still percent-encoded."""

    query: str
    """Still percent-encoded."""

    headers: Mapping[str, str]
    """By lower-case name."""

    body: bytes
    root: str
    """The Web API's absolute address, with a slash at the end."""

    caller: Caller
    content_ids: Mapping[str, str] = field(default_factory=dict)
    """Inside a change set: addresses of the rows that earlier operations made, by `$1`."""

    @cached_property
    def parameters(self) -> list[tuple[str, str]]:
        """Decoded query parameters in their order; a plus sign is a blank."""
        return parse_qsl(self.query, keep_blank_values=True)

    @cached_property
    def preferences(self) -> "Preferences":
        """What the `Prefer` header asks for."""
        return read_preferences(self.headers.get("prefer", ""))

    def condition(self, name: str) -> str | None:
        """Return `If-Match` or `If-None-Match`; the text `null` counts as none."""
        value = self.headers.get(name)
        return None if value in (None, "", "null") else value

    def json(self, set_name: str) -> dict[str, Any]:
        """Return the body's JSON object, numbers with a point as `Decimal`."""
        try:
            value = json.loads(
                self.body,
                parse_float=Decimal,
                parse_constant=_refuse_constant,
                object_pairs_hook=_each_once,
            )
        except _StatedTwice as error:
            raise _unreadable(set_name, str(error)) from error
        except (ValueError, RecursionError) as error:
            raise _unreadable(set_name, f"Invalid JSON. {error}") from error
        if not isinstance(value, dict):
            raise _unreadable(
                set_name,
                "An unexpected node was found when reading from the JSON reader. "
                "A 'StartObject' node was expected.",
            )
        if may_have_surrogates(self.body):
            _refuse_surrogates(value, set_name)
        return value


def _refuse_surrogates(value: object, name: str) -> None:
    """Raise if a text within has half a surrogate pair, which no encoding can keep."""
    if isinstance(value, dict):
        for key, inside in value.items():
            _refuse_surrogates(key, name)
            _refuse_surrogates(inside, key)
    elif isinstance(value, list):
        for inside in value:
            _refuse_surrogates(inside, name)
    elif isinstance(value, str) and (half := unpaired_surrogate(value)):
        raise invalid_character(name, half)


class _StatedTwice(Exception):
    """An object has two values under one name."""


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        name = next(name for name in names if names.count(name) > 1)
        raise _StatedTwice(
            f"Multiple properties with the name '{name}' were detected in a resource or a complex "
            "value. In OData, duplicate property names are not allowed."
        )
    return found


def _refuse_constant(name: str) -> None:
    message = f"Invalid JSON. The constant '{name}' is not a JSON value."
    raise ValueError(message)


def _unreadable(set_name: str, why: str) -> DataverseError:
    return DataverseError(
        400,
        PAYLOAD_ERROR,
        "Error identified in Payload provided by the user for Entity :"
        f"'{set_name}', For more information on this error please follow this help link "
        "https://go.microsoft.com/fwlink/?linkid=2195293  ---->  InnerException : "
        f"Microsoft.OData.ODataException: {why}",
    )


@dataclass(kw_only=True)
class Answer:
    """One answer."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    rows: int = 0
    """Rows in it."""


def json_answer(status: int, body: str, **headers: str) -> Answer:
    """Return an answer that carries JSON; `headers` have underscores for dashes."""
    return Answer(
        status=status,
        headers={
            "Content-Type": JSON_TYPE,
            **{name.replace("_", "-"): value for name, value in headers.items()},
        },
        body=body.encode(),
    )


def error_answer(error: DataverseError) -> Answer:
    """Return the answer that tells an error."""
    body = {"error": {"code": error.code, "message": error.message}}
    answer = json_answer(error.status, json.dumps(body))
    answer.headers.update(error.headers)
    return answer


@dataclass(frozen=True, kw_only=True)
class Preferences:
    """A `Prefer` header, read."""

    page_size: int | None = None
    annotations: Annotations = field(default_factory=Annotations)
    representation: bool = False
    track_changes: bool = False
    continue_on_error: bool = False
    applied: tuple[str, ...] = ()

    def applied_header(self, *kinds: str) -> dict[str, str]:
        """Return `Preference-Applied` for the preferences of these names that were given."""
        found = [text for text in self.applied if text.split("=")[0] in kinds]
        return {"Preference-Applied": ",".join(found)} if found else {}


def read_preferences(header: str) -> Preferences:
    """Return what a `Prefer` header says: preferences with commas between, values in quotes."""
    given = {}
    for text in _preferences(header):
        name, _, value = text.partition("=")
        given[name.strip().lower()] = value.strip().strip('"')
    patterns = given.get("odata.include-annotations", "")
    return Preferences(
        page_size=_page_size(given.get("odata.maxpagesize")),
        annotations=Annotations(
            tuple(pattern.strip() for pattern in patterns.split(",") if pattern.strip())
        ),
        representation=given.get("return") == "representation",
        track_changes="odata.track-changes" in given,
        continue_on_error="odata.continue-on-error" in given,
        applied=tuple(_preferences(header)),
    )


def _page_size(text: str | None) -> int | None:
    if text is None or not text.isascii() or not text.isdigit() or not text.strip("0"):
        return None
    size = text.lstrip("0")
    return MAXIMUM_PAGE_SIZE if len(size) > PAGE_DIGITS_MAX else min(int(size), MAXIMUM_PAGE_SIZE)


def _preferences(header: str) -> list[str]:
    found = [""]
    is_quoted = False
    for letter in header:
        if letter == '"':
            is_quoted = not is_quoted
        if letter == "," and not is_quoted:
            found.append("")
        else:
            found[-1] += letter
    return [text.strip() for text in found if text.strip()]
