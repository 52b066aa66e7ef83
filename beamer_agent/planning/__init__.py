"""What to do about requests and claims, one turn after the other."""
