"""Sieves: find the candidates that small primes divide.

``terms`` lists the numbers of a task, ``plan`` chooses an algorithm per group of them:
``fixed_k``, ``fixed_n`` or ``direct``. Whole families have sieves of their own:
``factorial``, ``primorial``, ``cullen``, ``generalized_fermat`` (``dense`` is what they
share), and ``fixed_n_bits`` for long intervals of k. ``algebraic`` names factors that
need no sieve, ``machine`` chooses the multiplication (``fp64`` or ``modmul``),
``verify`` checks every factor by other arithmetic, ``depth`` says how far sieving pays.
"""
