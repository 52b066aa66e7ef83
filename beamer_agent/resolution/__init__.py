"""Resolution on L1: how far proofs have come, and the transaction that carries one on."""
