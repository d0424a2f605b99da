"""Is this file what it says it is? Raw bytes and tables become checked series: UTC, one unit, source-stamped."""
