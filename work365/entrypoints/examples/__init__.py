"""Worked examples: billing stories in Markdown that an accountant writes and the engine plays.

Owns: the words that a story is written in, reading it, playing it day by day, and comparing
what comes out with what the file says. Does not own: any rule of billing; every figure is the
domain's. Invariant: a word that means nothing is an error that names its place and what could
be written there, so that nothing of a story is silently left out.

`markdown` finds sections and tables, `words` reads single cells, the modules named after their
sections (`contract_terms`, `prices`, `discounts`, `currencies`, `taxes`, `happenings`,
`credits`, `usage_to_rate`) say what can be written in them, `reading` puts a story together,
`run` plays it, and `sheets` holds what is compared.
"""
