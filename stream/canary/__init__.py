"""How foureyes finds out that it is blind: a made-up case, sent in at an interval and awaited."""
