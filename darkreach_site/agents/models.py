"""Agents that may order: known by a token of which only the hash is kept."""

from __future__ import annotations

from django.db import models


class Agent(models.Model):
    """Who shows the token acts in this name."""

    name = models.CharField(max_length=60, unique=True)
    #: SHA-256 of a token of 256 random bits: nothing to guess, so nothing to slow down.
    digest = models.CharField(max_length=64, unique=True, editable=False)
    #: The first signs of the token, to tell tokens apart.
    prefix = models.CharField(max_length=12, editable=False)
    active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name
