"""LTI 1.3 against a platform that is not ours."""
