"""The rules of money: what fits, what is freed, what is spent, what a document changes."""
