from dataclasses import dataclass, field

import pytest

from work365.domain.microsoft.event_subjects import KNOWN_EVENTS
from work365.domain.microsoft.webhooks import WebhookRegistration, WebhookTrial
from work365.errors import Refusal, Unavailable, Work365Error
from work365.usecases.register_webhooks import LOOKS, Registered, Step, register_webhooks

URL = "https://northwind.azurewebsites.net/api/webhooks/partner-center"
OTHER = "https://other-product.example/callback"
TAKEN = WebhookTrial(status="completed", answers=("OK",))
PENDING = WebhookTrial(status="pending")
FAILED = WebhookTrial(status="failed", answers=("Unauthorized",))


@dataclass
class Webhooks:
    """Microsoft's end, with one registration at most."""

    there: WebhookRegistration | None = None
    offered: frozenset[str] = KNOWN_EVENTS
    trials: list[WebhookTrial] = field(default_factory=lambda: [TAKEN])
    failure: Work365Error | None = None
    written: list[str] = field(default_factory=list)

    def registered(self) -> WebhookRegistration | None:
        return self.there

    def register(self, wanted: WebhookRegistration) -> WebhookRegistration:
        assert self.there is None
        return self._write("POST", wanted)

    def replace(self, wanted: WebhookRegistration) -> WebhookRegistration:
        assert self.there is not None
        return self._write("PUT", wanted)

    def events(self) -> frozenset[str]:
        return self.offered

    def start_trial(self) -> str:
        if self.failure is not None:
            raise self.failure
        return "correlation"

    def trial(self, correlation: str) -> WebhookTrial:
        assert correlation == "correlation"
        return self.trials.pop(0) if len(self.trials) > 1 else self.trials[0]

    def _write(self, how: str, wanted: WebhookRegistration) -> WebhookRegistration:
        self.written.append(how)
        self.there = wanted
        return wanted


def register(webhooks: Webhooks, *, may_take_over: bool = False) -> Registered:
    return register_webhooks(
        url=URL, webhooks=webhooks, pause=lambda _: None, may_take_over=may_take_over
    )


class TestARegistration:
    def test_is_made_for_every_event_that_is_known(self) -> None:
        webhooks = Webhooks()

        registered = register(webhooks)

        assert (registered.step, webhooks.written) == (Step.CREATED, ["POST"])
        assert webhooks.there == WebhookRegistration(url=URL, events=KNOWN_EVENTS)
        assert (registered.has_arrived, registered.findings) == (True, ())

    def test_that_is_as_it_should_be_is_not_written(self) -> None:
        webhooks = Webhooks()
        register(webhooks)

        again = register(webhooks)

        assert (again.step, webhooks.written) == (Step.NOTHING, ["POST"])

    def test_that_lacks_events_is_replaced_and_keeps_what_it_has(self) -> None:
        there = WebhookRegistration(
            url=URL, events=frozenset({"moon-full"}), signs_in_own_header=True
        )
        webhooks = Webhooks(there=there, offered=KNOWN_EVENTS | {"moon-full"})

        registered = register(webhooks)

        assert (registered.step, webhooks.written) == (Step.REPLACED, ["PUT"])
        assert registered.registration.events == KNOWN_EVENTS | {"moon-full"}
        assert registered.registration.signs_in_own_header

    def test_of_somebody_else_stays_and_is_told(self) -> None:
        there = WebhookRegistration(url=OTHER, events=frozenset({"invoice-ready"}))
        webhooks = Webhooks(there=there)

        registered = register(webhooks)

        assert (webhooks.written, webhooks.there) == ([], there)
        assert [one.code for one in registered.findings] == ["webhook_registered_elsewhere"]
        assert OTHER in registered.findings[0].message
        assert not registered.has_arrived

    def test_at_another_address_is_named_without_the_key_that_may_be_in_it(self) -> None:
        there = WebhookRegistration(url=f"{OTHER}?code=abc123", events=KNOWN_EVENTS)

        (finding,) = register(Webhooks(there=there)).findings

        assert OTHER in finding.message
        assert "abc123" not in finding.message

    def test_of_somebody_else_is_taken_over_when_asked(self) -> None:
        webhooks = Webhooks(there=WebhookRegistration(url=OTHER, events=frozenset()))

        registered = register(webhooks, may_take_over=True)

        assert (registered.step, registered.registration.url) == (Step.REPLACED, URL)

    def test_takes_what_is_offered_and_says_what_is_not(self) -> None:
        webhooks = Webhooks(offered=frozenset({"subscription-updated", "test-created"}))

        registered = register(webhooks)

        assert registered.registration.events == {"subscription-updated", "test-created"}
        (finding,) = registered.findings
        assert finding.code == "webhook_event_not_offered"
        assert "invoice-ready" in finding.message


class TestTheTestMessage:
    def test_is_waited_for(self) -> None:
        registered = register(Webhooks(trials=[PENDING, PENDING, TAKEN]))

        assert registered.has_arrived

    @pytest.mark.parametrize("trial", [PENDING, FAILED])
    def test_that_does_not_arrive_is_an_error_with_a_remedy(self, trial: WebhookTrial) -> None:
        registered = register(Webhooks(trials=[trial] * (LOOKS + 5)))

        assert not registered.has_arrived
        assert [one.code for one in registered.findings] == ["webhook_not_arrived"]
        assert "reached from the internet" in registered.findings[0].message

    @pytest.mark.parametrize("failure", [Refusal("not allowed"), Unavailable("two a minute")])
    def test_that_cannot_be_asked_for_leaves_the_registration(self, failure: Work365Error) -> None:
        webhooks = Webhooks(failure=failure)

        registered = register(webhooks)

        assert webhooks.there is not None
        assert not registered.has_arrived
        assert [one.code for one in registered.findings] == ["webhook_not_tried"]
        assert str(failure) in registered.findings[0].message

    def test_is_not_asked_for_where_it_is_not_offered(self) -> None:
        webhooks = Webhooks(offered=KNOWN_EVENTS - {"test-created"}, failure=Refusal("never"))

        registered = register(webhooks)

        assert not registered.has_arrived
        assert [one.code for one in registered.findings] == ["webhook_not_tried"]
        assert "never" not in registered.findings[0].message
