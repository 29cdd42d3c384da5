"""The operators' pages of the fleet."""

from fleet.admin import leases, schedule, workers

__all__ = ["leases", "schedule", "workers"]
