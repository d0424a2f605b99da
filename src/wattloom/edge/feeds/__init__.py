"""Who has the weather of past years for any place? One module a public service, each declaring FEED."""
