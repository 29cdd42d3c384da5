"""Files of other sieves and tests: ABC, ABCD, NewPGen, and factor files.

``lines`` reads lines within limits, ``templates`` the expressions of ABC and ABCD,
``listing`` holds what a file lists and finds the order it belongs to, and each format
has a module with a reader and a writer. ``sieve_files`` tells the formats apart.
"""
