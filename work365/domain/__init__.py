"""The rules of billing, and nothing else.

Owns: money, periods, prices, the change log, contracts, charges, invoices.
Does not own: where any of it is kept, who asked, what day it is. Days are arguments.
Invariants:
- Money is whole in its minor unit; rounding happens in `Money.round` only.
- Periods are half-open; a period's days count from the contract's anchor.
- Billing what is already billed yields no charge.
"""
