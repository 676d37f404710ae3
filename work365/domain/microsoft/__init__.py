"""Microsoft as a provider: what it says, what it allows, and what follows for a customer.

Owns: what Partner Center says of customers, subscriptions and orders, in the words of the
domain; Microsoft's rules as dated values; what a change would cost, and until when it is free.
Does not own: how Partner Center is asked (`work365.adapters.partner_center`), the rules' data
(files that an adapter reads), and billing, which never looks at the provider.
Invariants:
- A moment is in UTC. Microsoft's windows end at one, and not with a day.
- A rule is asked for by a day; the code holds no figure of Microsoft's.
"""
