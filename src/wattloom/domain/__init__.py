"""Which words does the field use? Values that every other room speaks, and nothing of ours below them."""
