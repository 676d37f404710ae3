"""The demonstration: an imaginary partner, Northwind Cloud, and what belongs to it."""
