"""Load, price, wind, sun and arriving work: what comes, how sure is it, and was it honest?"""
