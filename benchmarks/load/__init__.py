"""The ledger and the bell under load; each module is a program."""
