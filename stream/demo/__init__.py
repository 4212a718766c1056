"""A believable day at a company that does not exist, told through the embedded host."""
