"""The independent services of Bangkom, one package each; none imports another."""
