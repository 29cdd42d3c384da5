"""darkreach computes: it sieves, tests, proves and checks special-form primes."""

__version__ = "0.1.0"
