"""State as a fold of events: requests, claims and their trackers."""
