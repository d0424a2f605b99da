"""What can a user do? One file a use case; the only place that joins two columns of the row."""
