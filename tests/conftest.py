"""Settings of every test."""

from hypothesis import settings

# The same examples on every machine: a failure is always the fault of the change at hand.
settings.register_profile("repeatable", derandomize=True, deadline=None, max_examples=40)
# A longer search, for whoever has the time: pytest --hypothesis-profile=thorough.
settings.register_profile("thorough", deadline=None, max_examples=2_000)
settings.load_profile("repeatable")
