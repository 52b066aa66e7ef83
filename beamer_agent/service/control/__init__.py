"""Control: what an operator may ask of a running agent, and tell it, over a Unix socket."""
