"""The only code that speaks JSON-RPC."""
