"""Sieves: find the candidates that small primes divide.

``terms`` lists the numbers of a task, ``plan`` chooses an algorithm per group of them,
``fixed_k``, ``fixed_n`` and ``direct`` are the algorithms, ``verify`` checks every
factor by other arithmetic, ``depth`` says how far sieving pays.
"""
