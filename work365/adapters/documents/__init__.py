"""Documents: what a customer reads on paper, typeset by Typst as PDF/A-3b.

Owns: the typography, and how money, quantities and days are written.
Does not own: any sum. Amounts arrive exact and are printed as they are, or not at all.
Invariants: text from rows is data and never Typst markup; the same paper is the same bytes.
"""
