"""The operators' pages of the fleet."""

from fleet.admin import commands, leases, limits, schedule, workers

__all__ = ["commands", "leases", "limits", "schedule", "workers"]
