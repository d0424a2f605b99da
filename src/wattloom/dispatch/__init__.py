"""Who runs, charges or waits, and when? Day-ahead, intraday, split to jobs, grid events, the millisecond matcher."""
