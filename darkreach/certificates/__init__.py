"""Certificates of primality: made here kind by kind, checked by `verify`.

A certificate is a JSON object with all that is needed to check primality again. The
makers (small, proth, llr, pocklington, morrison) are arguments in the sense of
darkreach/derivation.py. The verifier (verify, with evaluation and lucas) is a second
implementation and imports none of them.
"""
