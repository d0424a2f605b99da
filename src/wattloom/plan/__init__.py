"""How large, where, and at what cost? Sizing, siting and economics of a site."""
