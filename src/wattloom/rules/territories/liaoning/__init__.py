"""What holds in Liaoning? Its dated facts are in facts.toml."""

from wattloom.rules.reading import read_territory

TERRITORY = read_territory(__name__)
