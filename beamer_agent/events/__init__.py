"""From logs to typed events: model, decoder, fetcher, monitor."""
