"""The public pages: views over selectors, rendered on the server, without scripts."""
