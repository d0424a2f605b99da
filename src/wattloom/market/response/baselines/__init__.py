"""Which ways are there to count what would have been drawn? One a file; each declares `BASELINE`."""
