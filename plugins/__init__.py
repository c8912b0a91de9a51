"""The plugins that tie the bridge to an LMS, one package each."""
