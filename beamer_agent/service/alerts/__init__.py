"""What is wrong: rules, who is told, and who notices when nobody tells anything any more."""
