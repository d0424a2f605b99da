"""Who runs, charges or waits, and when: day-ahead, intraday, split to jobs, grid events."""
