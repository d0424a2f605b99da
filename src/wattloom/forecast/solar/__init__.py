"""Where does the sun stand, and what would it give? What the solar models share."""
