"""What is kept in Dataverse of the connection to Microsoft.

Owns: how providers, consents, events, relationships, invoices, and what Microsoft says of
subscriptions stand in rows; what tells that a row is the same one.
Does not own: what follows from it (use cases), and the columns that billing reads.
Invariants:
- What has not changed is not written.
- What can only be done once (use a link, take up a change) is written at the version read.
- A moment is kept to the second, cut off: a window never looks longer than it is.
"""
