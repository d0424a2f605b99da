"""Which ways to forecast are there? One a file; each declares `MODEL`."""
