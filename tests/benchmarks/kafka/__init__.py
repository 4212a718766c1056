"""What the Kafka host costs and how fast it is, on a broker of its own."""
