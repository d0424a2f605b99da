"""Which kinds of asset are there? One folder a kind, each with its `ASSET`."""
