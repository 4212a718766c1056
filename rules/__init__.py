"""What happened and what it means: the domain, pure and on the standard library alone."""
