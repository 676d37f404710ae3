"""The solution in an environment: what is there, what should be, and the way from one to other.

Owns: reading an environment's definitions, comparing them with the declarations, and the Web
API requests that bring them up to date.
Does not own: what the solution consists of (`dataverse_schema`), or when to go on after a
failure (the use case).
Invariants:
- A plan is a pure function of the declarations and of what was found; nothing else is kept.
- Every request may be lost, doubled or refused: the next plan is made from what is there.
- No column, table or row of a person is ever deleted, shortened or emptied.
- The webhook's key is written, and neither read back nor shown.
"""
