"""What does a person type? Nouns, then verbs; a table for people and `--json` for machines."""
