"""One way to forecast a file; each declares `MODEL`."""
