"""Public pages on a large ledger: see `python -m benchmarks.pages --help`."""
