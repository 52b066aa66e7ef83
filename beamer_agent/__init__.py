"""The Beamer agent: fills, claims and withdraws transfers between chains."""
