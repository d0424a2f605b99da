"""The plant that answers back: sites and jobs on a clock it is given."""
