"""What foureyes answers over HTTP: bodies that come in, and how it is."""
