"""How does the plant answer back? Sites and jobs on a clock that they are given."""
