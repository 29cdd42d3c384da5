"""Finding factors of one number at a time; the sieves look at many at once."""

#: Numbers below this are tested before P-1 has begun in earnest.
SMALLEST_BITS = 5_000
