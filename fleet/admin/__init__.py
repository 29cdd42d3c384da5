"""The operators' pages of the fleet."""

from fleet.admin import commands, hosts, leases, limits, schedule, workers

__all__ = ["commands", "hosts", "leases", "limits", "schedule", "workers"]
