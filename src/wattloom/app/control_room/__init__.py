"""How does a control room go on from what it hears? Pure: no clock, no file, no socket; `edge/workers` hosts it."""
