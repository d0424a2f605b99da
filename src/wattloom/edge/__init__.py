"""How does the package meet the world? Rooms that touch disk, network, clock or screen, blind to each other."""
