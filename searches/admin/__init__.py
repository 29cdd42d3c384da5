"""What operators see and do: searches, their blocks, candidates and factors."""

from searches.admin import blocks, evidence, searches

__all__ = ["blocks", "evidence", "searches"]
