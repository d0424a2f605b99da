"""How is a program solved, and how sure is the answer? The only door to solvers."""
