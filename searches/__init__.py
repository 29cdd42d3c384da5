"""WHAT is hunted: searches, their blocks and their candidates."""
