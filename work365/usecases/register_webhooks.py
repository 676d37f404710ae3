"""See to it that Microsoft tells this service what happens, and try whether it arrives."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from work365.domain.findings import Finding, Severity
from work365.domain.microsoft.event_subjects import (
    KNOWN_EVENTS,
    NEEDED_EVENTS,
    TEST_CREATED,
)
from work365.domain.microsoft.webhooks import WebhookRegistration, WebhookTrial
from work365.errors import Refusal, Unavailable

LOOKS = 10
"""How often is looked whether the test message has arrived."""
SECONDS_BETWEEN_LOOKS = 3

PATH = "webhooks of provider microsoft"


class WebhookDesk(Protocol):
    """Where Microsoft keeps where its messages go: one address for a partner and an application."""

    def registered(self) -> WebhookRegistration | None:
        """Return what is registered, None if nothing is. Raises: Refusal, Unavailable."""

    def register(self, wanted: WebhookRegistration) -> WebhookRegistration:
        """Register where nothing is registered. Raises: Refusal, Unavailable."""

    def replace(self, wanted: WebhookRegistration) -> WebhookRegistration:
        """Register in place of what is registered. Raises: Refusal, Unavailable."""

    def events(self) -> frozenset[str]:
        """Return the events that can be had. Raises: Refusal, Unavailable."""

    def start_trial(self) -> str:
        """Ask for a test message, and return its id. Raises: Refusal, Unavailable."""

    def trial(self, correlation: str) -> WebhookTrial:
        """Return what became of a test message. Raises: Refusal, Unavailable."""


class Step(Enum):
    """What was done about the registration."""

    NOTHING = "it was as it should be"
    CREATED = "it was created"
    REPLACED = "it was replaced"


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """How the registration stands now."""

    step: Step
    registration: WebhookRegistration
    has_arrived: bool
    """Whether a test message came, and was taken."""
    findings: tuple[Finding, ...]


def register_webhooks(
    *,
    url: str,
    webhooks: WebhookDesk,
    pause: Callable[[float], None],
    may_take_over: bool = False,
) -> Registered:
    """Register `url` for every event that is offered and known here, and try whether it works.

    There is one registration only, and writing it replaces all of it. So it is read first: one at
    another address belongs to somebody else's installation, and stays unless this one
    `may_take_over`; events that it has beyond ours stay; what is as it should be is not written.
    `pause` waits for so many seconds.

    Raises: Refusal, Unavailable, Contradiction: Microsoft does not let it be read or written.
    """
    there = webhooks.registered()
    if there is not None and there.url != url and not may_take_over:
        return _left_alone(there, url)
    offered = webhooks.events()
    wanted = WebhookRegistration(
        url=url,
        events=_ours(offered) | (there.events & offered if there else frozenset()),
        signs_in_own_header=there is not None and there.signs_in_own_header,
    )
    step = Step.NOTHING
    if there is None:
        there, step = webhooks.register(wanted), Step.CREATED
    elif there != wanted:
        there, step = webhooks.replace(wanted), Step.REPLACED
    trouble = _trouble(webhooks, there, pause)
    findings = [*_not_offered(offered), *([trouble] if trouble else [])]
    return Registered(
        step=step,
        registration=there,
        has_arrived=trouble is None,
        findings=tuple(findings),
    )


def _ours(offered: frozenset[str]) -> frozenset[str]:
    known = {name.lower() for name in KNOWN_EVENTS}
    return frozenset(name for name in offered if name.lower() in known)


def _left_alone(there: WebhookRegistration, url: str) -> Registered:
    # Somebody else's address can have a key in its query.
    elsewhere = there.url.partition("?")[0]
    message = (
        f"Microsoft sends its messages to {elsewhere} and not to {url}, so that changes there are"
        " seen here by the nightly sync only. If nobody needs that address any more, register"
        " again and take it over"
    )
    finding = Finding(Severity.WARNING, "webhook_registered_elsewhere", message, PATH)
    return Registered(step=Step.NOTHING, registration=there, has_arrived=False, findings=(finding,))


def _not_offered(offered: frozenset[str]) -> Iterator[Finding]:
    there = {name.lower() for name in offered}
    missing = sorted(name for name in NEEDED_EVENTS if name.lower() not in there)
    if missing:
        message = (
            f"Microsoft does not offer the messages {', '.join(missing)}; what they would tell is"
            " seen by the nightly sync"
        )
        yield Finding(Severity.WARNING, "webhook_event_not_offered", message, PATH)


def _trouble(
    webhooks: WebhookDesk, there: WebhookRegistration, pause: Callable[[float], None]
) -> Finding | None:
    if TEST_CREATED not in there.events:
        return _not_tried(f"Microsoft does not offer the message {TEST_CREATED}")
    try:
        trial = _last_seen(webhooks, pause)
    except (Refusal, Unavailable) as error:
        return _not_tried(str(error))
    if trial.arrived:
        return None
    answers = ", ".join(trial.answers) or "no answer"
    message = (
        f"Microsoft's test message did not arrive at {there.url} (status"
        f" {trial.status or 'unknown'}, {answers}): see that the address can be reached from the"
        " internet, and look in the log for messages that were turned away"
    )
    return Finding(Severity.ERROR, "webhook_not_arrived", message, PATH)


def _last_seen(webhooks: WebhookDesk, pause: Callable[[float], None]) -> WebhookTrial:
    correlation = webhooks.start_trial()
    trial = webhooks.trial(correlation)
    for _ in range(LOOKS):
        if trial.arrived:
            break
        pause(SECONDS_BETWEEN_LOOKS)
        trial = webhooks.trial(correlation)
    return trial


def _not_tried(why: str) -> Finding:
    message = f"Whether Microsoft's messages arrive could not be tried: {why}"
    return Finding(Severity.WARNING, "webhook_not_tried", message, PATH)
