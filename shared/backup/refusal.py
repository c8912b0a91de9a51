"""What goes wrong with backups, in sentences that say what to do."""


class Refusal(Exception):
    """It is not done; nothing was changed. Says why and what to do, in both languages."""

    def __init__(self, indonesian: str, english: str) -> None:
        self.indonesian = indonesian
        self.english = english
        super().__init__(english)

    def sentence(self, english: bool) -> str:
        return self.english if english else self.indonesian


class Unusable(Refusal):
    """The place of the backups can't be read or written, or what lies there is damaged."""
