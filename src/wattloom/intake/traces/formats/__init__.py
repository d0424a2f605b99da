"""Which kinds of trace can be read? One module a format, each with its `TRACE`."""
