"""What stands between zones? Each gateway pulls or mirrors one way; none opens a path into the control zone."""
