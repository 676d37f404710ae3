"""A Dataverse environment for local runs and tests: the Web API over rows kept in SQLite.

Owns: the Web API's requests, answers and error texts; rows, keys and versions; paging, batches
and change tracking; users, roles and how far their privileges reach; audit; tokens; webhooks;
service-protection limits; faults on demand.
Does not own: what our tables are (`dataverse_schema`). It shares no code with the client it
stands in for.
Invariants:
- What it does not emulate it refuses with 501 and says so; nothing is ignored in silence.
- A request, a change set or a bulk action happens as a whole or not at all, and a crash of
  the process leaves the file as it was after the last of them.
- Numbers are exact from the request's text to the answer's.
- The organization has one version counter; a version is seen by readers in its order.
- Time is that of its own clock, which stands where it is told to.

Uncertain against a real environment, and therefore strict here: a column that is set by
Dataverse itself takes no value; a number with more decimals than its column is refused, not
rounded; a row that other rows refer to is not deleted; an alternate key with a character that
cannot stand in an address is refused in addresses in a request's body, too; whoever is to own
a row has to be able to read it. What is simpler than there: a role is not copied to the
business units below its own, fields have no security of their own, and access teams, positions
and hierarchies give no access.
"""
