"""From actions to mined transactions: wallet, fees, preparation, sender."""
