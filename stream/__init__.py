"""Where events come from and where findings go: the plumbing around the domain."""
