"""One file per verb of the command line: `SUMMARY`, `add_arguments(parser)`, `run(arguments)`."""
