"""Who this service is when it asks an outside system, and on whose behalf.

Owns: tokens of the application itself and of the user who consented, how they are had and how
long they are good for; what Microsoft Entra says when it says no; reading and checking what a
token states; keeping secrets out of logs.
Does not own: where a delegated token is kept (`work365.ports.tokens` and its adapters), what is
asked with a token, and who consented to what (the consent ledger).
Invariants:
- No secret is at rest here. An access token lives in memory for an hour, a refresh token for
  as long as a request takes.
- A secret is a `Secret` until the moment it is sent, and no error or log names one.
- A token is fetched again before it expires, by the clock that was given.
"""
