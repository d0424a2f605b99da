"""Which territories are known? One folder each, with its `TERRITORY`."""
