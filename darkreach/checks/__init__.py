"""Is this residue the right one? Checks during a computation, test proofs after it, and
what a claim is asked before it is believed.
"""
