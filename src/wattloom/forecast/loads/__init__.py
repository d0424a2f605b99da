"""How does load follow clock, warmth and the last hours? What the load and arrival models share."""
