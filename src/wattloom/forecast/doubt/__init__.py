"""How sure is it? Quantiles calibrated on what came true, scenarios that hang together, forecasts stacked."""
