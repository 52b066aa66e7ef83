"""What should be done: actions as values, and the pure rules that decide on them."""
