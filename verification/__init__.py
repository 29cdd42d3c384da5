"""IS IT TRUE: residues, certificates and the only door to Prime."""
