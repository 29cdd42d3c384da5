"""A server of the Model Context Protocol: the site for AI agents."""
