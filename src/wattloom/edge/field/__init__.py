"""Where do measurements come from and commands go to? One module a kind of field."""
