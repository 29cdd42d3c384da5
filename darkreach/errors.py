"""What can go wrong, in one tree.

DarkreachError
├── OrderError            a person ordered something that cannot be hunted
│   └── ExpressionError   a text that is no expression, or a number too large to build
├── CheckpointError       saved state that may not be used
├── CertificateError      a certificate that cannot even be read
├── ProofError            a test proof that cannot even be read
└── DamageError           a machine that computes wrongly
    └── SenselessError    words of a transform that are no residue

The message of each is one complete line: what is wrong and what would be right.
"""


class DarkreachError(Exception):
    """Anything that this library refuses."""


class OrderError(DarkreachError):
    """Bad input by a person; the message is meant for that person."""


class ExpressionError(OrderError):
    """A text that is no expression, or one whose value is too large or not whole."""


class CheckpointError(DarkreachError):
    """Saved state that is torn, altered, or of another task, kind or version."""


class CertificateError(DarkreachError):
    """A certificate that cannot be read."""


class DamageError(DarkreachError):
    """A machine that does not compute what it is told; no result comes out of it."""


class SenselessError(DamageError):
    """Words of a transform that are no residue."""


class ProofError(DarkreachError):
    """A test proof that cannot be read, or does not belong to its number."""
