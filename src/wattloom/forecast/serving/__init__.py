"""Who answers when, and what if the model cannot? The chain of fall-backs, issues, and the watch for drift."""
