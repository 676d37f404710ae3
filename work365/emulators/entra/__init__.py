"""A Microsoft Entra for local runs and tests: sign-in, consent and tokens of many tenants.

Owns: tenants, users, app registrations, service principals, consents and delegated admin
relationships; discovery, keys, the sign-in and consent pages, authorization codes, access, id
and refresh tokens, client credentials of every kind, managed identities, Entra's error texts;
faults by a control API.
Does not own: what a token opens. Whoever takes a token reads it by `read_access_token`.
Invariants:
- What it does not emulate it refuses with 501 and says so; nothing is ignored in silence.
- A code is good once, for ten minutes, for one redirect address and one verifier.
- A refresh token says how its person signed in as long as it lives, and each redemption gives a
  new one; older ones stay good for their own 90 days.
- Secrets, passwords, codes and tokens are in no log, error text or answer of the control API.
- Time is that of the clock it was given.

From documentation: endpoints, parameters, claims, lifetimes, error codes and their texts. Not
settled by it, and chosen here: a code whose verifier did not match is used up; a token's `aud` is
the resource as the client wrote it; whoever's relationship or consent is missing at another
tenant is told so by 50020 or 65001; a second factor that is missing at the token endpoint is
`interaction_required`, where some clients saw `invalid_grant`; a new sign-in is asked for each
time, because no session is kept; the page that posts a code back waits for a button instead of a
script.
"""
