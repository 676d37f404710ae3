"""A twin of Partner Center: what a cloud reseller may do there, and what Microsoft then does.

Owns: partners' tenants, customers and their agreements; the catalogue with dated prices and
promotions; carts, orders, subscriptions, transitions and Azure entitlements under the rules of
new commerce; terms, charge cycles, renewals and extended service as the clock moves; the
history of events and the lines to be invoiced, which every other area reads. Around these:
Graph's admin relationships and billing exports, price sheets, webhooks, audit records, invoices,
users and licences; throttling, faults and the control of it all (`serving` puts it together).
Does not own: sign-in (tokens are read by a function that it is given).
It shares no code with the client it stands in for: both follow the documentation apart.
Invariants:
- Time is that of the clock it is given; what fell due until now happens before a request is
  answered, in the order of time.
- `history` and `charges` are only added to.
- A request happens as a whole or not at all; a repeated request id gives the first answer.
- What it does not know it refuses in Partner Center's words; no field is changed in silence
  but by the documented rule that a PATCH is the whole resource.

Uncertain against the real Partner Center, and decided here: what has changed or may change is
a dated rule (`rules`), how long things take is `state.Lags`, and a few more are `app.Settings`.
Beyond these: a PATCH without `quantity` or `status` is refused; seats go back from the newest
batch first; a mid-term change drops scheduled actions, `Cancel` among them; a change during a
renewal is refused with 409 and 800082; charge cycles of a term whose end was chosen are counted
back from it; a suspended subscription ends with its term instead of being extended; an action
has a date of its own in extended service only; a repeated request id repeats the first answer
of any write but 5xx and 429 of faults. A change that was answered with 202 shows at once.
Simpler than there: seats added above a promotion's cap keep its price, and a customer's address
is held against no map.
"""
