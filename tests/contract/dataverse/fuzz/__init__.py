"""Random requests to the emulator's Web API: none may be answered with a 500, or with nothing.

Run for long by `python -m tests.contract.dataverse.fuzz --minutes 10`; `test_fuzz` runs it for
seconds. Requests are in the words of the environment itself, which are read from its `$metadata`,
so that most of them get past the first check.
"""
