"""What runs machines: one contract, an embedded host and a Kafka host."""
