"""A fleet that is not there on a ledger that is: scheduling at a thousand hosts."""
