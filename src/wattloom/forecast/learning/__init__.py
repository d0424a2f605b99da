"""How is a line, a sparse line or a forest learnt, and from which traits? What several models share."""
