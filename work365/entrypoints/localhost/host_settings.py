"""What host.json and the application settings say about how functions are run."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from work365.errors import Refusal

REQUEST_BYTES_MAX = 100 * 1024 * 1024
"""Source: FUNCTIONS_REQUEST_BODY_SIZE_LIMIT of the Functions host, 104,857,600 by default."""

WORKERS = 4
"""How many messages of one queue are worked on at a time, where host.json does not say."""

TIME_SPAN = re.compile(r"(\d\d):(\d\d):(\d\d)")
SETTING_REFERENCE = re.compile(r"%([^%]*)%")


class HostMisconfigured(Refusal):
    """host.json or a setting says what this host cannot do."""

    code = "host_misconfigured"


@dataclass(frozen=True, slots=True, kw_only=True)
class HostSettings:
    """How the host runs functions; the defaults are those of Azure's host, but for `workers`.

    `workers` is how many messages of one queue are worked on at a time; Azure's 24 are too many
    for one machine. `application_settings` are what `%NAME%` in a trigger stands for.
    """

    route_prefix: str = "api"
    dequeue_count_max: int = 5
    retry_delay_seconds: int = 0
    visibility_timeout_seconds: int = 600
    workers: int = WORKERS
    request_bytes_max: int = REQUEST_BYTES_MAX
    application_settings: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, host_json: Path, *, application_settings: Mapping[str, str]) -> Self:
        """Return the settings of a host.json.

        Raises: HostMisconfigured, also where the messages are not base64.
        """
        extensions = _object(_parse(host_json), "extensions")
        queues = _object(extensions, "queues")
        encoding = queues.get("messageEncoding", "base64")
        if encoding != "base64":
            raise HostMisconfigured(f"queues.messageEncoding is {encoding!r}, and has to be base64")
        return cls(
            route_prefix=str(_object(extensions, "http").get("routePrefix", "api")),
            dequeue_count_max=_whole(queues, "maxDequeueCount", default=5, least=1),
            retry_delay_seconds=_seconds(queues.get("visibilityTimeout", "00:00:00")),
            workers=_workers(queues),
            application_settings=application_settings,
        )

    def resolve(self, text: str) -> str:
        """Return `text` with each `%NAME%` replaced by the application setting of that name.

        Raises: HostMisconfigured.
        """
        return SETTING_REFERENCE.sub(lambda found: self._setting(found[1]), text)

    def _setting(self, name: str) -> str:
        if name not in self.application_settings:
            raise HostMisconfigured(f"a trigger needs the setting {name}, which is not set")
        return self.application_settings[name]


def _parse(host_json: Path) -> dict[str, Any]:
    try:
        parsed = json.loads(host_json.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise HostMisconfigured(f"{host_json} cannot be read: {error}") from error
    if not isinstance(parsed, dict):
        raise HostMisconfigured(f"{host_json} has to hold an object")
    return parsed


def _object(parent: dict[str, Any], name: str) -> dict[str, Any]:
    found = parent.get(name, {})
    if not isinstance(found, dict):
        raise HostMisconfigured(f"{name} of host.json has to be an object")
    return found


def _workers(queues: dict[str, Any]) -> int:
    if "batchSize" not in queues:
        return WORKERS
    # The next batch is fetched when only this many messages of the last one are left.
    batch = _whole(queues, "batchSize", default=0, least=1)
    return batch + _whole(queues, "newBatchThreshold", default=batch // 2, least=0)


def _whole(queues: dict[str, Any], name: str, *, default: int, least: int) -> int:
    number = queues.get(name, default)
    if not isinstance(number, int) or number < least:
        raise HostMisconfigured(f"queues.{name} is {number!r}, and has to be {least} or more")
    return number


def _seconds(time_span: object) -> int:
    found = TIME_SPAN.fullmatch(str(time_span))
    if found is None:
        raise HostMisconfigured(
            f"queues.visibilityTimeout is {time_span!r}, and has to be like 00:00:30"
        )
    hours, minutes, seconds = map(int, found.groups())
    return (hours * 60 + minutes) * 60 + seconds
