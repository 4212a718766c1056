"""The one file that an auditor is handed: written from the archive, checked with nothing else."""
