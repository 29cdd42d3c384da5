"""Squaring modulo k*b^n+-1 and b^(2^m)+1 by weighted floating-point transforms.

`engine.Engine` is the door: one modulus, one transform length. `lengths` knows which
length is safe for which number. The kernels are written once, as plain functions over
vectors (`butterflies`, `carrying`), and compiled for vectors of 8, 4 or 2 doubles.
"""
