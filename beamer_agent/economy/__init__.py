"""What acting costs: prices of gas, fees for data, gas of our own transactions."""
