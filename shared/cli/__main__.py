"""`python -m shared.cli` is `bangkom`, also in a checkout that is not installed."""

from shared.cli import main

main()
