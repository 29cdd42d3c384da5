"""Orders: which numbers are hunted, and the way from a position to its numbers.

`orders` joins the parts: ranges of variables (`ranges`), what a person is told
(`wording`) or refused (`limits`), the arithmetic of positions (`places`), the numbers
as series (`sequences`), and those that occur twice (`duplicates`, `coincidences`).
"""

from darkreach.order.orders import Order
from darkreach.order.sequences import Columns, Sequence

__all__ = ["Columns", "Order", "Sequence"]
