"""One page a file: what was asked for, looked up, put on a template."""
