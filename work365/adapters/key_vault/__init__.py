"""The partner's own Key Vault, in which delegated tokens are kept.

Owns: how a refresh token is one secret with its versions there, and what the vault's answers
mean. Does not own: when a token is redeemed (`work365.identity.delegated_tokens`).
Invariants:
- The newest version counts, and versions that it replaced are disabled.
- A token that was withdrawn does not come back by a renewal that was under way.
"""
