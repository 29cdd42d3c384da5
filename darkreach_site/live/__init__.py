"""Live events: from the bell, by way of each web process, to every browser."""
