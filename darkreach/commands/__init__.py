"""The commands of `darkreach`: one module each with NAME, add_arguments and run."""
