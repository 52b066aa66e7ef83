"""The HTTP server: how the agent does, for whoever asks."""
