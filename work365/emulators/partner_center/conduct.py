"""How the areas around subscriptions behave where Microsoft's behaviour varies or is not settled.

Set by the control API while the twin runs; kept with the world.
"""

from dataclasses import asdict, dataclass, field, fields
from typing import Any

from work365.emulators.partner_center.annexes import annex
from work365.emulators.partner_center.state import State

ANNEX = "conduct"
SHAPES = ("gateway", "service", "both")


class UnknownConduct(ValueError):
    """A setting that there is none of, or of the wrong kind."""


@dataclass(frozen=True, kw_only=True)
class Conduct:
    """The settings, each with what is documented or else most likely."""

    requests_per_minute: int = 500
    """For customers, their subscriptions and orders, a partner's tenant; 0 is any number.
    Source: API throttling guidance."""

    throttled_shape: str = "gateway"
    """The body of a 429: `gateway` (documented), `service` (as other errors), or `both` in turn."""

    demands_gdap: bool = False
    """Whether users, licences and consents at a customer need a fitting admin relationship."""

    relationship_step_seconds: int = 0
    """How long each step of an admin relationship's coming and going takes."""

    assignment_seconds: int = 0
    """From an access assignment until it is active."""

    export_polls: int = 1
    """How often an export is still running when it is asked for."""

    export_retry_after_seconds: int = 10
    export_hours: int = 24
    """How long an operation and its manifest may be read; then 410. Inferred."""

    sas_hours: int = 12
    """How long blobs may be read with a manifest's token."""

    blob_rows_max: int = 50_000
    blob_members: int = 1
    """Gzip members that a blob is made of."""

    data_format: str = "compressedJSON"
    """Documented as `compressedJSON` in samples and `compressedJSONLines` in texts."""

    v1_line_items: str = "dated"
    """`dated`: none of what v1 no longer serves (unbilled from 15 March 2026, billed after
    21 April 2025); `served`: all of it, as for sovereign clouds."""

    registers_twice: bool = False
    """Whether a second POST of a webhook registration replaces the first. Not documented."""

    webhook_lag_seconds: dict[str, int] = field(default_factory=dict)
    """By event name, from the change to the first attempt; `*` is for those not named.
    `subscription-updated` may take 48 hours."""

    webhook_retry_seconds: int = 60
    """To the second attempt; doubled for each after that. Not documented."""

    webhook_repeats: int = 0
    """How often each event is delivered again after it was taken."""

    webhook_is_reordered: bool = False
    """Whether the newest event is delivered first."""

    webhook_is_forged: bool = False
    """Whether deliveries are signed with a key that is not Microsoft's."""

    blocked_by_access_policy: list[str] = field(default_factory=list)
    """Customers whose conditional access keeps the partner's users out (900309)."""

    def lag_seconds(self, event: str) -> int:
        """Return how long an event waits for its first attempt."""
        return self.webhook_lag_seconds.get(event, self.webhook_lag_seconds.get("*", 0))


def conduct_of(state: State) -> Conduct:
    """Return the settings as they are."""
    return Conduct(**annex(state, ANNEX))


def change_conduct(state: State, changes: dict[str, Any]) -> dict[str, Any]:
    """Change some settings and return all of them.

    Raises: UnknownConduct.
    """
    defaults = asdict(Conduct())
    for name, value in changes.items():
        if name not in defaults:
            known = ", ".join(sorted(each.name for each in fields(Conduct)))
            raise UnknownConduct(f"'{name}' is no setting; there are: {known}")
        if type(value) is not type(defaults[name]):
            raise UnknownConduct(f"'{name}' is a {type(defaults[name]).__name__}")
    if changes.get("throttled_shape", SHAPES[0]) not in SHAPES:
        raise UnknownConduct(f"'throttled_shape' is one of {', '.join(SHAPES)}")
    annex(state, ANNEX).update(changes)
    return asdict(conduct_of(state))
