"""The public API, /api/v1: what the pages show, for programs. It only reads."""
