"""What can a machine at the site do? The contract of assets, the site they share, and one folder a kind."""
