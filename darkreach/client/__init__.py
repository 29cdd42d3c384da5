"""What a working host keeps on its own disk."""
