"""What the site knows, as the files that its community already reads."""
