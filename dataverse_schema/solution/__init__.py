"""The solution file: everything that is declared, in the form that Dataverse imports.

Owns: the layouts of the zip file and of the unpacked folder, and reading them back.
Does not own: what is in them (the declarations beside this package), or how an environment
is changed through the Web API (the installation).
Invariants:
- The same declarations give the same bytes, on every machine and every day.
- Only elements of the published schema are written, unless numbering formats are asked for.
- Nothing here was ever imported into a real environment; docs/limits.md says what is unsure.
"""
