"""The archive: the trail in SQL, its checkpoints, and what is handed to an auditor."""
