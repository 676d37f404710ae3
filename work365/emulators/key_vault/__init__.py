"""A key vault for local runs and tests: secrets, their versions, and who may do what with them.

Owns: the REST interface of secrets, soft deletion, the challenge that tells a client where to
sign in, access by identity, error texts; faults by a control API.
Does not own: tokens. It reads Entra's by the key set that it is given, and shares no code with
the client that it stands in for.
Invariants:
- What it does not emulate it refuses with 501 and says so; nothing is ignored in silence.
- A secret's value is in the answers to `get` and `set` of whoever may, and nowhere else.
- A version is never changed in its value; a deleted name is not free before it is purged.
- Versions are listed in the order of their ids, which is not that of time: nothing may rest on it.
- Time is that of the clock it was given.

From documentation: addresses, bodies, errors and limits. Simpler than there: deleting and
recovering are done at once, and access is by the policies of one vault, not by roles in Azure.
"""
