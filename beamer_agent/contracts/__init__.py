"""The contracts as the agent sees them: interfaces, encoded calls, deployment files."""
