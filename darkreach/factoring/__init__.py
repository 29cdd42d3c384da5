"""Finding factors of one number at a time; the sieves look at many at once."""
