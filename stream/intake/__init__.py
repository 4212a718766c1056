"""Raw bytes in, events out: read, stamped, framed, and the only place that reads a clock."""
