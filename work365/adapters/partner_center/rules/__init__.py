"""Microsoft's rules as dated data files, and how they are read."""
