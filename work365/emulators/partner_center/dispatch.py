"""Sends what is due to webhooks: when told to, or by itself from a thread."""

import threading

from work365.emulators.partner_center.annexes import Record
from work365.emulators.partner_center.app import Twin
from work365.emulators.partner_center.conduct import conduct_of
from work365.emulators.partner_center.deliveries import (
    Courier,
    due,
    note_attempt,
    registrations,
)
from work365.emulators.partner_center.upkeep import keep_up

PAUSE_SECONDS = 0.2
JOIN_SECONDS = 30


class Dispatch:
    """One at a time takes messages from the world to their receivers."""

    def __init__(self, twin: Twin, courier: Courier) -> None:
        self._twin = twin
        self._courier = courier
        self._one_at_a_time = threading.Lock()
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None

    def send_due(self) -> int:
        """Try every message that is due now, once, and return how many were tried.

        The world is not held while a receiver is waited for: it may call back.
        """
        with self._one_at_a_time:
            with self._twin.lock:
                keep_up(self._twin.world, self._twin.clock())
                waiting = due(self._twin.world)
            for delivery in waiting:
                self._try(delivery)
            return len(waiting)

    def _try(self, delivery: Record) -> None:
        with self._twin.lock:
            registration = registrations(self._twin.world).get(delivery["partner"])
            is_forged = conduct_of(self._twin.world).webhook_is_forged
        code, words = 0, "there is no registration any more"
        if registration is not None:
            code, words = self._courier.send(registration, delivery["body"], is_forged=is_forged)
        with self._twin.lock:
            note_attempt(self._twin.world, delivery, code, words)

    def start(self) -> None:
        """Look for what is due again and again, from a thread."""
        self._thread = threading.Thread(target=self._run, name="webhook-dispatch", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while not self._closing.wait(PAUSE_SECONDS):
            self.send_due()

    def close(self) -> None:
        """Stop."""
        self._closing.set()
        if self._thread is not None:
            self._thread.join(JOIN_SECONDS)
        self._courier.close()
