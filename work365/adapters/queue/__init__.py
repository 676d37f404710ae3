"""Queues of text: a file on this machine, or Azure Storage.

Owns: how a message is put, taken, kept while it is worked on, and given up on.
Does not own: what a message says (`work365.jobs`), nor who does it (the entrypoints).
Invariants:
- A message is in its queue until its receiver deletes it or moves it to the poison queue.
- While a receiver holds a message nobody else sees it, up to its visibility timeout.
"""
