"""Who may do what, and what may pass into the control zone? Pure decisions: no socket, no disk, no clock."""
