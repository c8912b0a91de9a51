"""Rules of instruments, anonymity, results, findings and the words people read. Values in, decisions out."""
