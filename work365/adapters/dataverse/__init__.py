"""The partner's Dataverse environment, in the words of the domain.

Owns: the Web API client, the translation between rows and domain values, what is read and
written for one chunk of contracts, and how far changes were read.
Does not own: any rule of billing; what the tables are (`dataverse_schema`).
Invariants:
- A chunk is written in one change set: all of it or nothing.
- No write depends on what was read unless a version or a key guards it.
- Our own writes carry a tag, so that the webhook knows them again.
"""
