"""The measurements of docs/performance.md, each runnable by one command. Ratios within one run are the point, not
figures."""
