"""What the pages read: one module per noun, plain data out, nothing written."""
