"""WHO works: workers, leases, and the bell that calls them."""
