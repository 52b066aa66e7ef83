"""Metrics: the figures of an agent as Prometheus reads them, counted or read when it asks."""
