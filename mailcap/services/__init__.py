"""What the product does, the same for every protocol."""
