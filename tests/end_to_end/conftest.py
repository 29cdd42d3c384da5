"""The platform of the fault tests, without a fault."""

from tests.faults.conftest import ledger, platform

__all__ = ["ledger", "platform"]
