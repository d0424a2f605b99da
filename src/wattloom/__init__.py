"""What is Wattloom? Planning, dispatch and accounts for computing and the electricity it runs on."""

__version__ = "0.1.0"
