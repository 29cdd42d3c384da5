"""Webhooks: published events are sent to addresses that operators name."""
