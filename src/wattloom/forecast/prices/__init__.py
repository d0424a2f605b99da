"""How do a day's prices follow from others? What the price models share."""
