"""Tables, columns and choices of the solution: the one place they are written down.

A `Table` class is at once the row type that the Dataverse adapter reads and writes, the
metadata that the emulator serves, and the entity that the solution file is built from.

Owns: names, types, lengths, keys, relationships, and which rows ring when they change.
Does not own: how rows travel (the adapter), or how they are kept (Dataverse).
Invariants:
- Every table that is upserted has an alternate key on its column `key`, made from content.
- A column has exactly one kind, and its Python type can hold every value of that kind.
"""
