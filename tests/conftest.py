"""Settings of every test."""

import os

from hypothesis import HealthCheck, settings

# The same examples on every machine: a failure is always the fault of the change at hand.
settings.register_profile("repeatable", derandomize=True, deadline=None, max_examples=40)
# A longer search, for whoever has the time: pytest --hypothesis-profile=thorough.
settings.register_profile("thorough", deadline=None, max_examples=2_000)
# The longest one, by other examples each time: make laws.
settings.register_profile(
    "laws",
    deadline=None,
    derandomize=False,
    max_examples=int(os.environ.get("LAWS_EXAMPLES", "10000")),
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
# Mutants are tried in one process after another, each from a fork of the first: make mutants.
settings.register_profile(
    "mutants",
    database=None,
    deadline=None,
    derandomize=True,
    max_examples=20,
    suppress_health_check=[HealthCheck.differing_executors],
)
settings.load_profile("repeatable")
