"""The pages on which an administrator of the partner consents, and sees how the connection stands.

Owns: the link's page, the way to Microsoft and back, what a browser keeps meanwhile, and the
health page.
Does not own: what makes a consent good (`work365.usecases.complete_consent`), and where its
token and its record are kept.
Invariants:
- Nothing is kept on the server between the two halves of a sign-in: what has to fit together
  is in a cookie of the browser that began it.
- A page shows no token, code or secret, and works without JavaScript.
- The health page is an application of its own: the one that anybody can reach has no way to it.
"""
