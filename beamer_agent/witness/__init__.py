"""What all endpoints of a chain say of the events that money depends on."""
